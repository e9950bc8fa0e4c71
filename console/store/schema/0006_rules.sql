-- Why: a rule speaks once about a ticket, so what it said must be remembered, and what people answered to it. ``version``
-- changes with what a rule looks for or sets. ``decision_id``: what a rule did by itself; NULL: it only proposes.
-- ``rule_look``: how far tickets were looked at, so that nothing is looked at twice or left out after a restart.

CREATE TABLE rule_look (upto TIMESTAMP, tickets BIGINT, happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE rule_proposal (proposal VARCHAR, rule VARCHAR, version VARCHAR, source VARCHAR, ticket VARCHAR, field VARCHAR,
    before VARCHAR, after VARCHAR, decision_id VARCHAR, happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE proposal_answer (proposal VARCHAR, answer VARCHAR, decision_id VARCHAR, who VARCHAR, happened_at TIMESTAMP,
    known_at TIMESTAMP);
