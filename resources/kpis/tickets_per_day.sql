-- title: Tickets a day
-- category: support
-- unit: count
-- direction: down
-- target: none
-- feeds: tickets
-- method: none
-- evidence: 0
-- slices: severity
-- means: How many defects and questions a day brings; wishes are kept apart.
-- formula: Tickets created in the window that are not enhancements, by its length in days.
SELECT count(*) / nullif(date_diff('second', $from, $to) / 86400, 0) AS value, count(*) AS n FROM tickets_at($moment)
WHERE created_at >= $from AND created_at < $to AND kind <> 'enhancement' AND ($severity IS NULL OR severity = $severity)
