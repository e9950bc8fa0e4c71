-- title: Page load p75
-- category: experience
-- unit: ms
-- direction: down
-- target: 2500
-- feeds: measure
-- method: none
-- evidence: 1
-- slices: release
-- means: Three of four page loads are at least this fast.
-- formula: The newest reading of page_load_p75 in the window; of several pages or regions the slowest.
-- source: web.dev, Largest Contentful Paint: good up to 2.5 s at the 75th percentile.
-- edge: Percentiles are never averaged, so a window has no percentile of its own: n tells how many readings it had.
SELECT max(value) AS value, sum(n)::BIGINT AS n FROM (
    SELECT arg_max(value, happened_at) AS value, count(*) AS n FROM measure
    WHERE name = 'page_load_p75' AND happened_at >= $from AND happened_at < $to AND known_at <= $known
    GROUP BY source, labels
)
