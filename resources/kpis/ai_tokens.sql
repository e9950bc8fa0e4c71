-- title: AI tokens
-- category: cost
-- unit: count
-- direction: none
-- target: none
-- feeds: measure
-- method: none
-- trend: none
-- evidence: 1
-- slices: release
-- means: How much was read and written by models.
-- formula: Sum of the measure ai_tokens in the window, over all its labels.
-- source: Counted by the system that sends it: the AI gateway.
-- edge: No reading in the window: unknown, not 0. Tokens of different models cost differently.
SELECT sum(value) AS value, count(*) AS n, sum(value) AS k FROM measure
WHERE name = 'ai_tokens' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
