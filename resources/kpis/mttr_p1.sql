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
WITH samples AS (
    SELECT date_diff('millisecond', created_at, resolved_at)  AS ms FROM tickets_at($moment)
    WHERE resolved_at >= $from AND resolved_at < $to AND ($severity IS NULL OR severity = $severity) AND severity = 'P1'
)
SELECT avg(ms) / 1000 AS value, avg(ms) / 1000 AS mean, median(ms) / 1000 AS median, quantile_cont(ms, 0.9) / 1000 AS p90,
    count(*) AS n
FROM samples
