-- title: First-contact resolution
-- category: support
-- unit: share
-- direction: up
-- target: none
-- feeds: tickets
-- method: wilson
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: How often one answer was enough.
-- formula: Tickets resolved in the window with exactly one public answer of an agent and no re-opening, by tickets resolved in the window.
-- source: HDI and ICMI practice of support desks.
-- edge: A ticket solved without any answer is not a first contact. A system that does not tell who wrote an answer: none counts.
SELECT k / nullif(n, 0) AS value, k, n FROM (
    SELECT count(*) FILTER (WHERE coalesce(c.answers, 0) = 1 AND reopens = 0) AS k, count(*) AS n
    FROM tickets_at($moment) t
    LEFT JOIN (
        SELECT source, ticket, count(*) AS answers FROM comment
        WHERE role = 'agent' AND public AND happened_at <= $at AND known_at <= $known GROUP BY source, ticket
    ) c ON c.source = t.source AND c.ticket = t.ticket
    WHERE resolved_at >= $from AND resolved_at < $to AND $part
)
