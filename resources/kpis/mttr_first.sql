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
SELECT avg(s) AS value, avg(s) AS mean, median(s) AS median, quantile_cont(s, 0.9) AS p90, count(*) AS n,
    list(s ORDER BY s) AS samples
FROM (
    SELECT date_diff('millisecond', created_at, first_resolved_at) / 1000 AS s FROM tickets_at($moment)
    WHERE first_resolved_at >= $from AND first_resolved_at < $to AND ($severity IS NULL OR severity = $severity)
)
