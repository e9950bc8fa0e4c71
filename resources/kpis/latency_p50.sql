-- title: Latency p50
-- category: performance
-- unit: ms
-- direction: down
-- target: 200
-- feeds: latency
-- method: none
-- evidence: 1
-- slices: route, release
-- means: 50 of 100 calls are answered at least this fast.
-- formula: Merged histogram buckets of all calls, linear inside the bucket; never an average of percentiles.
-- source: Prometheus documentation, histogram_quantile.
-- edge: A rank beyond the last bucket gives its lower bound, so a very slow tail reads too fast. A gateway without buckets: unknown.
WITH buckets AS (
    SELECT lower_ms, upper_ms, sum(count)::BIGINT AS count FROM latency_in($window)
    WHERE kind = 'total' AND NOT internal AND $part
    GROUP BY lower_ms, upper_ms HAVING sum(count) > 0
),
ranked AS (
    SELECT lower_ms, upper_ms, count, sum(count) OVER (ORDER BY upper_ms, lower_ms) AS upto, sum(count) OVER () AS n
    FROM buckets
)
SELECT CASE WHEN isinf(upper_ms) THEN lower_ms
            ELSE lower_ms + (upper_ms - lower_ms) * (0.5 * n - (upto - count)) / count END AS value,
    n::BIGINT AS n
FROM ranked WHERE upto >= 0.5 * n ORDER BY upper_ms, lower_ms LIMIT 1
