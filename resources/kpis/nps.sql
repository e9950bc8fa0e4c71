-- title: NPS
-- category: experience
-- unit: score
-- direction: up
-- target: none
-- feeds: survey
-- method: none
-- evidence: 1
-- slices: 
-- means: Whether people would recommend it.
-- formula: Share of 9 and 10 minus share of 0 to 6, times 100, of answers of kind nps.
SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / nullif(count(*), 0) AS value,
    count(*) AS n
FROM survey WHERE kind = 'nps' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
