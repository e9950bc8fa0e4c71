-- title: MTTR to final resolution
-- category: support
-- unit: s
-- direction: down
-- target: none
-- feeds: tickets
-- method: bootstrap
-- evidence: 1
-- slices: severity, kind, area, channel, segment, release
-- means: How long a report takes until it is resolved for good.
-- formula: As mttr: from creation to the last resolution that was not re-opened, of tickets resolved in the window. The value is the mean.
-- source: Incident practice (mean time to acknowledge and to resolve); interval by B. Efron's bootstrap, Ann. Stat. 7 (1979) 1.
-- edge: Wall time, nights and weekends included. A few long ones pull the mean up: the median and P90 stand beside it. Tickets still waiting are not in it.
WITH samples AS (
    SELECT date_diff('millisecond', created_at, resolved_at) AS ms FROM tickets_at($moment)
    WHERE resolved_at >= $from AND resolved_at < $to AND $part
)
SELECT avg(ms) / 1000 AS value, avg(ms) / 1000 AS mean, median(ms) / 1000 AS median, quantile_cont(ms, 0.9) / 1000 AS p90,
    count(*) AS n
FROM samples
