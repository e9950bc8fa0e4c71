-- title: Conversion
-- category: business
-- unit: share
-- direction: up
-- target: none
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: 
-- means: A share counted elsewhere.
-- formula: Mean of the measure conversion in the window.
SELECT avg(value) AS value, count(*) AS n FROM measure
WHERE name = 'conversion' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
