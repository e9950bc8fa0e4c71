-- Why: the facts of a session, section 1 of the contract. Nothing here is ever updated; no keys and no sequences, so that
-- the same statements run on an embedded file and on a shared lake. Instants are naive UTC. Rows stand in the order of
-- known_at, which never runs backwards: the zone maps of the file then answer "known by" without an index.

CREATE TABLE session_info (id VARCHAR, created_at TIMESTAMP, program VARCHAR);
CREATE TABLE migration (version INTEGER, applied_at TIMESTAMP);

CREATE TABLE poll (source VARCHAR, started TIMESTAMP, finished TIMESTAMP, outcome VARCHAR, error VARCHAR,
    rows BIGINT, bytes BIGINT, known_at TIMESTAMP);
CREATE TABLE covered (source VARCHAR, "from" TIMESTAMP, "to" TIMESTAMP, whole BOOLEAN, known_at TIMESTAMP);

CREATE TABLE traffic (minute TIMESTAMP, source VARCHAR, route VARCHAR, method VARCHAR, status SMALLINT, calls BIGINT,
    span_from TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE latency (minute TIMESTAMP, source VARCHAR, route VARCHAR, kind VARCHAR, lower_ms DOUBLE, upper_ms DOUBLE,
    count BIGINT, span_from TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE latency_sum (minute TIMESTAMP, source VARCHAR, route VARCHAR, kind VARCHAR, calls BIGINT, sum_us BIGINT,
    span_from TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE consumer_traffic (minute TIMESTAMP, source VARCHAR, consumer VARCHAR, route VARCHAR, status SMALLINT,
    calls BIGINT, span_from TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE gauge (happened_at TIMESTAMP, source VARCHAR, name VARCHAR, labels VARCHAR, value DOUBLE, known_at TIMESTAMP);
CREATE TABLE measure (happened_at TIMESTAMP, source VARCHAR, name VARCHAR, labels VARCHAR, value DOUBLE,
    known_at TIMESTAMP);
CREATE TABLE call (happened_at TIMESTAMP, source VARCHAR, route VARCHAR, method VARCHAR, path VARCHAR, status SMALLINT,
    total_ms DOUBLE, upstream_ms DOUBLE, consumer VARCHAR, request_id VARCHAR, why VARCHAR, known_at TIMESTAMP);

CREATE TABLE ticket_event (source VARCHAR, ticket VARCHAR, change_id VARCHAR, field VARCHAR, old VARCHAR, new VARCHAR,
    actor VARCHAR, happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE comment (source VARCHAR, ticket VARCHAR, comment_id VARCHAR, author VARCHAR, role VARCHAR, public BOOLEAN,
    body VARCHAR, happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE survey (source VARCHAR, survey_id VARCHAR, kind VARCHAR, score DOUBLE, customer VARCHAR, ticket VARCHAR,
    comment VARCHAR, happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE release (source VARCHAR, version VARCHAR, kind VARCHAR, share DOUBLE, note VARCHAR, happened_at TIMESTAMP,
    known_at TIMESTAMP);
CREATE TABLE event (source VARCHAR, event_id VARCHAR, kind VARCHAR, text VARCHAR, happened_at TIMESTAMP,
    known_at TIMESTAMP);

CREATE TABLE decision (decision_id VARCHAR, act VARCHAR, subject VARCHAR, value VARCHAR, who VARCHAR, comment VARCHAR,
    happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE delivery (decision_id VARCHAR, attempt INTEGER, state VARCHAR, why VARCHAR, happened_at TIMESTAMP,
    known_at TIMESTAMP);
CREATE TABLE setting (key VARCHAR, value VARCHAR, who VARCHAR, happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE alert_change (rule VARCHAR, labels VARCHAR, state VARCHAR, value DOUBLE, why VARCHAR,
    happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE run (run_id VARCHAR, ticket VARCHAR, build VARCHAR, verdict VARCHAR, evidence VARCHAR,
    happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE note (note_id VARCHAR, subject VARCHAR, text VARCHAR, who VARCHAR, happened_at TIMESTAMP,
    known_at TIMESTAMP);

-- Not facts: where each source stands, replaced in the transaction that appends what it fetched.
CREATE TABLE source_cursor (source VARCHAR, cursor BLOB, known_at TIMESTAMP);
