-- title: Rejected calls
-- category: security
-- unit: share
-- direction: down
-- target: 0.05
-- feeds: gateway
-- method: wilson
-- evidence: 1
-- slices: route, consumer, segment, release
-- means: How many calls are refused for who asks.
-- formula: Calls answered 401 or 403 by all calls on routes not marked internal.
-- source: RFC 9110, sections 15.5.2 and 15.5.4.
-- edge: Unknown where a gateway tells only classes. A browser's first call without a token counts as well.
-- empty: No calls in this window, or a gateway that tells only classes of status codes.
SELECT CASE WHEN unclear = 0 THEN k / nullif(n, 0) END AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE status IN (401, 403)), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n,
        count(*) FILTER (WHERE status = 4 AND calls <> 0) AS unclear
    FROM calls_in($window) WHERE NOT internal AND $part
)
