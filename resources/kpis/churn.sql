-- title: Churn
-- category: business
-- unit: share
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: release
-- means: What share of customers leaves.
-- formula: Mean of the readings of churn in the window.
-- source: Counted by the system that sends it: product analytics or billing.
-- edge: Each reading weighs the same, whatever it was counted over, and readings follow each other: there is no interval, so no better and no worse. Churn within days of a launch is mostly noise.
SELECT avg(value) AS value, count(*) AS n FROM measure
WHERE name = 'churn' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
