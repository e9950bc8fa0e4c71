-- title: Mean time between failures
-- category: availability
-- unit: s
-- direction: up
-- target: none
-- feeds: availability
-- method: none
-- evidence: 1
-- slices: release
-- means: How long it usually runs well before it breaks.
-- formula: Good time by the number of failures, a failure being a run of bad minutes.
-- source: IEC 60050-192:2015, 192-05-13 (mean operating time between failures).
-- edge: No failure observed: unknown, not infinite. Bad minutes on both sides of an unknown stretch are two failures, because nobody saw that it lasted.
-- empty: No failure was observed.
SELECT 60.0 * good / nullif(failures, 0) AS value, failures AS n, unknown
FROM (
    SELECT count(*) FILTER (WHERE state = 'good') AS good, count(*) FILTER (WHERE state = 'unknown') AS unknown,
        count(*) FILTER (WHERE state = 'bad' AND coalesce(before, 'good') <> 'bad') AS failures
    FROM (SELECT state, lag(state) OVER (ORDER BY minute) AS before FROM judged_minutes($window))
)
