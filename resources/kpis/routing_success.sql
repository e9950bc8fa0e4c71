-- title: Routing success
-- category: availability
-- unit: share
-- direction: up
-- target: 0.999
-- feeds: gateway
-- method: wilson
-- evidence: 1
-- slices: route, consumer, segment, release
-- means: How many calls the gateway brought to a service that answered.
-- formula: Calls on a known route that were not answered 502, 503 or 504, by all calls on routes not marked internal.
-- source: RFC 9110, sections 15.6.3 to 15.6.5.
-- edge: Unknown where a gateway tells only classes. A service that itself answers 503 counts as not reached: the gateway's page does not tell the two apart.
-- empty: No calls in this window, or a gateway that tells only classes of status codes.
SELECT CASE WHEN unclear = 0 THEN k / nullif(n, 0) END AS value, k, n
FROM (
    SELECT coalesce(sum(calls) FILTER (WHERE status NOT IN (502, 503, 504) AND route <> '(no route)'), 0)::BIGINT AS k, coalesce(sum(calls), 0)::BIGINT AS n,
        count(*) FILTER (WHERE status = 5 AND calls <> 0) AS unclear
    FROM calls_in($window) WHERE NOT internal AND $part
)
