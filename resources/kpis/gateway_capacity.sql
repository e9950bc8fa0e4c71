-- title: Gateway capacity in use
-- category: resources
-- unit: share
-- direction: down
-- target: 0.8
-- feeds: gateway
-- method: none
-- evidence: 1
-- slices: release
-- means: How near the busiest minute came to what the gateway can carry.
-- formula: Calls a second of the busiest minute by the newest measure gateway_capacity (calls a second, from a load test).
-- source: B. Gregg, Systems Performance, 2nd edition, Addison-Wesley 2020, section 2.5.9 (utilisation).
-- edge: Without that measure: unknown. Routes marked internal load the gateway as well but are not counted. A scrape that came late puts two minutes' calls into one.
-- empty: No capacity is known, or nothing was called; feed the measure gateway_capacity, in calls a second.
SELECT busiest / 60 / nullif(capacity, 0) AS value, busiest::BIGINT AS n FROM (
    SELECT (SELECT max(calls) FROM calls_by_minute($window)) AS busiest,
        (SELECT arg_max(value, happened_at) FROM measure
            WHERE name = 'gateway_capacity' AND happened_at < $to AND known_at <= $known) AS capacity
)
