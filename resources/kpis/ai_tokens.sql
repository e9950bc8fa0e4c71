-- title: AI tokens
-- category: cost
-- unit: count
-- direction: none
-- target: none
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: 
-- means: A count kept elsewhere.
-- formula: Sum of the measure ai_tokens in the window.
SELECT sum(value) AS value, count(*) AS n FROM measure
WHERE name = 'ai_tokens' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
