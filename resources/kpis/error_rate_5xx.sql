-- title: 5xx rate
-- category: errors
-- unit: share
-- direction: down
-- target: 0.001
-- feeds: gateway
-- method: poisson
-- evidence: 1
-- slices: route, consumer
-- means: How many calls the system itself fails.
-- formula: Calls answered 500 to 599 by all calls on routes not marked internal. No calls in the window: unknown.
SELECT k / nullif(n, 0) AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE class = 5), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n
    FROM calls_in($window) WHERE NOT internal AND ($route IS NULL OR route = $route)
)
