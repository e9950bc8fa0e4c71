-- title: 4xx rate
-- category: errors
-- unit: share
-- direction: down
-- target: 0.05
-- feeds: gateway
-- method: wilson
-- evidence: 1
-- slices: route, consumer, segment, release
-- means: How many calls are refused as wrong: a broken client, a changed contract, an attack.
-- formula: Calls answered 400 to 499 by all calls on routes not marked internal.
-- source: RFC 9110, section 15.5.
-- edge: No calls in the window: unknown, not 0. A gateway that tells only classes is enough.
SELECT k / nullif(n, 0) AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE class = 4), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n
    FROM calls_in($window) WHERE NOT internal AND $part
)
