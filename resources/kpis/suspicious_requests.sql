-- title: Suspicious requests
-- category: security
-- unit: count
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- trend: count
-- evidence: 1
-- slices: release
-- means: How much the firewall in front took for an attack.
-- formula: Sum of the measure suspicious_requests in the window, over all its labels.
-- source: Counted by the system that sends it: the web application firewall.
-- edge: No reading in the window: unknown, not 0. A new rule of the firewall changes the count without any attack.
SELECT sum(value) AS value, count(*) AS n, sum(value) AS k FROM measure
WHERE name = 'suspicious_requests' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
