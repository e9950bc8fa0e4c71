-- title: Network
-- category: resources
-- unit: bytes_per_second
-- direction: none
-- target: none
-- feeds: gauge
-- method: none
-- evidence: 1
-- slices: 
-- means: How much goes over the wire.
-- formula: Mean of received plus transmitted bytes a second over the window.
SELECT sum(mean) AS value, sum(n)::BIGINT AS n FROM (
    SELECT avg(value) AS mean, count(*) AS n FROM gauge
    WHERE name IN ('network_receive', 'network_transmit') AND happened_at >= $from AND happened_at < $to AND known_at <= $known
    GROUP BY name, labels
)
