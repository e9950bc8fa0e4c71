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

-- The last word on each field. The pivot picks by CASE: each FILTER of an aggregate sets a block aside for the columns of all of
-- them, which for one ticket costs more than everything else. What is emptied or cast is so outside of it, because a macro like nullif
-- binds its argument twice.
CREATE MACRO ticket_fields(m) AS TABLE
    SELECT source, ticket, key, title, status,
        nullif(severity, '') AS severity, nullif(kind, '') AS kind, nullif(assignee, '') AS assignee,
        nullif(segment, '') AS segment, nullif(channel, '') AS channel, nullif(component, '') AS component,
        nullif(route, '') AS route, nullif(workaround, '') AS workaround, nullif(category, '') AS category,
        nullif(impact, '') AS impact, nullif(team, '') AS team, nullif(area, '') AS area, nullif(tags, '') AS tags,
        nullif(customer, '') AS customer, nullif(reporter, '') AS reporter, nullif(release, '') AS release,
        nullif(consumer, '') AS consumer, nullif(error_code, '') AS error_code, try_cast(created_at AS TIMESTAMP) AS created_at,
        try_cast(deployed_at AS TIMESTAMP) AS deployed_at, first_seen, updated_at
    FROM (
        SELECT source, ticket,
            arg_max(CASE WHEN field = 'key' THEN new END, turn) AS key,
            arg_max(CASE WHEN field = 'title' THEN new END, turn) AS title,
            arg_max(CASE WHEN field = 'status' THEN new END, turn) AS status,
            arg_max(CASE WHEN field = 'severity' THEN coalesce(new, '') END, turn) AS severity,
            arg_max(CASE WHEN field = 'kind' THEN coalesce(new, '') END, turn) AS kind,
            arg_max(CASE WHEN field = 'assignee' THEN coalesce(new, '') END, turn) AS assignee,
            arg_max(CASE WHEN field = 'segment' THEN coalesce(new, '') END, turn) AS segment,
            arg_max(CASE WHEN field = 'channel' THEN coalesce(new, '') END, turn) AS channel,
            arg_max(CASE WHEN field = 'component' THEN coalesce(new, '') END, turn) AS component,
            arg_max(CASE WHEN field = 'route' THEN coalesce(new, '') END, turn) AS route,
            arg_max(CASE WHEN field = 'workaround' THEN coalesce(new, '') END, turn) AS workaround,
            arg_max(CASE WHEN field = 'category' THEN coalesce(new, '') END, turn) AS category,
            arg_max(CASE WHEN field = 'impact' THEN coalesce(new, '') END, turn) AS impact,
            arg_max(CASE WHEN field = 'team' THEN coalesce(new, '') END, turn) AS team,
            arg_max(CASE WHEN field = 'area' THEN coalesce(new, '') END, turn) AS area,
            arg_max(CASE WHEN field = 'tags' THEN coalesce(new, '') END, turn) AS tags,
            arg_max(CASE WHEN field = 'customer' THEN coalesce(new, '') END, turn) AS customer,
            arg_max(CASE WHEN field = 'reporter' THEN coalesce(new, '') END, turn) AS reporter,
            arg_max(CASE WHEN field = 'release' THEN coalesce(new, '') END, turn) AS release,
            arg_max(CASE WHEN field = 'consumer' THEN coalesce(new, '') END, turn) AS consumer,
            arg_max(CASE WHEN field = 'error_code' THEN coalesce(new, '') END, turn) AS error_code,
            arg_max(CASE WHEN field = 'created_at' THEN new END, turn) AS created_at,
            arg_max(CASE WHEN field = 'deployed_at' THEN new END, turn) AS deployed_at,
            min(happened_at) AS first_seen, max(CASE WHEN NOT derived THEN happened_at END) AS updated_at
        FROM ticket_words(m) WHERE field NOT IN ('body', 'url')
        GROUP BY source, ticket
    );

-- What only this console knows of a ticket.
CREATE MACRO console_fields(m) AS TABLE
    SELECT source, ticket,
        try_cast(stage AS INTEGER) AS stage, try_cast(nullif(snoozed_until, '') AS TIMESTAMP) AS snoozed_until,
        nullif(duplicate_of, '') AS duplicate_of, try_cast(score_reach_override AS DOUBLE) AS score_reach_override,
        try_cast(score_impact AS DOUBLE) AS score_impact, try_cast(score_confidence AS DOUBLE) AS score_confidence,
        try_cast(score_effort AS DOUBLE) AS score_effort, try_cast(score_frequency AS DOUBLE) AS score_frequency,
        try_cast(score_urgency AS DOUBLE) AS score_urgency, try_cast(score_revenue AS DOUBLE) AS score_revenue,
        try_cast(score_brand AS DOUBLE) AS score_brand, try_cast(score_goals AS DOUBLE) AS score_goals,
        nullif(score_moscow, '') AS score_moscow
    FROM (
        SELECT source, ticket,
            arg_max(CASE WHEN field = 'stage' THEN new END, turn) AS stage,
            arg_max(CASE WHEN field = 'snoozed_until' THEN new END, turn) AS snoozed_until,
            arg_max(CASE WHEN field = 'duplicate_of' THEN new END, turn) AS duplicate_of,
            arg_max(CASE WHEN field = 'score_reach_override' THEN new END, turn) AS score_reach_override,
            arg_max(CASE WHEN field = 'score_impact' THEN new END, turn) AS score_impact,
            arg_max(CASE WHEN field = 'score_confidence' THEN new END, turn) AS score_confidence,
            arg_max(CASE WHEN field = 'score_effort' THEN new END, turn) AS score_effort,
            arg_max(CASE WHEN field = 'score_frequency' THEN new END, turn) AS score_frequency,
            arg_max(CASE WHEN field = 'score_urgency' THEN new END, turn) AS score_urgency,
            arg_max(CASE WHEN field = 'score_revenue' THEN new END, turn) AS score_revenue,
            arg_max(CASE WHEN field = 'score_brand' THEN new END, turn) AS score_brand,
            arg_max(CASE WHEN field = 'score_goals' THEN new END, turn) AS score_goals,
            arg_max(CASE WHEN field = 'score_moscow' THEN new END, turn) AS score_moscow
        FROM decided_words(m) WHERE field IN ('stage', 'snoozed_until', 'duplicate_of') OR starts_with(field, 'score_')
        GROUP BY source, ticket
    );

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
