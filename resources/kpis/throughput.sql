-- title: Throughput
-- category: performance
-- unit: per_second
-- direction: none
-- target: none
-- feeds: gateway
-- method: none
-- evidence: 0
-- slices: route, consumer
-- means: How much is going on.
-- formula: Calls by the seconds of the window that are covered. A covered window without calls is 0.
SELECT n / nullif($covered_s, 0) AS value, n
FROM (SELECT coalesce(sum(calls), 0)::BIGINT AS n FROM calls_in($window) WHERE NOT internal AND ($route IS NULL OR route = $route))
