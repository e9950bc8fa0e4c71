-- title: SLA resolution adherence
-- category: support
-- unit: share
-- direction: up
-- target: 0.95
-- feeds: tickets
-- method: wilson
-- evidence: 0
-- slices: severity, kind, area, channel, segment, release
-- means: How often tickets are resolved within the time that was promised.
-- formula: Resolution clocks kept, by those decided in the window. A clock is kept when the ticket is resolved in time, and broken at the instant its time is used up, resolved or not. Waiting for the customer and time outside the calendar do not count.
-- source: Practice of service level management (ITIL 4, service level management practice); interval by E. B. Wilson, JASA 22 (1927) 209.
-- edge: P4 and enhancements have no clock by default. A ticket re-opened within its time is undecided again. Each ticket is judged by the policy that it meets at the moment asked about, and by the calendars as set then: the statement holds them.
-- empty: No resolution clock ended or ran out in this window.
SELECT k / nullif(n, 0) AS value, k, n FROM (
    SELECT count(*) FILTER (WHERE met) AS k, count(*) AS n FROM sla_clocks($sla)
    WHERE clock = 'resolution' AND decided_at >= $from AND decided_at < $to AND $part
)
