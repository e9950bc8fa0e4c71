-- title: Throttled calls
-- category: performance
-- unit: share
-- direction: down
-- target: 0.01
-- feeds: gateway
-- method: wilson
-- evidence: 1
-- slices: route, consumer, segment, release
-- means: How many calls are turned away by a rate limit.
-- formula: Calls answered 429 by all calls on routes not marked internal.
-- source: RFC 6585, section 4.
-- edge: Unknown where a gateway tells only classes; a limiter that answers 503 is not seen here.
-- empty: No calls in this window, or a gateway that tells only classes of status codes.
SELECT CASE WHEN unclear = 0 THEN k / nullif(n, 0) END AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE status = 429), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n,
        count(*) FILTER (WHERE status = 4 AND calls <> 0) AS unclear
    FROM calls_in($window) WHERE NOT internal AND $part
)
