-- title: 5xx rate
-- category: errors
-- unit: share
-- direction: down
-- target: 0.001
-- feeds: gateway
-- method: poisson
-- evidence: 1
-- slices: route, consumer, segment, release
-- means: How many calls the system itself fails.
-- formula: Calls answered 500 to 599 by all calls on routes not marked internal.
-- source: RFC 9110, section 15.6; exact Poisson bound of F. Garwood, Biometrika 28 (1936) 437.
-- edge: No calls in the window: unknown, not 0. The bound takes errors as independent; errors that come in bursts make it narrower than it should be.
SELECT k / nullif(n, 0) AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE class = 5), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n
    FROM calls_in($window) WHERE NOT internal AND $part
)
