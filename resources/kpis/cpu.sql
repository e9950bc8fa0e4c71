-- title: CPU
-- category: resources
-- unit: share
-- direction: down
-- target: 0.8
-- feeds: gauge
-- method: none
-- evidence: 1
-- slices: release
-- means: How busy the processors are.
-- formula: The mean of the readings of cpu in the window, over all machines.
-- source: B. Gregg, Systems Performance, 2nd edition, Addison-Wesley 2020, section 2.5.9 (the USE method).
-- edge: A mean hides one machine that is full: its own readings are in the proof. Readings stand for themselves and carry no interval.
SELECT avg(value) AS value, count(*) AS n
FROM readings()
WHERE name = 'cpu' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
