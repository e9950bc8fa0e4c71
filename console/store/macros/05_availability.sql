-- Minutes judged good, bad or unknown. ``w`` also carries covered (spans known minute by minute), probed (spans a probe
-- speaks for), bad_share and usual (calls a minute by hour of the day, 24 values, from the weeks before). A minute without
-- calls is good only where its hour usually has next to none, less than one a minute; elsewhere, also where nobody knows
-- what is usual (-1), silence is unknown.
-- Minutes that touch planned maintenance (left_out) are not judged at all.
CREATE MACRO spans_as_table(spans) AS TABLE
    SELECT s."from" AS "from", s."to" AS "to" FROM (SELECT unnest(spans) AS s);

CREATE MACRO minutes_of(w) AS TABLE
    SELECT m.minute FROM (
        SELECT unnest(generate_series(time_bucket(INTERVAL 1 minute, w['from'] + INTERVAL 59999999 microseconds),
            w['to'] - INTERVAL 1 minute, INTERVAL 1 minute)) AS minute) m
    ANTI JOIN spans_as_table(w['left_out']) o ON m.minute < o."to" AND m.minute + INTERVAL 1 minute > o."from";

CREATE MACRO judged_minutes(w) AS TABLE
    WITH minutes AS (FROM minutes_of(w)),
    probes AS (
        SELECT time_bucket(INTERVAL 1 minute, happened_at) AS minute, min(value) AS up FROM gauge
        WHERE name = 'probe_up' AND happened_at >= w['from'] AND happened_at < w['to'] AND known_at <= w['known']
        GROUP BY minute
    ),
    calls AS (FROM calls_by_minute(w)),
    spoken AS (
        SELECT m.minute FROM minutes m SEMI JOIN spans_as_table(w['covered']) c
            ON m.minute >= c."from" AND m.minute + INTERVAL 1 minute <= c."to"
    ),
    filled AS (
        SELECT s.minute, coalesce(c.calls, 0) AS calls, coalesce(c.calls_5xx, 0) AS bad FROM spoken s
        LEFT JOIN calls c ON c.minute = s.minute
    )
    SELECT m.minute,
        CASE WHEN p.up IS NOT NULL THEN CASE WHEN p.up >= 1 THEN 'good' ELSE 'bad' END
             WHEN len(w['probed']) > 0 AND m.minute >= w['probed'][1]['from'] THEN 'unknown'
             WHEN f.minute IS NULL THEN 'unknown'
             WHEN f.calls > 0 THEN CASE WHEN f.bad >= w['bad_share'] * f.calls THEN 'bad' ELSE 'good' END
             WHEN w['usual'][hour(m.minute) + 1] >= 0 AND w['usual'][hour(m.minute) + 1] < 1 THEN 'good'
             ELSE 'unknown' END AS state,
        coalesce(f.calls, 0) AS calls, f.minute IS NOT NULL AND f.calls = 0 AS silent,
        w['usual'][hour(m.minute) + 1] AS usual
    FROM minutes m
    LEFT JOIN probes p ON p.minute = m.minute
    LEFT JOIN filled f ON f.minute = m.minute;
