-- title: First-contact resolution
-- category: support
-- unit: share
-- direction: up
-- target: none
-- feeds: tickets
-- method: wilson
-- evidence: 0
-- slices: severity
-- means: How often one answer was enough.
-- formula: Tickets resolved in the window with exactly one public answer of an agent and no re-opening, by tickets resolved in the window.
SELECT k / nullif(n, 0) AS value, k, n FROM (
    SELECT count(*) FILTER (WHERE coalesce(c.answers, 0) = 1 AND t.reopens = 0) AS k, count(*) AS n
    FROM tickets_at($moment) t
    LEFT JOIN (
        SELECT source, ticket, count(*) AS answers FROM comment
        WHERE role = 'agent' AND public AND happened_at <= $at AND known_at <= $known GROUP BY source, ticket
    ) c ON c.source = t.source AND c.ticket = t.ticket
    WHERE t.resolved_at >= $from AND t.resolved_at < $to AND ($severity IS NULL OR t.severity = $severity)
)
