-- title: Availability by calls
-- category: availability
-- unit: share
-- direction: up
-- target: 0.999
-- feeds: gateway
-- method: wilson
-- evidence: 1
-- slices: route, consumer
-- means: What share of calls was not failed by the system.
-- formula: One minus the 5xx share.
SELECT k / nullif(n, 0) AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE class <> 5), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n
    FROM calls_in($window) WHERE NOT internal AND ($route IS NULL OR route = $route)
)
