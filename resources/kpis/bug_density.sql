-- title: Bug density
-- category: support
-- unit: count
-- direction: down
-- target: none
-- feeds: tickets
-- method: none
-- trend: count
-- evidence: 0
-- slices: severity, area, channel, segment, release
-- means: How many bugs an area of the product has, and which area has most.
-- formula: Bugs created in the window by the areas that any ticket was ever filed under; the parts are bugs by area.
-- source: Defect density with the area as the unit of size: IEEE Std 982.1-2005.
-- edge: Areas differ in size and in use; a busy area has more bugs found. Bugs without an area stand under no area and stay out of the value. No area at all: unknown.
-- empty: No ticket names an area yet.
SELECT bugs / nullif(areas, 0) AS value, bugs AS n, bugs AS k FROM (
    SELECT count(*) FILTER (WHERE kind = 'bug' AND component IS NOT NULL AND created_at >= $from AND created_at < $to) AS bugs,
        count(DISTINCT component) AS areas
    FROM tickets_at($moment) WHERE created_at < $to AND $part
)
-- parts:
SELECT coalesce(component, 'no area') AS part, count(*) FROM tickets_at($moment)
WHERE kind = 'bug' AND created_at >= $from AND created_at < $to AND $part GROUP BY part ORDER BY count(*) DESC, part
