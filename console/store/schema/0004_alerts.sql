-- Why: what people were told is a fact of its own (one notice speaks of many alerts, and says when nobody was disturbed), and so
-- is which minutes were judged as they passed: a firing worked out afterwards must never look like one that was told in time.

CREATE TABLE alert_notice (minute TIMESTAMP, told VARCHAR, alerts VARCHAR, rules VARCHAR, severity VARCHAR, flapping BOOLEAN,
    kept VARCHAR, happened_at TIMESTAMP, known_at TIMESTAMP);
CREATE TABLE alert_judged ("from" TIMESTAMP, "to" TIMESTAMP, rules INTEGER, happened_at TIMESTAMP, known_at TIMESTAMP);
