-- Why: wide windows need sums. A roll-up batch adds up the facts with known_at in (previous upto, upto]; rows are sums of
-- increments and are themselves only added. A question known until M uses the batches with upto <= M and asks the facts
-- for the rest, so "as known then" stays exact. Roll-ups may be dropped and rebuilt at will.

CREATE TABLE rollup_batch (upto TIMESTAMP, rules VARCHAR);
CREATE TABLE roll_traffic_minute (minute TIMESTAMP, source VARCHAR, internal BOOLEAN, class TINYINT, calls BIGINT,
    span_from TIMESTAMP, oldest_known TIMESTAMP, newest_known TIMESTAMP);
CREATE TABLE roll_latency_minute (minute TIMESTAMP, source VARCHAR, internal BOOLEAN, kind VARCHAR, lower_ms DOUBLE,
    upper_ms DOUBLE, count BIGINT, span_from TIMESTAMP, oldest_known TIMESTAMP, newest_known TIMESTAMP);
CREATE TABLE roll_traffic_hour (hour TIMESTAMP, source VARCHAR, route VARCHAR, method VARCHAR, status SMALLINT,
    calls BIGINT, oldest_known TIMESTAMP, newest_known TIMESTAMP);
CREATE TABLE roll_latency_hour (hour TIMESTAMP, source VARCHAR, route VARCHAR, kind VARCHAR, lower_ms DOUBLE,
    upper_ms DOUBLE, count BIGINT, oldest_known TIMESTAMP, newest_known TIMESTAMP);
CREATE TABLE roll_latency_sum_hour (hour TIMESTAMP, source VARCHAR, route VARCHAR, kind VARCHAR, calls BIGINT,
    sum_us BIGINT, oldest_known TIMESTAMP, newest_known TIMESTAMP);
