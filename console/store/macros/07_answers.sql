-- Who gave an answer about a ticket. Of one that names nobody its own id tells, so that two strangers stay two. A ticket system
-- holds one answer a ticket, though, and a changed one has an id of its own: the ticket's with the score behind it. Answers about no
-- ticket stay together: a window of each by itself gives its rows in an order of chance, and a mean its last digit.
CREATE MACRO answerer(customer, ticket, survey_id, score) AS CASE
    WHEN customer <> '' OR ticket = '' THEN 'customer ' || customer
    WHEN survey_id IN (ticket || '-good', ticket || '-bad') THEN 'ticket'
    WHEN starts_with(survey_id, ticket || '-') AND try_cast(substr(survey_id, length(ticket) + 2) AS DOUBLE) = score THEN 'ticket'
    ELSE 'answer ' || survey_id END;

-- What people said of their contentment and have not said otherwise since: of several answers of one customer about one
-- ticket the newest counts, of each system by itself. ``m`` as for tickets. An answer about no ticket is one by itself.
CREATE MACRO answers(m) AS TABLE
    SELECT source, survey_id, kind, score, customer, ticket, comment, happened_at, known_at FROM survey
    WHERE happened_at <= m['at'] AND known_at <= m['known']
    QUALIFY ticket = '' OR row_number() OVER (
        PARTITION BY source, kind, ticket, answerer(customer, ticket, survey_id, score)
        ORDER BY happened_at DESC, known_at DESC, survey_id DESC) = 1;
