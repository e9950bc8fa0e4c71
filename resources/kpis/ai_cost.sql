-- title: AI cost
-- category: cost
-- unit: count
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- trend: none
-- evidence: 1
-- slices: release
-- means: What the models cost, in the currency of its source.
-- formula: Sum of the measure ai_cost in the window, over all its labels.
-- source: Counted by the system that sends it: the AI gateway.
-- edge: No reading in the window: unknown, not 0. Currencies are not converted.
SELECT sum(value) AS value, count(*) AS n, sum(value) AS k FROM measure
WHERE name = 'ai_cost' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
