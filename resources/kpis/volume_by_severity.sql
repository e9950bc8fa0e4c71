-- title: Volume by severity
-- category: support
-- unit: count
-- direction: down
-- target: none
-- feeds: tickets
-- method: none
-- trend: count
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: How bad what comes in is.
-- formula: Tickets created in the window that are not enhancements; the parts are their severities at the moment.
-- source: Count of the ticket systems' own creation times.
-- edge: Enhancements have no severity and stay out. A ticket nobody has judged stands under unset, never under a middle one.
SELECT count(*)::DOUBLE AS value, count(*) AS n, count(*) AS k FROM tickets_at($moment)
WHERE kind <> 'enhancement' AND created_at >= $from AND created_at < $to AND $part
-- parts:
SELECT p.part, count(t.ticket) FROM (VALUES ('P1'), ('P2'), ('P3'), ('P4'), ('unset')) p(part)
LEFT JOIN (SELECT ticket, coalesce(severity, 'unset') AS named FROM tickets_at($moment)
    WHERE kind <> 'enhancement' AND created_at >= $from AND created_at < $to AND $part) t ON t.named = p.part
GROUP BY p.part ORDER BY p.part
