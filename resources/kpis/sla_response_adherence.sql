-- title: SLA response adherence
-- category: support
-- unit: share
-- direction: up
-- target: 0.95
-- feeds: tickets
-- method: wilson
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: How often people are answered within the time that was promised.
-- formula: Response clocks kept, by those decided in the window. A clock is kept when the ticket is acknowledged in time, and broken at the instant its time is used up, answered or not.
-- source: Practice of service level management (ITIL 4, service level management practice); interval by E. B. Wilson, JASA 22 (1927) 209.
-- edge: Tickets without a severity have no clock, and so no part in it, until they are sorted. Each ticket is judged by the policy that it meets at the moment asked about, and by the calendars as set then: the statement holds them.
-- empty: No response clock ended or ran out in this window.
SELECT k / nullif(n, 0) AS value, k, n FROM (
    SELECT count(*) FILTER (WHERE met) AS k, count(*) AS n FROM sla_clocks($sla)
    WHERE clock = 'response' AND decided_at >= $from AND decided_at < $to AND $part
)
