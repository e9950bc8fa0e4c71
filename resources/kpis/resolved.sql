-- title: Tickets resolved
-- category: support
-- unit: count
-- direction: up
-- target: none
-- feeds: tickets
-- method: none
-- evidence: 0
-- slices: severity
-- means: How much is finished.
-- formula: Tickets whose standing resolution falls into the window.
SELECT count(*)::DOUBLE AS value, count(*) AS n FROM tickets_at($moment)
WHERE resolved_at >= $from AND resolved_at < $to AND ($severity IS NULL OR severity = $severity)
