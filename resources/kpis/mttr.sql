-- title: MTTR
-- category: support
-- unit: s
-- direction: down
-- target: none
-- feeds: tickets
-- method: bootstrap
-- evidence: 1
-- slices: severity
-- means: How long a report takes until it is resolved and stays so.
-- formula: From creation to the last resolution that was not re-opened, of tickets resolved in the window.
WITH samples AS (
    SELECT date_diff('millisecond', created_at, resolved_at)  AS ms FROM tickets_at($moment)
    WHERE resolved_at >= $from AND resolved_at < $to AND ($severity IS NULL OR severity = $severity)
)
SELECT avg(ms) / 1000 AS value, avg(ms) / 1000 AS mean, median(ms) / 1000 AS median, quantile_cont(ms, 0.9) / 1000 AS p90,
    count(*) AS n
FROM samples
