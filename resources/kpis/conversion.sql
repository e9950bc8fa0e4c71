-- title: Conversion
-- category: business
-- unit: share
-- direction: up
-- target: none
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: release
-- means: What share of visits ends as it should.
-- formula: Mean of the readings of conversion in the window.
-- source: Counted by the system that sends it: product analytics.
-- edge: Each reading weighs the same, whatever it was counted over, and readings follow each other: there is no interval, so no better and no worse.
SELECT avg(value) AS value, count(*) AS n FROM measure
WHERE name = 'conversion' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
