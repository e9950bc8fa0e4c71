-- title: Backlog growth
-- category: support
-- unit: count
-- direction: down
-- target: 0
-- feeds: tickets
-- method: none
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: Whether more comes in than is finished.
-- formula: Tickets opened minus tickets resolved in the window.
-- source: Difference of opened and resolved.
-- edge: Re-opened tickets count as not resolved. n is opened plus resolved.
SELECT (opened - done)::DOUBLE AS value, opened + done AS n FROM (
    SELECT count(*) FILTER (WHERE created_at >= $from AND created_at < $to) AS opened,
        count(*) FILTER (WHERE resolved_at >= $from AND resolved_at < $to) AS done
    FROM tickets_at($moment) WHERE $part
)
