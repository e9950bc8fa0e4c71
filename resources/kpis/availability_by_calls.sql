-- title: Availability by calls
-- category: availability
-- unit: share
-- direction: up
-- target: 0.999
-- feeds: gateway
-- method: wilson
-- evidence: 1
-- slices: route, consumer, segment, release
-- means: What share of calls was not failed by the system.
-- formula: One minus the 5xx share, over routes not marked internal.
-- source: B. Beyer et al., The Site Reliability Workbook, O'Reilly 2018, chapter 2 (good events by valid events).
-- edge: No calls in the window: unknown, not 0. A call that never reached the gateway is not counted at all.
SELECT k / nullif(n, 0) AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE class <> 5), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n
    FROM calls_in($window) WHERE NOT internal AND $part
)
