-- title: Application errors
-- category: errors
-- unit: count
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: 
-- means: A count kept elsewhere.
-- formula: Sum of the measure app_errors in the window.
SELECT sum(value) AS value, count(*) AS n FROM measure
WHERE name = 'app_errors' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
