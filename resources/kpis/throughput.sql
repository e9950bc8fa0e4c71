-- title: Throughput
-- category: performance
-- unit: per_second
-- direction: none
-- target: none
-- feeds: gateway
-- method: none
-- evidence: 0
-- slices: route, consumer, segment, release
-- means: How much is going on.
-- formula: Calls on routes not marked internal by the seconds of the window that are covered.
-- source: B. Beyer et al., Site Reliability Engineering, O'Reilly 2016, chapter 6 (the four golden signals).
-- edge: A covered window without calls is 0. Uncovered time is left out of the divisor.
SELECT n / nullif($covered_s, 0) AS value, n
FROM (SELECT coalesce(sum(calls), 0)::BIGINT AS n FROM calls_in($window) WHERE NOT internal AND $part)
