-- title: Gateway-added latency p95
-- category: performance
-- unit: ms
-- direction: down
-- target: 50
-- feeds: latency
-- method: none
-- evidence: 1
-- slices: route, release
-- means: What the gateway itself adds to a call.
-- formula: 95th percentile of the histogram of kind gateway, linear inside the bucket.
-- source: Prometheus documentation, histogram_quantile.
-- edge: Unknown where the gateway does not tell its own share. A rank beyond the last bucket gives its lower bound.
WITH buckets AS (
    SELECT lower_ms, upper_ms, sum(count)::BIGINT AS count FROM latency_in($window)
    WHERE kind = 'gateway' AND NOT internal AND $part
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
