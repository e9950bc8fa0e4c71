-- title: Memory
-- category: resources
-- unit: share
-- direction: down
-- target: 0.8
-- feeds: gauge
-- method: none
-- evidence: 1
-- slices: 
-- means: How full the memory is.
-- formula: The mean of the gauge memory over the window and its labels.
SELECT avg(value) AS value, count(*) AS n FROM gauge
WHERE name = 'memory' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
