-- title: Time to deploy
-- category: support
-- unit: s
-- direction: down
-- target: none
-- feeds: tickets
-- method: bootstrap
-- evidence: 1
-- slices: severity, kind, area, channel, segment, release
-- means: How long a report waits until its fix is out.
-- formula: From creation to the deployment of the fix, of tickets deployed in the window: when the ticket system says so, else the first release (no canary) after a defect's standing resolution. The value is the mean.
-- source: DORA, lead time for changes, counted from the report.
-- edge: A defect resolved but not yet followed by a release is not in it. A fix that went out before its ticket was resolved reads too late.
WITH fixed AS (
    SELECT created_at, kind, resolved_at, deployed_at FROM tickets_at($moment)
    WHERE (deployed_at IS NOT NULL OR (resolved_at IS NOT NULL AND is_defect(kind))) AND $part
),
deployed AS (
    SELECT created_at, coalesce(deployed_at, (
        SELECT min(happened_at) FROM release
        WHERE kind <> 'canary' AND happened_at >= resolved_at AND happened_at <= $at AND known_at <= $known)) AS out_at
    FROM fixed
),
samples AS (
    SELECT date_diff('millisecond', created_at, out_at) AS ms FROM deployed WHERE out_at >= $from AND out_at < $to
)
SELECT avg(ms) / 1000 AS value, avg(ms) / 1000 AS mean, median(ms) / 1000 AS median, quantile_cont(ms, 0.9) / 1000 AS p90,
    count(*) AS n
FROM samples
