-- title: NPS
-- category: experience
-- unit: score
-- direction: up
-- target: none
-- feeds: survey
-- method: normal
-- evidence: 1
-- slices: segment, release
-- means: Whether people would recommend it.
-- formula: Share of 9 and 10 minus share of 0 to 6, times 100, of answers of kind nps.
-- source: F. F. Reichheld, Harvard Business Review 81 (12), 2003; the interval is that of a mean of marks 100, 0 and −100.
-- edge: No answer: unknown. With few answers the normal interval is too narrow; n stands beside it.
SELECT avg(mark) AS value, count(*) AS n, stddev_samp(mark) AS sd FROM (
    SELECT CASE WHEN score >= 9 THEN 100 WHEN score <= 6 THEN -100 ELSE 0 END AS mark FROM answers($then)
    WHERE kind = 'nps' AND happened_at >= $from AND happened_at < $to AND $part
)
