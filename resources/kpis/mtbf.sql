-- title: Mean time between failures
-- category: availability
-- unit: s
-- direction: up
-- target: none
-- feeds: availability
-- method: none
-- evidence: 1
-- slices: 
-- means: How long it usually runs well before it breaks.
-- formula: Good time by the number of failures (runs of bad minutes). No failure observed: unknown, not infinite.
SELECT 60.0 * good / nullif(failures, 0) AS value, failures AS n
FROM (
    SELECT count(*) FILTER (WHERE state = 'good') AS good,
        count(*) FILTER (WHERE state = 'bad' AND coalesce(before, 'good') <> 'bad') AS failures
    FROM (SELECT state, lag(state) OVER (ORDER BY minute) AS before FROM judged_minutes($window))
)
