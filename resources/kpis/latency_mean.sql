-- title: Mean latency
-- category: performance
-- unit: ms
-- direction: down
-- target: 300
-- feeds: latency
-- method: none
-- evidence: 1
-- slices: route, release
-- means: The mean time of an answer; a few slow calls pull it up.
-- formula: Summed whole microseconds by calls.
-- source: Prometheus documentation, histograms: _sum by _count.
-- edge: A gateway that tells no sums: unknown, even where it tells buckets.
-- empty: This gateway tells no summed response times, or nothing was called.
SELECT sum_us / nullif(calls, 0) / 1000 AS value, calls AS n
FROM (
    SELECT sum(sum_us)::BIGINT AS sum_us, coalesce(sum(calls), 0)::BIGINT AS calls FROM latency_sum_in($window)
    WHERE kind = 'total' AND NOT internal AND $part
)
