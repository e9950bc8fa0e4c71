-- title: Channel use
-- category: support
-- unit: share
-- direction: none
-- target: none
-- feeds: tickets
-- method: none
-- evidence: 1
-- slices: severity, kind, area, segment, release
-- means: Where feedback comes in, and how much hangs on one way in.
-- formula: The share of the busiest channel among tickets created in the window; the parts are all channels.
-- source: Count of the ticket systems' own channels.
-- edge: A ticket without a channel stands under unset. Surveys are counted by csat and nps, not here.
SELECT k / nullif(n, 0) AS value, n FROM (
    SELECT max(amount) AS k, sum(amount)::BIGINT AS n FROM (
        SELECT count(*) AS amount FROM tickets_at($moment) WHERE created_at >= $from AND created_at < $to AND $part GROUP BY coalesce(channel, 'unset')
    )
)
-- parts:
SELECT coalesce(channel, 'unset') AS part, count(*) FROM tickets_at($moment)
WHERE created_at >= $from AND created_at < $to AND $part GROUP BY part ORDER BY count(*) DESC, part
