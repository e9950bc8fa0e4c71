-- title: Negative sentiment
-- category: experience
-- unit: share
-- direction: down
-- target: 0.2
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: segment, release
-- means: What share of feedback sounds angry or disappointed.
-- formula: Mean of the readings of sentiment_negative in the window.
-- source: Counted by the system that sends it: survey or social listening tools.
-- edge: Each reading weighs the same, whatever it was counted over, and readings follow each other: there is no interval, so no better and no worse.
SELECT avg(value) AS value, count(*) AS n FROM measure
WHERE name = 'sentiment_negative' AND happened_at >= $from AND happened_at < $to AND known_at <= $known AND $part
