-- title: Disk
-- category: resources
-- unit: share
-- direction: down
-- target: 0.8
-- feeds: gauge
-- method: none
-- evidence: 1
-- slices: release
-- means: How full the fullest disk is.
-- formula: The largest reading of disk in the window.
-- source: B. Gregg, Systems Performance, 2nd edition, Addison-Wesley 2020, section 2.5.9 (the USE method).
-- edge: One wrong reading decides; the rows say which.
SELECT max(value) AS value, count(*) AS n
FROM readings()
WHERE name = 'disk' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
