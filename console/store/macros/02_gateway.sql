-- The gateway facts of a window. ``w`` is a struct: "from", "to", known, rolled (newest usable roll-up batch),
-- outranked (spans in which a source does not count because a better one of the same gateway does), mixed_from and
-- mixed_to (whole hours in which that changes), internal (the names of routes that users do not see). Counts are sums of increments, so roll-up and
-- facts simply add. Rows with span_from count only in windows that hold the whole span.

CREATE MACRO outranked_in(w) AS TABLE
    SELECT o.source AS source, o."from" AS "from", o."to" AS "to" FROM (SELECT unnest(w['outranked']) AS o);

CREATE MACRO first_hour(w) AS time_bucket(INTERVAL 1 hour, w['from'] + INTERVAL 1 hour - INTERVAL 1 microsecond);
CREATE MACRO last_hour(w) AS greatest(first_hour(w), time_bucket(INTERVAL 1 hour, w['to']));

CREATE MACRO traffic_rows(w) AS TABLE
    SELECT minute, source, route, method, status, calls, span_from FROM traffic t
    ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
    WHERE minute >= w['from'] AND minute < w['to'] AND known_at <= w['known']
      AND (span_from IS NULL OR span_from >= w['from']);

CREATE MACRO calls_in(w) AS TABLE
    WITH parts AS (
        SELECT source, route, method, status, calls FROM roll_traffic_hour r
        ANTI JOIN outranked_in(w) o
            ON o.source = r.source AND r.hour < o."to" AND r.hour + INTERVAL 1 hour > o."from"
        WHERE hour >= first_hour(w) AND hour < last_hour(w) AND newest_known <= w['rolled']
        UNION ALL
        SELECT source, route, method, status, calls FROM traffic t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= first_hour(w) AND minute < last_hour(w) AND known_at > w['rolled'] AND known_at <= w['known']
          AND span_from IS NULL
        UNION ALL
        SELECT t.source, route, method, status, calls FROM traffic t
        SEMI JOIN outranked_in(w) h
            ON h.source = t.source AND time_bucket(INTERVAL 1 hour, t.minute) < h."to"
            AND time_bucket(INTERVAL 1 hour, t.minute) + INTERVAL 1 hour > h."from"
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= w['mixed_from'] AND minute < w['mixed_to'] AND known_at <= w['rolled'] AND span_from IS NULL
        UNION ALL
        SELECT source, route, method, status, calls FROM traffic t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= w['from'] AND minute < least(first_hour(w), w['to']) AND known_at <= w['known'] AND span_from IS NULL
        UNION ALL
        SELECT source, route, method, status, calls FROM traffic t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= last_hour(w) AND minute < w['to'] AND known_at <= w['known'] AND span_from IS NULL
        UNION ALL
        SELECT source, route, method, status, calls FROM traffic t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE span_from IS NOT NULL AND span_from >= w['from'] AND minute >= w['from'] AND minute < w['to']
          AND known_at <= w['known']
    ),
    summed AS (
        SELECT source, route, method, status, sum(calls)::BIGINT AS calls FROM parts
        GROUP BY source, route, method, status
    )
    SELECT source, route, method, status, CASE WHEN status < 100 THEN status ELSE status // 100 END AS class, calls,
        list_contains(w['internal'], route) AS internal
    FROM summed;

CREATE MACRO calls_by_minute(w) AS TABLE
    WITH parts AS (
        SELECT minute, source, class, calls FROM roll_traffic_minute
        WHERE minute >= w['from'] AND minute < w['to'] AND newest_known <= w['rolled'] AND NOT internal AND span_from IS NULL
        UNION ALL
        SELECT minute, source, CASE WHEN status < 100 THEN status ELSE status // 100 END AS class, sum(calls) AS calls
        FROM traffic t ANTI JOIN (SELECT unnest(w['internal']) AS route) i ON i.route = t.route
        WHERE minute >= w['from'] AND minute < w['to'] AND known_at > w['rolled'] AND known_at <= w['known']
          AND span_from IS NULL
        GROUP BY ALL
    )
    SELECT minute, sum(calls)::BIGINT AS calls, coalesce(sum(calls) FILTER (WHERE class = 5), 0)::BIGINT AS calls_5xx,
        coalesce(sum(calls) FILTER (WHERE class = 4), 0)::BIGINT AS calls_4xx
    FROM parts p
    ANTI JOIN outranked_in(w) o ON o.source = p.source AND p.minute >= o."from" AND p.minute < o."to"
    GROUP BY minute;

CREATE MACRO latency_in(w) AS TABLE
    WITH parts AS (
        SELECT source, route, kind, lower_ms, upper_ms, count FROM roll_latency_hour r
        ANTI JOIN outranked_in(w) o
            ON o.source = r.source AND r.hour < o."to" AND r.hour + INTERVAL 1 hour > o."from"
        WHERE hour >= first_hour(w) AND hour < last_hour(w) AND newest_known <= w['rolled']
        UNION ALL
        SELECT source, route, kind, lower_ms, upper_ms, count FROM latency t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= first_hour(w) AND minute < last_hour(w) AND known_at > w['rolled'] AND known_at <= w['known']
          AND span_from IS NULL
        UNION ALL
        SELECT source, route, kind, lower_ms, upper_ms, count FROM latency t
        SEMI JOIN outranked_in(w) h
            ON h.source = t.source AND time_bucket(INTERVAL 1 hour, t.minute) < h."to"
            AND time_bucket(INTERVAL 1 hour, t.minute) + INTERVAL 1 hour > h."from"
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= w['mixed_from'] AND minute < w['mixed_to'] AND known_at <= w['rolled'] AND span_from IS NULL
        UNION ALL
        SELECT source, route, kind, lower_ms, upper_ms, count FROM latency t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= w['from'] AND minute < least(first_hour(w), w['to']) AND known_at <= w['known'] AND span_from IS NULL
        UNION ALL
        SELECT source, route, kind, lower_ms, upper_ms, count FROM latency t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= last_hour(w) AND minute < w['to'] AND known_at <= w['known'] AND span_from IS NULL
        UNION ALL
        SELECT source, route, kind, lower_ms, upper_ms, count FROM latency t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE span_from IS NOT NULL AND span_from >= w['from'] AND minute >= w['from'] AND minute < w['to']
          AND known_at <= w['known']
    ),
    summed AS (
        SELECT route, kind, lower_ms, upper_ms, sum(count)::BIGINT AS count FROM parts
        GROUP BY route, kind, lower_ms, upper_ms
    )
    SELECT route, kind, lower_ms, upper_ms, count, list_contains(w['internal'], route) AS internal FROM summed;

CREATE MACRO latency_by_minute(w) AS TABLE
    WITH parts AS (
        SELECT minute, source, kind, lower_ms, upper_ms, count FROM roll_latency_minute
        WHERE minute >= w['from'] AND minute < w['to'] AND newest_known <= w['rolled'] AND NOT internal AND span_from IS NULL
        UNION ALL
        SELECT minute, source, kind, lower_ms, upper_ms, count FROM latency t
        ANTI JOIN (SELECT unnest(w['internal']) AS route) i ON i.route = t.route
        WHERE minute >= w['from'] AND minute < w['to'] AND known_at > w['rolled'] AND known_at <= w['known']
          AND span_from IS NULL
    )
    SELECT minute, kind, lower_ms, upper_ms, sum(count)::BIGINT AS count
    FROM parts p
    ANTI JOIN outranked_in(w) o ON o.source = p.source AND p.minute >= o."from" AND p.minute < o."to"
    GROUP BY minute, kind, lower_ms, upper_ms;

CREATE MACRO latency_sum_in(w) AS TABLE
    WITH parts AS (
        SELECT source, route, kind, calls, sum_us FROM roll_latency_sum_hour r
        ANTI JOIN outranked_in(w) o
            ON o.source = r.source AND r.hour < o."to" AND r.hour + INTERVAL 1 hour > o."from"
        WHERE hour >= first_hour(w) AND hour < last_hour(w) AND newest_known <= w['rolled']
        UNION ALL
        SELECT source, route, kind, calls, sum_us FROM latency_sum t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= first_hour(w) AND minute < last_hour(w) AND known_at > w['rolled'] AND known_at <= w['known']
          AND span_from IS NULL
        UNION ALL
        SELECT source, route, kind, calls, sum_us FROM latency_sum t
        SEMI JOIN outranked_in(w) h
            ON h.source = t.source AND time_bucket(INTERVAL 1 hour, t.minute) < h."to"
            AND time_bucket(INTERVAL 1 hour, t.minute) + INTERVAL 1 hour > h."from"
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= w['mixed_from'] AND minute < w['mixed_to'] AND known_at <= w['rolled'] AND span_from IS NULL
        UNION ALL
        SELECT source, route, kind, calls, sum_us FROM latency_sum t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE ((minute >= w['from'] AND minute < least(first_hour(w), w['to']))
               OR (minute >= last_hour(w) AND minute < w['to'])) AND known_at <= w['known'] AND span_from IS NULL
        UNION ALL
        SELECT source, route, kind, calls, sum_us FROM latency_sum t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE span_from IS NOT NULL AND span_from >= w['from'] AND minute >= w['from'] AND minute < w['to']
          AND known_at <= w['known']
    ),
    summed AS (
        SELECT route, kind, sum(calls)::BIGINT AS calls, sum(sum_us)::BIGINT AS sum_us FROM parts GROUP BY route, kind
    )
    SELECT route, kind, calls, sum_us, list_contains(w['internal'], route) AS internal FROM summed;

-- The calls of one consumer, in tens of minutes: the same columns as calls_in. There is no roll-up by consumer.
CREATE MACRO consumer_calls_in(w, who) AS TABLE
    WITH summed AS (
        SELECT t.source, route, '' AS method, status, sum(calls)::BIGINT AS calls FROM consumer_traffic t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE consumer = who AND minute >= w['from'] AND minute < w['to'] AND known_at <= w['known']
          AND (span_from IS NULL OR span_from >= w['from'])
        GROUP BY t.source, route, status
    )
    SELECT source, route, method, status, CASE WHEN status < 100 THEN status ELSE status // 100 END AS class, calls,
        list_contains(w['internal'], route) AS internal
    FROM summed;

-- The same of every consumer, named.
CREATE MACRO consumers_calls_in(w) AS TABLE
    WITH summed AS (
        SELECT t.source, consumer, route, '' AS method, status, sum(calls)::BIGINT AS calls FROM consumer_traffic t
        ANTI JOIN outranked_in(w) o ON o.source = t.source AND t.minute >= o."from" AND t.minute < o."to"
        WHERE minute >= w['from'] AND minute < w['to'] AND known_at <= w['known']
          AND (span_from IS NULL OR span_from >= w['from'])
        GROUP BY t.source, consumer, route, status
    )
    SELECT source, consumer, route, method, status, CASE WHEN status < 100 THEN status ELSE status // 100 END AS class, calls,
        list_contains(w['internal'], route) AS internal
    FROM summed;
