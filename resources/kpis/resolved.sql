-- title: Tickets resolved
-- category: support
-- unit: count
-- direction: up
-- target: none
-- feeds: tickets
-- method: none
-- trend: count
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: How much is finished.
-- formula: Tickets whose standing resolution falls into the window.
-- source: Count of the ticket systems' own changes of status.
-- edge: A ticket that was re-opened since does not count where it was first resolved: looking later at the same window can give fewer.
SELECT count(*)::DOUBLE AS value, count(*) AS n, count(*) AS k FROM tickets_at($moment)
WHERE resolved_at >= $from AND resolved_at < $to AND $part
