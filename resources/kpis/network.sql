-- title: Network
-- category: resources
-- unit: bytes_per_second
-- direction: none
-- target: none
-- feeds: gauge
-- method: none
-- evidence: 1
-- slices: release
-- means: How much goes over the wire.
-- formula: Mean of received plus mean of transmitted bytes a second, summed over machines.
-- source: B. Gregg, Systems Performance, 2nd edition, Addison-Wesley 2020, section 2.5.9 (the USE method).
-- edge: An interface that told nothing in the window adds nothing.
SELECT sum(mean) AS value, sum(n)::BIGINT AS n FROM (
    SELECT avg(value) AS mean, count(*) AS n
    FROM readings()
    WHERE name IN ('network_receive', 'network_transmit') AND happened_at >= $from AND happened_at < $to
        AND known_at <= $known
    GROUP BY name, labels
)
