-- title: AI calls
-- category: cost
-- unit: count
-- direction: none
-- target: none
-- feeds: measure
-- method: none
-- trend: count
-- evidence: 1
-- slices: release
-- means: How often a model was asked.
-- formula: Sum of the measure ai_calls in the window, over all its labels.
-- source: Counted by the system that sends it: the AI gateway.
-- edge: No reading in the window: unknown, not 0.
SELECT sum(value) AS value, count(*) AS n, sum(value) AS k FROM measure
WHERE name = 'ai_calls' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
