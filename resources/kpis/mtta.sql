-- title: MTTA
-- category: support
-- unit: s
-- direction: down
-- target: 900
-- feeds: tickets
-- method: bootstrap
-- evidence: 1
-- slices: severity, kind, area, channel, segment, release
-- means: How long people wait until somebody takes their report up.
-- formula: From creation to acknowledgement (first assignment, first public answer, first move out of new, or an acknowledgement in the console) of tickets acknowledged in the window. The value is the mean.
-- source: Incident practice (mean time to acknowledge and to resolve); interval by B. Efron's bootstrap, Ann. Stat. 7 (1979) 1.
-- edge: Wall time, nights and weekends included. A few long ones pull the mean up: the median and P90 stand beside it. Tickets still waiting are not in it.
WITH samples AS (
    SELECT date_diff('millisecond', created_at, acknowledged_at) AS ms FROM tickets_at($moment)
    WHERE acknowledged_at >= $from AND acknowledged_at < $to AND $part
)
SELECT avg(ms) / 1000 AS value, avg(ms) / 1000 AS mean, median(ms) / 1000 AS median, quantile_cont(ms, 0.9) / 1000 AS p90,
    count(*) AS n
FROM samples
