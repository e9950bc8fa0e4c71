-- title: Operation cost
-- category: cost
-- unit: count
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- trend: none
-- evidence: 1
-- slices: release
-- means: What running the launch costs, in the currency of its source.
-- formula: Sum of the measure operation_cost in the window, over all its labels.
-- source: Counted by the system that sends it: the cloud bill or the finance system.
-- edge: No reading in the window: unknown, not 0. Currencies are not converted; a bill that comes once a month is in one window only.
SELECT sum(value) AS value, count(*) AS n, sum(value) AS k FROM measure
WHERE name = 'operation_cost' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
