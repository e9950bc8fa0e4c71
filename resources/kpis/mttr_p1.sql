-- title: MTTR P1
-- category: support
-- unit: s
-- direction: down
-- target: 14400
-- feeds: tickets
-- method: bootstrap
-- evidence: 1
-- slices: severity
-- means: How long a P1 takes until it is resolved and stays so.
-- formula: As mttr, of tickets that are P1.
SELECT avg(s) AS value, avg(s) AS mean, median(s) AS median, quantile_cont(s, 0.9) AS p90, count(*) AS n,
    list(s ORDER BY s) AS samples
FROM (
    SELECT date_diff('millisecond', created_at, resolved_at) / 1000 AS s FROM tickets_at($moment)
    WHERE resolved_at >= $from AND resolved_at < $to AND ($severity IS NULL OR severity = $severity) AND severity = 'P1'
)
