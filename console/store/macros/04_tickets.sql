-- Tickets as they stood. ``m`` is a struct: at (events that happened later do not exist) and known (nor do those we
-- learnt later) and only (ids of the tickets that matter, NULL for all). A ticket is open while its status is none of resolved and closed.
CREATE MACRO is_done(status) AS status IN ('resolved', 'closed');

-- Whether a kind says that something is broken; the others ask or wish.
CREATE MACRO is_defect(kind) AS kind NOT IN ('question', 'training', 'enhancement');

CREATE MACRO ticket_fields(m) AS TABLE
    SELECT source, ticket,
        arg_max(new, happened_at) FILTER (WHERE field = 'key') AS key,
        arg_max(new, happened_at) FILTER (WHERE field = 'title') AS title,
        arg_max(new, happened_at) FILTER (WHERE field = 'status') AS status,
        nullif(arg_max(coalesce(new, ''), happened_at) FILTER (WHERE field = 'severity'), '') AS severity,
        nullif(arg_max(coalesce(new, ''), happened_at) FILTER (WHERE field = 'kind'), '') AS kind,
        nullif(arg_max(coalesce(new, ''), happened_at) FILTER (WHERE field = 'assignee'), '') AS assignee,
        nullif(arg_max(coalesce(new, ''), happened_at) FILTER (WHERE field = 'segment'), '') AS segment,
        nullif(arg_max(coalesce(new, ''), happened_at) FILTER (WHERE field = 'channel'), '') AS channel,
        nullif(arg_max(coalesce(new, ''), happened_at) FILTER (WHERE field = 'component'), '') AS component,
        nullif(arg_max(coalesce(new, ''), happened_at) FILTER (WHERE field = 'route'), '') AS route,
        nullif(arg_max(coalesce(new, ''), happened_at) FILTER (WHERE field = 'workaround'), '') AS workaround,
        try_cast(arg_max(new, happened_at) FILTER (WHERE field = 'created_at') AS TIMESTAMP) AS created_at,
        try_cast(arg_max(new, happened_at) FILTER (WHERE field = 'deployed_at') AS TIMESTAMP) AS deployed_at,
        min(happened_at) AS first_seen, max(happened_at) AS updated_at
    FROM ticket_event
    WHERE happened_at <= m['at'] AND known_at <= m['known'] AND field NOT IN ('body', 'url')
      AND (m['only'] IS NULL OR list_contains(m['only'], ticket))
    GROUP BY source, ticket;

CREATE MACRO status_steps(m) AS TABLE
    SELECT source, ticket, new AS status, happened_at, change_id = 'created' AS initial,
        lag(new) OVER (PARTITION BY source, ticket ORDER BY happened_at) AS before
    FROM ticket_event
    WHERE field = 'status' AND happened_at <= m['at'] AND known_at <= m['known']
      AND (m['only'] IS NULL OR list_contains(m['only'], ticket));

CREATE MACRO resolutions(m) AS TABLE
    WITH steps AS (FROM status_steps(m)),
    bounds AS (
        SELECT source, ticket, max(happened_at) FILTER (WHERE NOT is_done(status)) AS last_open FROM steps
        GROUP BY source, ticket
    )
    SELECT s.source, s.ticket,
        min(happened_at) FILTER (WHERE is_done(status)) AS first_resolved_at,
        min(happened_at) FILTER (WHERE is_done(status) AND happened_at > coalesce(last_open, TIMESTAMP '-infinity'))
            AS resolved_at,
        count(*) FILTER (WHERE NOT is_done(status) AND is_done(before)) AS reopens
    FROM steps s JOIN bounds b ON b.source = s.source AND b.ticket = s.ticket
    GROUP BY s.source, s.ticket;

CREATE MACRO console_acknowledgements(m) AS TABLE
    SELECT subject, min(happened_at) AS happened_at FROM decision
    WHERE act = 'acknowledge' AND happened_at <= m['at'] AND known_at <= m['known'] GROUP BY subject;

-- Acknowledged: the earliest of the first assignment after creation, the first public answer of an agent, the first move
-- out of new, and an acknowledgement in the console.
CREATE MACRO acknowledgements(m) AS TABLE
    SELECT source, ticket, min(happened_at) AS acknowledged_at FROM (
        SELECT source, ticket, happened_at FROM ticket_event
        WHERE change_id <> 'created' AND happened_at <= m['at'] AND known_at <= m['known']
          AND (m['only'] IS NULL OR list_contains(m['only'], ticket))
          AND ((field = 'assignee' AND coalesce(new, '') <> '') OR (field = 'status' AND new <> 'new'))
        UNION ALL
        SELECT source, ticket, happened_at FROM comment
        WHERE role = 'agent' AND public AND happened_at <= m['at'] AND known_at <= m['known']
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
        coalesce(r.reopens, 0) AS reopens, f.deployed_at
    FROM ticket_fields(m) f
    LEFT JOIN acknowledgements(m) a ON a.source = f.source AND a.ticket = f.ticket
    LEFT JOIN resolutions(m) r ON r.source = f.source AND r.ticket = f.ticket;
