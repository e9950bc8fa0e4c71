-- title: Operation cost
-- category: cost
-- unit: count
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: 
-- means: A count kept elsewhere.
-- formula: Sum of the measure operation_cost in the window.
SELECT sum(value) AS value, count(*) AS n FROM measure
WHERE name = 'operation_cost' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
