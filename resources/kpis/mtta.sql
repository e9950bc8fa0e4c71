-- title: MTTA
-- category: support
-- unit: s
-- direction: down
-- target: 900
-- feeds: tickets
-- method: bootstrap
-- evidence: 1
-- slices: severity
-- means: How long people wait until somebody takes their report up.
-- formula: From creation to acknowledgement (first assignment, first public answer, first move out of new, or an acknowledgement in the console) of tickets acknowledged in the window. The value is the mean; median and P90 beside it.
WITH samples AS (
    SELECT date_diff('millisecond', created_at, acknowledged_at)  AS ms FROM tickets_at($moment)
    WHERE acknowledged_at >= $from AND acknowledged_at < $to AND ($severity IS NULL OR severity = $severity)
)
SELECT avg(ms) / 1000 AS value, avg(ms) / 1000 AS mean, median(ms) / 1000 AS median, quantile_cont(ms, 0.9) / 1000 AS p90,
    count(*) AS n
FROM samples
