-- Levels of machines as any source told them: a gateway's or a node's gauges, and what a feed counts under the same names.
CREATE MACRO readings() AS TABLE
    SELECT happened_at, source, name, labels, value, known_at FROM gauge
    UNION ALL
    SELECT happened_at, source, name, labels, value, known_at FROM measure;
