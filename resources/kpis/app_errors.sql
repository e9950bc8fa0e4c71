-- title: Application errors
-- category: errors
-- unit: count
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- trend: count
-- evidence: 1
-- slices: release
-- means: How often the application itself noted an error.
-- formula: Sum of the measure app_errors in the window, over all its labels.
-- source: Counted by the system that sends it: error tracking or logs.
-- edge: No reading in the window: unknown, not 0. A more talkative log reads as more errors.
SELECT sum(value) AS value, count(*) AS n, sum(value) AS k FROM measure
WHERE name = 'app_errors' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
