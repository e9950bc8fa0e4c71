-- title: Failed logins
-- category: security
-- unit: count
-- direction: down
-- target: none
-- feeds: measure
-- method: none
-- trend: count
-- evidence: 1
-- slices: release
-- means: How often somebody could not sign in: a broken form, forgotten words, an attack.
-- formula: Sum of the measure failed_logins in the window, over all its labels.
-- source: Counted by the system that sends it; OWASP Logging Cheat Sheet, authentication failures.
-- edge: No reading in the window: unknown, not 0. One person who tries ten times counts ten.
SELECT sum(value) AS value, count(*) AS n, sum(value) AS k FROM measure
WHERE name = 'failed_logins' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
