-- title: Backlog
-- category: support
-- unit: count
-- direction: down
-- target: none
-- feeds: tickets
-- method: none
-- evidence: 0
-- slices: severity, kind, area, channel, segment
-- means: How much still waits.
-- formula: Tickets that are open at the end of the window.
-- source: Count of tickets by status; open is neither resolved nor closed.
-- edge: It is a level, not a flow: two windows' backlogs share their tickets, so there is no better or worse by chance; see the growth.
SELECT count(*)::DOUBLE AS value, count(*) AS n FROM tickets_at($then)
WHERE NOT is_done(status) AND created_at < $to AND $part
