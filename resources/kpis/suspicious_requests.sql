-- title: Suspicious requests
-- category: security
-- unit: count
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: 
-- means: A count kept elsewhere.
-- formula: Sum of the measure suspicious_requests in the window.
SELECT sum(value) AS value, count(*) AS n FROM measure
WHERE name = 'suspicious_requests' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
