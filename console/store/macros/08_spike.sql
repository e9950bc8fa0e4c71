-- What is compared when a span is explained: the facts of one window in slots of ``width`` microseconds, counted from the
-- window's start. Rows known only as the sum of a longer span are left out, as their minutes are unknown. The ``long`` ones
-- take the roll-ups: the window must begin and end at whole hours and have no hour in which the counting source changes.
CREATE MACRO slot_of(instant, w, width) AS ((epoch_us(instant) - epoch_us(w['from'])) // width)::INTEGER;

CREATE MACRO calls_by_slot(w, width) AS TABLE
    SELECT route, method, status, slot_of(minute, w, width) AS slot, sum(calls)::BIGINT AS calls FROM traffic t
    ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
    WHERE minute >= w['from'] AND minute < w['to'] AND known_at <= w['known'] AND span_from IS NULL
    GROUP BY ALL;

CREATE MACRO calls_by_long_slot(w, width) AS TABLE
    SELECT route, method, status, slot, sum(calls)::BIGINT AS calls FROM (
        SELECT route, method, status, slot_of(hour, w, width) AS slot, calls FROM roll_traffic_hour r
        ANTI JOIN outranked_in(w) o ON o.source = r.source AND r.hour >= o."from" AND r.hour < o."to"
        WHERE hour >= w['from'] AND hour < w['to'] AND newest_known <= w['rolled']
        UNION ALL
        SELECT route, method, status, slot_of(minute, w, width) AS slot, calls FROM traffic t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= w['from'] AND minute < w['to'] AND known_at > w['rolled'] AND known_at <= w['known']
          AND span_from IS NULL
    ) GROUP BY ALL;

CREATE MACRO latency_by_slot(w, width) AS TABLE
    SELECT route, kind, lower_ms, upper_ms, slot_of(minute, w, width) AS slot, sum(count)::BIGINT AS calls FROM latency t
    ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
    WHERE minute >= w['from'] AND minute < w['to'] AND known_at <= w['known'] AND span_from IS NULL
    GROUP BY ALL;

CREATE MACRO latency_by_long_slot(w, width) AS TABLE
    SELECT route, kind, lower_ms, upper_ms, slot, sum(calls)::BIGINT AS calls FROM (
        SELECT route, kind, lower_ms, upper_ms, slot_of(hour, w, width) AS slot, count AS calls FROM roll_latency_hour r
        ANTI JOIN outranked_in(w) o ON o.source = r.source AND r.hour >= o."from" AND r.hour < o."to"
        WHERE hour >= w['from'] AND hour < w['to'] AND newest_known <= w['rolled']
        UNION ALL
        SELECT route, kind, lower_ms, upper_ms, slot_of(minute, w, width) AS slot, count AS calls FROM latency t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= w['from'] AND minute < w['to'] AND known_at > w['rolled'] AND known_at <= w['known']
          AND span_from IS NULL
    ) GROUP BY ALL;

-- Consumers are counted in tens of minutes: those that lie mostly in the window.
CREATE MACRO consumers_by_slot(w, width) AS TABLE
    SELECT consumer, CASE WHEN status < 100 THEN status ELSE status // 100 END AS class,
        greatest(0, slot_of(minute + INTERVAL 5 minute, w, width)) AS slot, sum(calls)::BIGINT AS calls
    FROM consumer_traffic t
    ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
    WHERE minute >= w['from'] - INTERVAL 5 minute AND minute < w['to'] - INTERVAL 5 minute AND known_at <= w['known']
      AND span_from IS NULL AND NOT list_contains(w['internal'], route)
    GROUP BY ALL;

CREATE MACRO levels_by_slot(w, width) AS TABLE
    SELECT 'resource' AS kind, name, labels, slot_of(happened_at, w, width) AS slot, avg(value) AS level FROM gauge
    WHERE happened_at >= w['from'] AND happened_at < w['to'] AND known_at <= w['known'] GROUP BY ALL
    UNION ALL
    SELECT 'measure', name, labels, slot_of(happened_at, w, width), avg(value) FROM measure
    WHERE happened_at >= w['from'] AND happened_at < w['to'] AND known_at <= w['known'] GROUP BY ALL;
