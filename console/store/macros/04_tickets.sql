-- Tickets as they stood. ``m`` is a struct: at (events that happened later do not exist) and known (nor do those we
-- learnt later) and only (ids of the tickets that matter, NULL for all). A ticket is open while its status is none of resolved and closed.
CREATE MACRO is_done(status) AS status IN ('resolved', 'closed');

-- Whether a kind says that something is broken; the others ask or wish.
CREATE MACRO is_defect(kind) AS kind NOT IN ('question', 'training', 'enhancement');

-- How far the delivery of each decision has come. Without a row it waits, or concerns this console alone. ``asked_at``: when its
-- system was last asked for it, or was found to say it already.
CREATE MACRO delivery_states(m) AS TABLE
    SELECT decision_id, arg_max(state, known_at) AS state, arg_max(why, known_at) AS why, max(known_at) AS told,
        max(happened_at) AS told_at, coalesce(max(happened_at) FILTER (WHERE state = 'sent'), max(happened_at)) AS asked_at,
        count(*) FILTER (WHERE state = 'sent') AS times_sent
    FROM delivery WHERE happened_at <= m['at'] AND known_at <= m['known'] GROUP BY decision_id;

-- What people decided and what counts of it. ``turn`` orders it among what the systems told: a change that its system is asked to
-- make stands above everything told, until that system tells of the field again after it confirmed (its own words then count,
-- whatever they are). A read that was under way at that moment may still bring what was there before, hence the times; the minute
-- is for stamps without seconds and a clock behind ours. Any other change stands above what was known when it was made: the
-- system's clock may be ahead of ours, by what its newest word shows.
CREATE MACRO decided_words(m) AS TABLE
    WITH counting AS (
        SELECT c.decision_id, c.source, c.ticket, c.field, c.base, c.new, c.remote, coalesce(s.state, '') AS state, s.told,
            s.asked_at, c.happened_at, c.known_at
        FROM decided_change c LEFT JOIN delivery_states(m) s ON s.decision_id = c.decision_id
        WHERE c.happened_at <= m['at'] AND c.known_at <= m['known'] AND coalesce(s.state, '') NOT IN ('refused', 'withdrawn')
          AND (m['only'] IS NULL OR list_contains(m['only'], c.ticket))
    ),
    told AS (
        SELECT c.decision_id, c.field,
            bool_or(c.remote AND c.state = 'confirmed' AND e.known_at > c.told
                AND (coalesce(e.new, '') = c.new OR e.happened_at > c.asked_at - INTERVAL 1 MINUTE)) AS heard,
            max(e.happened_at) FILTER (WHERE e.known_at < c.known_at) AS newest,
            arg_max(e.known_at, e.happened_at) FILTER (WHERE e.known_at < c.known_at) AS newest_known
        FROM counting c JOIN ticket_event e ON e.source = c.source AND e.ticket = c.ticket AND e.field = c.field
        WHERE e.happened_at <= m['at'] AND e.known_at <= m['known'] AND (m['only'] IS NULL OR list_contains(m['only'], e.ticket))
        GROUP BY c.decision_id, c.field
    )
    SELECT c.decision_id, c.source, c.ticket, c.field, c.base, c.new, c.remote, c.state, c.told, c.happened_at,
        CASE WHEN c.remote THEN c.happened_at + INTERVAL 1000 YEAR
            ELSE greatest(c.happened_at, t.newest + (c.known_at - t.newest_known)) END AS turn
    FROM counting c LEFT JOIN told t ON t.decision_id = c.decision_id AND t.field = c.field
    WHERE NOT coalesce(t.heard, false);

-- What people here said about tickets, until the ticket's system tells of that very comment after it took it.
CREATE MACRO decided_comments(m) AS TABLE
    WITH said AS (FROM decided_words(m) WHERE field IN ('comment', 'internal_comment')),
    heard AS (
        SELECT DISTINCT s.decision_id FROM said s JOIN comment r ON r.source = s.source AND r.ticket = s.ticket
        WHERE s.remote AND s.state = 'confirmed' AND r.known_at > s.told AND r.happened_at <= m['at']
          AND r.known_at <= m['known']
          -- A system that cuts long texts, or takes the mark out, is known by how it begins.
          AND (contains(r.body, '[hc:' || s.decision_id || ']') OR starts_with(r.body, left(s.new, 200)))
    )
    SELECT s.source, s.ticket, s.decision_id, d.who AS author, s.field = 'comment' AS public, s.new AS body, s.state,
        s.happened_at
    FROM said s JOIN decision d ON d.decision_id = s.decision_id ANTI JOIN heard h ON h.decision_id = s.decision_id;

-- Every word about a ticket that counts, whoever said it; the one with the latest ``turn`` is what stands. ``derived``: worked
-- out from the settings, so that it is no sign of anybody having touched the ticket.
CREATE MACRO ticket_words(m) AS TABLE
    SELECT source, ticket, field, new, happened_at, happened_at AS turn, starts_with(change_id, 'derived:') AS derived
    FROM ticket_event
    WHERE happened_at <= m['at'] AND known_at <= m['known'] AND (m['only'] IS NULL OR list_contains(m['only'], ticket))
    UNION ALL
    SELECT source, ticket, field, new, happened_at, turn, false FROM decided_words(m)
    WHERE field NOT IN ('comment', 'internal_comment', 'new_task', 'acknowledged');

CREATE MACRO ticket_fields(m) AS TABLE
    SELECT source, ticket,
        arg_max(new, turn) FILTER (WHERE field = 'key') AS key,
        arg_max(new, turn) FILTER (WHERE field = 'title') AS title,
        arg_max(new, turn) FILTER (WHERE field = 'status') AS status,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'severity'), '') AS severity,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'kind'), '') AS kind,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'assignee'), '') AS assignee,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'segment'), '') AS segment,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'channel'), '') AS channel,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'component'), '') AS component,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'route'), '') AS route,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'workaround'), '') AS workaround,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'category'), '') AS category,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'impact'), '') AS impact,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'team'), '') AS team,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'area'), '') AS area,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'tags'), '') AS tags,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'customer'), '') AS customer,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'reporter'), '') AS reporter,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'release'), '') AS release,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'consumer'), '') AS consumer,
        nullif(arg_max(coalesce(new, ''), turn) FILTER (WHERE field = 'error_code'), '') AS error_code,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'created_at') AS TIMESTAMP) AS created_at,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'deployed_at') AS TIMESTAMP) AS deployed_at,
        min(happened_at) AS first_seen, max(happened_at) FILTER (WHERE NOT derived) AS updated_at
    FROM ticket_words(m) WHERE field NOT IN ('body', 'url')
    GROUP BY source, ticket;

-- What only this console knows of a ticket.
CREATE MACRO console_fields(m) AS TABLE
    SELECT source, ticket,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'stage') AS INTEGER) AS stage,
        try_cast(nullif(arg_max(new, turn) FILTER (WHERE field = 'snoozed_until'), '') AS TIMESTAMP) AS snoozed_until,
        nullif(arg_max(new, turn) FILTER (WHERE field = 'duplicate_of'), '') AS duplicate_of,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_reach_override') AS DOUBLE) AS score_reach_override,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_impact') AS DOUBLE) AS score_impact,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_confidence') AS DOUBLE) AS score_confidence,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_effort') AS DOUBLE) AS score_effort,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_frequency') AS DOUBLE) AS score_frequency,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_urgency') AS DOUBLE) AS score_urgency,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_revenue') AS DOUBLE) AS score_revenue,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_brand') AS DOUBLE) AS score_brand,
        try_cast(arg_max(new, turn) FILTER (WHERE field = 'score_goals') AS DOUBLE) AS score_goals,
        nullif(arg_max(new, turn) FILTER (WHERE field = 'score_moscow'), '') AS score_moscow
    FROM decided_words(m) WHERE field IN ('stage', 'snoozed_until', 'duplicate_of') OR starts_with(field, 'score_')
    GROUP BY source, ticket;

-- Decisions that their system was asked or is still to be asked for: those on their way, and those that need a person.
CREATE MACRO undelivered(m) AS TABLE
    SELECT c.source, c.ticket,
        count(DISTINCT c.decision_id) FILTER (WHERE coalesce(s.state, '') NOT IN ('refused', 'conflict')) AS pending,
        count(DISTINCT c.decision_id) FILTER (WHERE s.state IN ('refused', 'conflict')) AS refused
    FROM decided_change c LEFT JOIN delivery_states(m) s ON s.decision_id = c.decision_id
    WHERE c.remote AND c.happened_at <= m['at'] AND c.known_at <= m['known']
      AND coalesce(s.state, '') NOT IN ('confirmed', 'withdrawn')
      AND (m['only'] IS NULL OR list_contains(m['only'], c.ticket))
    GROUP BY c.source, c.ticket;

CREATE MACRO status_steps(m) AS TABLE
    SELECT source, ticket, status, happened_at, initial, turn,
        lag(status) OVER (PARTITION BY source, ticket ORDER BY turn) AS before
    FROM (
        SELECT source, ticket, new AS status, happened_at, change_id = 'created' AS initial, happened_at AS turn
        FROM ticket_event
        WHERE field = 'status' AND happened_at <= m['at'] AND known_at <= m['known']
          AND (m['only'] IS NULL OR list_contains(m['only'], ticket))
        UNION ALL
        SELECT source, ticket, new, happened_at, base IS NULL, turn FROM decided_words(m) WHERE field = 'status'
    );

CREATE MACRO resolutions(m) AS TABLE
    WITH steps AS (FROM status_steps(m)),
    bounds AS (
        SELECT source, ticket, max(turn) FILTER (WHERE NOT is_done(status)) AS last_open FROM steps
        GROUP BY source, ticket
    )
    SELECT s.source, s.ticket,
        min(happened_at) FILTER (WHERE is_done(status)) AS first_resolved_at,
        min(happened_at) FILTER (WHERE is_done(status) AND turn > coalesce(last_open, TIMESTAMP '-infinity'))
            AS resolved_at,
        count(*) FILTER (WHERE NOT is_done(status) AND is_done(before)) AS reopens
    FROM steps s JOIN bounds b ON b.source = s.source AND b.ticket = s.ticket
    GROUP BY s.source, s.ticket;

CREATE MACRO console_acknowledgements(m) AS TABLE
    SELECT subject, min(happened_at) AS happened_at FROM decision
    WHERE act = 'acknowledge' AND happened_at <= m['at'] AND known_at <= m['known']
      AND decision_id NOT IN (SELECT decision_id FROM delivery_states(m) WHERE state = 'withdrawn')
    GROUP BY subject;

-- Acknowledged: the earliest of the first assignment after creation, the first public answer of an agent, the first move
-- out of new, and an acknowledgement in the console; what was decided here counts from then on.
CREATE MACRO acknowledgements(m) AS TABLE
    SELECT source, ticket, min(happened_at) AS acknowledged_at FROM (
        SELECT source, ticket, happened_at FROM ticket_event
        WHERE change_id <> 'created' AND happened_at <= m['at'] AND known_at <= m['known']
          AND (m['only'] IS NULL OR list_contains(m['only'], ticket))
          AND ((field = 'assignee' AND coalesce(new, '') <> '') OR (field = 'status' AND new <> 'new'))
        UNION ALL
        SELECT source, ticket, happened_at FROM comment
        WHERE role = 'agent' AND public AND happened_at <= m['at'] AND known_at <= m['known']
          AND (m['only'] IS NULL OR list_contains(m['only'], ticket))
        UNION ALL
        SELECT source, ticket, happened_at FROM decided_words(m)
        WHERE field = 'acknowledged' OR (field = 'assignee' AND base IS NOT NULL AND new <> '')
          OR (field = 'status' AND base IS NOT NULL AND new <> 'new')
        UNION ALL
        SELECT source, ticket, happened_at FROM decided_comments(m) WHERE public
        UNION ALL
        SELECT e.source, e.ticket, a.happened_at FROM console_acknowledgements(m) a
        JOIN ticket_event e ON e.field = 'key' AND a.subject = e.source || ':' || e.new
    ) GROUP BY source, ticket;

CREATE MACRO tickets_at(m) AS TABLE
    SELECT f.source, f.ticket, coalesce(f.key, f.ticket) AS key, f.title,
        CASE WHEN f.status = 'new' AND a.acknowledged_at IS NOT NULL THEN 'acknowledged' ELSE coalesce(f.status, 'new') END
            AS status,
        f.severity, coalesce(f.kind, 'bug') AS kind, f.assignee, f.segment, f.channel, f.component, f.route, f.workaround,
        coalesce(f.created_at, f.first_seen) AS created_at, f.updated_at, a.acknowledged_at,
        CASE WHEN is_done(f.status) THEN r.resolved_at END AS resolved_at, r.first_resolved_at,
        coalesce(r.reopens, 0) AS reopens, f.deployed_at, f.category, f.impact, f.team, f.area, f.tags, f.customer, f.reporter,
        f.release, f.consumer, f.error_code, c.* EXCLUDE (source, ticket), coalesce(u.pending, 0) AS pending,
        coalesce(u.refused, 0) AS refused
    FROM ticket_fields(m) f
    LEFT JOIN acknowledgements(m) a ON a.source = f.source AND a.ticket = f.ticket
    LEFT JOIN resolutions(m) r ON r.source = f.source AND r.ticket = f.ticket
    LEFT JOIN console_fields(m) c ON c.source = f.source AND c.ticket = f.ticket
    LEFT JOIN undelivered(m) u ON u.source = f.source AND u.ticket = f.ticket
    WHERE f.key IS NOT NULL OR f.source <> 'console';
