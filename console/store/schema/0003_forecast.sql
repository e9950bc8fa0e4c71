-- Why: a forecast is worth what its past ones were. Each is written down when it is made, a row a day it speaks of, and so
-- is whether the exit criteria held at that instant; a later one never replaces an earlier one. ``day`` is when the day
-- ends in the session's zone; ``version`` is the model's, since another model's score is not this one's.

CREATE TABLE forecast (happened_at TIMESTAMP, day TIMESTAMP, probability DOUBLE, binding VARCHAR, seed INTEGER,
    version INTEGER, known_at TIMESTAMP);
CREATE TABLE judgement (happened_at TIMESTAMP, ready BOOLEAN, missing VARCHAR, known_at TIMESTAMP);
