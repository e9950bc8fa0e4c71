-- title: Tickets opened
-- category: support
-- unit: count
-- direction: down
-- target: none
-- feeds: tickets
-- method: none
-- evidence: 0
-- slices: severity
-- means: How much is reported.
-- formula: Tickets created in the window, of every kind.
SELECT count(*)::DOUBLE AS value, count(*) AS n FROM tickets_at($moment)
WHERE created_at >= $from AND created_at < $to AND ($severity IS NULL OR severity = $severity)
