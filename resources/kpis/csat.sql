-- title: CSAT
-- category: experience
-- unit: share
-- direction: up
-- target: 0.8
-- feeds: survey
-- method: wilson
-- evidence: 1
-- slices: segment, release
-- means: How many of those who answered were satisfied with the support.
-- formula: Answers 4 and 5 of 5 (or "good") by all answers of kind support in the window.
-- source: Top-two-box practice of support surveys; interval of E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
-- edge: Those who do not answer are not in it. Who answers anew about the same ticket is counted once, with the newest answer, when it was given. No answer: unknown.
SELECT k / nullif(n, 0) AS value, k, n FROM (
    SELECT count(*) FILTER (WHERE score >= 4) AS k, count(*) AS n FROM answers($then)
    WHERE kind = 'support' AND happened_at >= $from AND happened_at < $to AND $part
)
