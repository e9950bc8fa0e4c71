-- title: Tickets a day
-- category: support
-- unit: count
-- direction: down
-- target: none
-- feeds: tickets
-- method: none
-- trend: count
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: How many defects and questions a day brings; wishes are kept apart.
-- formula: Tickets created in the window that are not enhancements, by its length in days of 24 hours.
-- source: The session's baseline is what it is held against.
-- edge: A day with a change of the clock is 23 or 25 hours long and counts as that much of a day.
SELECT count(*) / nullif(date_diff('second', $from, $to) / 86400, 0) AS value, count(*) AS n, count(*) AS k
FROM tickets_at($moment)
WHERE kind <> 'enhancement' AND created_at >= $from AND created_at < $to AND $part
