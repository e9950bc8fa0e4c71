-- title: Rejected calls
-- category: security
-- unit: share
-- direction: down
-- target: 0.05
-- feeds: gateway
-- method: wilson
-- evidence: 1
-- slices: route, consumer
-- means: How many calls are refused for who asks.
-- formula: Calls answered 401 or 403 by all calls. Unknown where a gateway gives only classes.
SELECT CASE WHEN unclear = 0 THEN k / nullif(n, 0) END AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE status IN (401, 403)), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n,
        count(*) FILTER (WHERE status = 4 AND calls <> 0) AS unclear
    FROM calls_in($window) WHERE NOT internal AND ($route IS NULL OR route = $route)
)
