-- Percentile of merged buckets, interpolated inside a bucket as histogram_quantile does: counts are whole numbers, so a
-- re-run gives the same value to the last digit. A rank beyond the last finite bound gives that bound ("at or above").
CREATE MACRO latency_quantile_in(w, q, which, only_route) AS TABLE
    WITH buckets AS (
        SELECT lower_ms, upper_ms, sum(count)::BIGINT AS count FROM latency_in(w)
        WHERE kind = which AND NOT internal AND (only_route IS NULL OR route = only_route)
        GROUP BY lower_ms, upper_ms HAVING sum(count) > 0
    ),
    ranked AS (
        SELECT lower_ms, upper_ms, count, sum(count) OVER (ORDER BY upper_ms, lower_ms) AS upto,
            sum(count) OVER () AS n
        FROM buckets
    ),
    hit AS (
        SELECT *, row_number() OVER (ORDER BY upper_ms, lower_ms) AS turn FROM ranked WHERE upto >= q * n
    )
    SELECT CASE WHEN isinf(upper_ms) THEN lower_ms
                ELSE lower_ms + (upper_ms - lower_ms) * (q * n - (upto - count)) / count END AS value,
        n::BIGINT AS n
    FROM hit WHERE turn = 1;

CREATE MACRO latency_quantiles_by_step(w, step, q, which) AS TABLE
    WITH buckets AS (
        SELECT time_bucket(step, minute) AS bucket, lower_ms, upper_ms, sum(count)::BIGINT AS count
        FROM latency_by_minute(w) WHERE kind = which GROUP BY bucket, lower_ms, upper_ms HAVING sum(count) > 0
    ),
    ranked AS (
        SELECT bucket, lower_ms, upper_ms, count,
            sum(count) OVER (PARTITION BY bucket ORDER BY upper_ms, lower_ms) AS upto,
            sum(count) OVER (PARTITION BY bucket) AS n
        FROM buckets
    ),
    asked AS (SELECT unnest(q) AS p),
    hit AS (
        SELECT bucket, p, lower_ms, upper_ms, count, upto, n,
            row_number() OVER (PARTITION BY bucket, p ORDER BY upper_ms, lower_ms) AS turn
        FROM ranked, asked WHERE upto >= p * n
    )
    SELECT bucket, p, CASE WHEN isinf(upper_ms) THEN lower_ms
        ELSE lower_ms + (upper_ms - lower_ms) * (p * n - (upto - count)) / count END AS value, n::BIGINT AS n
    FROM hit WHERE turn = 1;
