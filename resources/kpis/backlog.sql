-- title: Backlog
-- category: support
-- unit: count
-- direction: down
-- target: none
-- feeds: tickets
-- method: none
-- evidence: 0
-- slices: severity
-- means: How much still waits.
-- formula: Tickets that are open at the end of the window.
SELECT count(*)::DOUBLE AS value, count(*) AS n FROM tickets_at($then)
WHERE NOT is_done(status) AND created_at < $to AND ($severity IS NULL OR severity = $severity)
