-- SLA clocks. ``m`` is the struct of the ticket macros (at, known, only) and: now (seconds since 1970 UTC). ``w`` is a struct of what
-- clocks are judged by, apart because the ticket macros would copy it a hundred times: targets (in order; the first that
-- meets a ticket counts for each clock; seconds NULL: nothing is promised), pieces (stretches of constant offset of
-- each calendar's zone), hours (weekday 1 to 7, seconds of the local day), holidays, first and last (local days). The calendar
-- 'always' has none of these. The arithmetic and its reasons stand in console/model/sla.py and calendar.py; a property test
-- holds both to the same seconds.

-- Working stretches [a, b) of each calendar with the working seconds ``before`` them.
CREATE MACRO sla_working(w) AS TABLE
    WITH pieces AS (SELECT unnest(w['pieces'], recursive := true)),
    hours AS (SELECT unnest(w['hours'], recursive := true)),
    holidays AS (SELECT unnest(w['holidays'], recursive := true)),
    days AS (SELECT d::DATE AS day, epoch(d)::BIGINT AS midnight
        FROM generate_series(w['first']::TIMESTAMP, w['last']::TIMESTAMP - INTERVAL 1 day, INTERVAL 1 day) t(d)),
    spans AS (
        SELECT p.calendar, greatest(p."from", d.midnight - p."offset" + h."from") AS a,
            least(p."to", d.midnight - p."offset" + h."to") AS b
        FROM days d JOIN hours h ON h.weekday = isodow(d.day)
        JOIN pieces p ON p.calendar = h.calendar AND d.midnight - p."offset" < p."to"
            AND d.midnight - p."offset" + 86400 > p."from"
        ANTI JOIN holidays f ON f.calendar = h.calendar AND f.day = d.day
    )
    SELECT calendar, a, b, (sum(b - a) OVER (PARTITION BY calendar ORDER BY a) - (b - a))::BIGINT AS before
    FROM spans WHERE a < b
    UNION ALL SELECT 'always', 0, 253402300799, 0;

-- What stops a resolution clock besides its status: tags and the vendor's own word for the status, small letters.
CREATE MACRO sla_words(m) AS TABLE
    SELECT source, ticket, happened_at, turn, CASE WHEN field = 'tags' THEN coalesce(lower(new), '') END AS tags,
        CASE WHEN field = 'status_word' THEN coalesce(lower(new), '') END AS word
    FROM ticket_words(m) WHERE field IN ('tags', 'status_word');

-- Each ticket with the first target that meets it, a row a clock that promises something.
CREATE MACRO sla_promises(m, w) AS TABLE
    WITH tickets AS (
        SELECT source, ticket, key, severity, kind, segment, component, channel, route,
            epoch_us(created_at) // 1000000 AS begun, epoch_us(acknowledged_at) // 1000000 AS answered
        FROM tickets_at(m)
    ),
    sorts AS (SELECT DISTINCT source, severity, kind, segment FROM tickets),
    targets AS (SELECT unnest(w['targets'], recursive := true)),
    met AS (
        SELECT s.source, s.severity, s.kind, s.segment, t.clock, arg_min(t, t.place) AS t
        FROM sorts s JOIN targets t
            ON (len(t.severities) = 0 OR list_contains(t.severities, lower(coalesce(s.severity, ''))))
            AND (len(t.segments) = 0 OR list_contains(t.segments, lower(coalesce(s.segment, ''))))
            AND (len(t.kinds) = 0 OR list_contains(t.kinds, lower(coalesce(s.kind, ''))))
            AND (len(t.sources) = 0 OR list_contains(t.sources, lower(s.source)))
        GROUP BY s.source, s.severity, s.kind, s.segment, t.clock
    )
    SELECT k.*, f.clock, f.t.policy AS policy, f.t.seconds AS goal, f.t.calendar AS calendar, f.t.pause_on AS pause_on
    FROM tickets k JOIN met f ON f.source = k.source AND f.severity IS NOT DISTINCT FROM k.severity
        AND f.kind IS NOT DISTINCT FROM k.kind AND f.segment IS NOT DISTINCT FROM k.segment
    WHERE f.t.seconds IS NOT NULL AND k.begun <= m['now'];

CREATE MACRO sla_steps(m) AS TABLE
    SELECT source, ticket, happened_at, turn, status FROM status_steps(m);

-- Every stretch of a ticket's status and words, [a, b) in seconds; the last one ends now.
CREATE MACRO sla_stretches(m) AS TABLE
    WITH steps AS (
        SELECT source, ticket, happened_at, turn, status, NULL AS tags, NULL AS word FROM sla_steps(m)
        UNION ALL
        SELECT source, ticket, happened_at, turn, NULL, tags, word FROM sla_words(m)
    ),
    standing AS (
        SELECT source, ticket, epoch_us(happened_at) // 1000000 AS a,
            coalesce(min(epoch_us(happened_at) // 1000000) OVER after, m['now']) AS b,
            count(*) OVER after AS later, count(*) OVER sofar = 1 AS first,
            coalesce(last_value(status IGNORE NULLS) OVER sofar, 'new') AS status,
            coalesce(last_value(tags IGNORE NULLS) OVER sofar, '') AS tags,
            coalesce(last_value(word IGNORE NULLS) OVER sofar, '') AS word
        FROM steps
        WINDOW sofar AS (PARTITION BY source, ticket ORDER BY turn, happened_at ROWS UNBOUNDED PRECEDING),
            after AS (PARTITION BY source, ticket ORDER BY turn, happened_at ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
    )
    SELECT source, ticket, a, b, later = 0 AS last, first, status, CASE WHEN tags = '' AND word = '' THEN [status]
        ELSE list_concat([status, word], list_transform(string_split(tags, ','), lambda t: trim(t))) END AS words
    FROM standing WHERE a < b OR later = 0;

-- Every clock that runs or ran: ``elapsed_s`` of ``goal_s`` working seconds, ``due``: when the goal is used up (NULL while it stands
-- still before that), ``ended``: when it stopped for good; ``decided_at``: when it was kept (``met``) or broken.
CREATE MACRO sla_clocks(m, w) AS TABLE
    WITH promises AS (FROM sla_promises(m, w)),
    working AS (FROM sla_working(w)),
    resolving AS (
        SELECT p.source, p.ticket, p.calendar, p.goal, p.begun, s.first, s.last, greatest(s.a, p.begun) AS a,
            greatest(s.b, p.begun) AS b, CASE WHEN is_done(s.status) THEN 'done'
                WHEN list_has_any(s.words, p.pause_on) THEN 'paused' ELSE 'running' END AS does
        FROM promises p JOIN sla_stretches(m) s ON s.source = p.source AND s.ticket = p.ticket
        WHERE p.clock = 'resolution'
    ),
    -- Before the first word about its status a ticket is new.
    whole AS (
        SELECT source, ticket, calendar, goal, begun, last, a, b, does FROM resolving WHERE a < b OR last
        UNION ALL
        SELECT source, ticket, calendar, goal, begun, false, begun, a, 'running' FROM resolving WHERE first AND a > begun
        UNION ALL
        SELECT source, ticket, calendar, goal, begun, true, begun, m['now'], 'running'
        FROM promises p WHERE clock = 'resolution' AND NOT EXISTS (
            FROM resolving r WHERE r.source = p.source AND r.ticket = p.ticket)
    ),
    ends AS (
        SELECT source, ticket, 'resolution' AS clock, arg_max(does, last) AS does,
            CASE WHEN arg_max(does, last) = 'done' THEN coalesce(max(b) FILTER (WHERE does <> 'done'), any_value(begun)) END
                AS ended
        FROM whole GROUP BY source, ticket
    ),
    runs AS (
        SELECT source, ticket, 'resolution' AS clock, calendar, goal, a, b FROM whole WHERE does = 'running'
        UNION ALL
        SELECT source, ticket, 'response', calendar, goal, begun, greatest(begun, least(coalesce(answered, m['now']), m['now']))
        FROM promises WHERE clock = 'response'
    ),
    begun AS (
        SELECT r.*, CASE WHEN k.a IS NULL THEN 0 ELSE k.before + least(r.a, k.b) - k.a END AS worked_a
        FROM runs r ASOF LEFT JOIN working k ON k.calendar = r.calendar AND k.a <= r.a
    ),
    counted AS (
        SELECT r.*, CASE WHEN k.a IS NULL THEN 0 ELSE k.before + least(r.b, k.b) - k.a END - r.worked_a AS n
        FROM begun r ASOF LEFT JOIN working k ON k.calendar = r.calendar AND k.a <= r.b
    ),
    summed AS (
        SELECT source, ticket, clock, calendar, goal, worked_a, n, b = m['now'] AS running,
            coalesce(sum(n) OVER (PARTITION BY source, ticket, clock ORDER BY a
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT AS before
        FROM counted
    ),
    used AS (
        SELECT source, ticket, clock, any_value(calendar) AS calendar, sum(n)::BIGINT AS elapsed,
            min(worked_a + goal - before) FILTER (WHERE before < goal AND (before + n >= goal OR running)) AS worked_due
        FROM summed GROUP BY source, ticket, clock
    ),
    due AS (
        SELECT u.source, u.ticket, u.clock, u.elapsed, CASE WHEN k.a + u.worked_due - k.before <= k.b
            THEN k.a + u.worked_due - k.before END AS due
        FROM used u ASOF LEFT JOIN working k ON k.calendar = u.calendar AND k.before < u.worked_due
    ),
    told AS (
        SELECT p.*, coalesce(d.elapsed, 0) AS elapsed, d.due, e.does = 'paused' AS paused, CASE WHEN p.clock = 'response'
            THEN CASE WHEN p.answered <= m['now'] THEN greatest(p.answered, p.begun) END ELSE e.ended END AS ended
        FROM promises p LEFT JOIN due d ON d.source = p.source AND d.ticket = p.ticket AND d.clock = p.clock
        LEFT JOIN ends e ON e.clock = p.clock AND e.source = p.source AND e.ticket = p.ticket
    )
    SELECT source, ticket, key, severity, kind, segment, component, channel, route, clock, policy, calendar, goal AS goal_s,
        elapsed AS elapsed_s, goal - elapsed AS left_s, elapsed / goal AS share, make_timestamp(begun * 1000000) AS begun,
        make_timestamp(due * 1000000) AS due, make_timestamp(ended * 1000000) AS ended,
        CASE WHEN elapsed > goal THEN 'breached' WHEN ended IS NOT NULL THEN 'met' WHEN paused THEN 'paused'
            WHEN elapsed >= 0.75 * goal THEN 'due_soon' ELSE 'ok' END AS state,
        make_timestamp(CASE WHEN elapsed > goal THEN due ELSE ended END * 1000000) AS decided_at,
        CASE WHEN elapsed > goal THEN false WHEN ended IS NOT NULL THEN true END AS met
    FROM told;
