-- What people said of their contentment and have not said otherwise since: of several answers of one customer about one
-- ticket the newest counts, whichever system told them. ``m`` as for tickets. An answer about no ticket is one by itself.
CREATE MACRO answers(m) AS TABLE
    SELECT source, survey_id, kind, score, customer, ticket, comment, happened_at, known_at FROM survey
    WHERE happened_at <= m['at'] AND known_at <= m['known']
    QUALIFY ticket = '' OR row_number() OVER (
        PARTITION BY source, kind, ticket, customer ORDER BY happened_at DESC, known_at DESC, survey_id DESC) = 1;
