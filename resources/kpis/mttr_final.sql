-- title: MTTR to final resolution
-- category: support
-- unit: s
-- direction: down
-- target: none
-- feeds: tickets
-- method: bootstrap
-- evidence: 1
-- slices: severity
-- means: How long a report takes until it is resolved for good.
-- formula: As mttr: from creation to the last resolution that was not re-opened.
SELECT avg(s) AS value, avg(s) AS mean, median(s) AS median, quantile_cont(s, 0.9) AS p90, count(*) AS n,
    list(s ORDER BY s) AS samples
FROM (
    SELECT date_diff('millisecond', created_at, resolved_at) / 1000 AS s FROM tickets_at($moment)
    WHERE resolved_at >= $from AND resolved_at < $to AND ($severity IS NULL OR severity = $severity)
)
