-- title: Tickets opened
-- category: support
-- unit: count
-- direction: down
-- target: none
-- feeds: tickets
-- method: none
-- trend: count
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: How much is reported.
-- formula: Tickets created in the window, of every kind.
-- source: Count of the ticket systems' own creation times.
-- edge: A covered window without tickets is 0. Duplicates count, wishes too.
SELECT count(*)::DOUBLE AS value, count(*) AS n, count(*) AS k FROM tickets_at($moment)
WHERE created_at >= $from AND created_at < $to AND $part
