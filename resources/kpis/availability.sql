-- title: Availability
-- category: availability
-- unit: share
-- direction: up
-- target: 0.999
-- feeds: availability
-- method: wilson
-- evidence: 1
-- slices: release
-- means: What share of the judged minutes was good.
-- formula: Good minutes by judged minutes. A probe decides where there is one: a minute is bad when any of its checks failed. Else a minute is bad when its 5xx share reaches bad_minute_5xx.
-- source: B. Beyer et al., The Site Reliability Workbook, O'Reilly 2018, chapter 2 (good events by valid events).
-- edge: A minute without calls counts as good only where that hour of the day usually has next to none; else it is unknown, as are uncovered minutes; unknown minutes are left out and shown beside the value. The interval takes minutes as independent, which an outage is not: read it as the least there is.
SELECT k / nullif(n, 0) AS value, k, n, unknown, silent, usual
FROM (
    SELECT count(*) FILTER (WHERE state = 'good') AS k, count(*) FILTER (WHERE state IN ('good', 'bad')) AS n,
        count(*) FILTER (WHERE state = 'unknown') AS unknown,
        count(*) FILTER (WHERE state = 'unknown' AND silent) AS silent,
        avg(usual) FILTER (WHERE state = 'unknown' AND silent) AS usual
    FROM judged_minutes($window)
)
