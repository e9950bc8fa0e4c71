-- title: MTTR to first resolution
-- category: support
-- unit: s
-- direction: down
-- target: none
-- feeds: tickets
-- method: bootstrap
-- evidence: 1
-- slices: severity
-- means: How long a report takes until it is first called resolved.
-- formula: From creation to the first resolution, re-opened later or not.
WITH samples AS (
    SELECT date_diff('millisecond', created_at, first_resolved_at)  AS ms FROM tickets_at($moment)
    WHERE first_resolved_at >= $from AND first_resolved_at < $to AND ($severity IS NULL OR severity = $severity)
)
SELECT avg(ms) / 1000 AS value, avg(ms) / 1000 AS mean, median(ms) / 1000 AS median, quantile_cont(ms, 0.9) / 1000 AS p90,
    count(*) AS n
FROM samples
