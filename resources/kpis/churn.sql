-- title: Churn
-- category: business
-- unit: share
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: 
-- means: A share counted elsewhere.
-- formula: Mean of the measure churn in the window.
SELECT avg(value) AS value, count(*) AS n FROM measure
WHERE name = 'churn' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
