-- title: Re-open rate
-- category: support
-- unit: share
-- direction: down
-- target: 0.05
-- feeds: tickets
-- method: wilson
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: How often resolved was not resolved.
-- formula: Tickets re-opened at least once by tickets first resolved in the window.
-- source: Practice of support desks.
-- edge: A ticket resolved an hour ago has had little time to come back: the newest hours read too good.
SELECT k / nullif(n, 0) AS value, k, n FROM (
    SELECT count(*) FILTER (WHERE reopens > 0) AS k, count(*) AS n FROM tickets_at($moment)
    WHERE first_resolved_at >= $from AND first_resolved_at < $to AND $part
)
