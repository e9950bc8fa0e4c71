-- Settings as they were known at an instant. A setting taken back has the value NULL.
CREATE MACRO setting_known(k) AS TABLE
    SELECT key, arg_max_null(value, known_at) AS value FROM setting WHERE known_at <= k GROUP BY key;

-- What a route is called without its method: patterns may be written either way. Only * and ? are special in them, as in
-- console/model/pattern.py; the brackets and backslashes that GLOB would read stand for themselves.
CREATE MACRO is_internal(route, patterns) AS
    len(list_filter(
        list_transform(patterns, lambda p: replace(replace(p, '\', '\\'), '[', '[[]')),
        lambda p: route GLOB p OR regexp_replace(route, '^[A-Z]+ ', '') GLOB p
    )) > 0;
