-- Why: a decision about a ticket is shown at once, long before the remote system says it too. What it changes is written beside
-- it, a row a field, so that every question lays the same words over the same ticket; ``base`` is what the person saw, for
-- the comparison of three versions when the remote was changed meanwhile. ``remote``: the ticket's system is asked to do it.
-- A bulk act is many decisions of one ``batch``; an undo names the decision it takes back.

CREATE TABLE decided_change (decision_id VARCHAR, source VARCHAR, ticket VARCHAR, field VARCHAR, base VARCHAR, new VARCHAR,
    remote BOOLEAN, happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE decision_link (decision_id VARCHAR, batch VARCHAR, undoes VARCHAR, happened_at TIMESTAMP, known_at TIMESTAMP);
