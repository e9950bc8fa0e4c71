-- title: Feedback mix
-- category: support
-- unit: share
-- direction: down
-- target: none
-- feeds: tickets
-- method: wilson
-- evidence: 1
-- slices: severity, area, channel, segment, release
-- means: Whether people report that something is broken, or ask and wish.
-- formula: Defects (no question, training or enhancement) by all tickets created in the window; the parts are all kinds.
-- source: Kinds of the ticket systems in our words.
-- edge: A ticket without a kind counts as a bug. No ticket: unknown.
SELECT k / nullif(n, 0) AS value, k, n FROM (
    SELECT count(*) FILTER (WHERE is_defect(kind)) AS k, count(*) AS n FROM tickets_at($moment) WHERE created_at >= $from AND created_at < $to AND $part
)
-- parts:
SELECT kind AS part, count(*) FROM tickets_at($moment)
WHERE created_at >= $from AND created_at < $to AND $part GROUP BY part ORDER BY count(*) DESC, part
