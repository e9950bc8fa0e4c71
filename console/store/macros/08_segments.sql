-- Facts that name a key or a customer and no segment, with the segment that the mapping of the settings gave them at the moment.
-- ``owners``: that mapping, a name with its segment. What belongs to no segment has NULL there, so that it can be told apart.

-- The calls of every consumer, in tens of minutes.
CREATE MACRO segments_calls_in(w, owners) AS TABLE
    SELECT c.source, c.consumer, o.segment, c.route, c.method, c.status, c.class, c.calls, c.internal
    FROM consumers_calls_in(w) c LEFT JOIN (SELECT unnest(owners, recursive := true)) o ON o.name = c.consumer;

-- Whose answers to surveys are: by the customer who answered, else by the ticket it is about. A ticket system names its own ticket
-- by its id; anything else by a key, with the source before it or without, which counts while it is one ticket's only.
-- ``m``: as for tickets; the owners stand apart, because the ticket macros would copy them a hundred times.
CREATE MACRO segments_answered(m, owners) AS TABLE
    WITH asked AS MATERIALIZED (
        SELECT source, ticket, coalesce(key, ticket) AS key, segment FROM ticket_fields(m)
        WHERE key IS NOT NULL OR source <> 'console'
    ),
    keyed AS (
        SELECT name, CASE WHEN count(*) = 1 THEN any_value(segment) END AS segment FROM (
            SELECT key AS name, segment FROM asked UNION ALL SELECT source || ':' || key, segment FROM asked
        ) GROUP BY name
    )
    SELECT s.source, s.customer, s.ticket, coalesce(o.segment, a.segment, k.segment) AS segment
    FROM (SELECT DISTINCT source, customer, ticket FROM survey) s
    LEFT JOIN (SELECT unnest(owners, recursive := true)) o ON o.name = s.customer
    LEFT JOIN asked a ON a.source = s.source AND a.ticket = s.ticket
    LEFT JOIN keyed k ON k.name = s.ticket;

-- Readings: by the segment that their labels name, else by the customer they name.
CREATE MACRO segments_measures(owners) AS TABLE
    SELECT r.* EXCLUDE (named), coalesce(nullif(r.named ->> '$.segment', ''), o.segment) AS segment
    FROM (SELECT *, CASE WHEN json_valid(labels) THEN labels END AS named FROM measure) r
    LEFT JOIN (SELECT unnest(owners, recursive := true)) o ON o.name = (r.named ->> '$.customer');
