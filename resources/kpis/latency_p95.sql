-- title: Latency p95
-- category: performance
-- unit: ms
-- direction: down
-- target: 500
-- feeds: latency
-- method: none
-- evidence: 1
-- slices: route
-- means: 95 of 100 calls are answered at least this fast.
-- formula: Merged histogram buckets of all calls, linear inside the bucket (as histogram_quantile); never an average of percentiles. A rank beyond the last bucket gives its bound.
WITH buckets AS (
    SELECT lower_ms, upper_ms, sum(count)::BIGINT AS count FROM latency_in($window)
    WHERE kind = 'total' AND NOT internal AND ($route IS NULL OR route = $route)
    GROUP BY lower_ms, upper_ms HAVING sum(count) > 0
),
ranked AS (
    SELECT lower_ms, upper_ms, count, sum(count) OVER (ORDER BY upper_ms, lower_ms) AS upto, sum(count) OVER () AS n
    FROM buckets
)
SELECT CASE WHEN isinf(upper_ms) THEN lower_ms
            ELSE lower_ms + (upper_ms - lower_ms) * (0.95 * n - (upto - count)) / count END AS value,
    n::BIGINT AS n
FROM ranked WHERE upto >= 0.95 * n ORDER BY upper_ms, lower_ms LIMIT 1
