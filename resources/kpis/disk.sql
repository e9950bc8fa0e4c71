-- title: Disk
-- category: resources
-- unit: share
-- direction: down
-- target: 0.8
-- feeds: gauge
-- method: none
-- evidence: 1
-- slices: 
-- means: How full the fullest disk is.
-- formula: The largest of the gauge disk over the window and its labels.
SELECT max(value) AS value, count(*) AS n FROM gauge
WHERE name = 'disk' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
