-- title: CPU
-- category: resources
-- unit: share
-- direction: down
-- target: 0.8
-- feeds: gauge
-- method: none
-- evidence: 1
-- slices: 
-- means: How busy the processors are.
-- formula: The mean of the gauge cpu over the window and its labels.
SELECT avg(value) AS value, count(*) AS n FROM gauge
WHERE name = 'cpu' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
