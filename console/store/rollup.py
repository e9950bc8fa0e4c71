"""Roll-ups: sums of facts in batches of ``known_at``, added to and never changed; rebuilt whole when the rules change.

A batch sums the facts known in (previous upto, upto]. A question known until M uses all batches with upto <= M and asks
the facts for what became known later, so its answer equals the one from facts alone to the last call. Batches of an hour
of knowledge that has passed are merged into one: a question about a moment inside it asks the facts of that hour.
"""

from __future__ import annotations

import duckdb

from console.model.moment import HOUR
from console.store.columns import repr_text
from console.store.session import Session, first_row
from console.store.transaction import transaction

_HOUR = "time_bucket(INTERVAL 1 hour, minute)"
_CLASS = "CASE WHEN status < 100 THEN status ELSE status // 100 END"
_KNOWN = "min(known_at), max(known_at)"

_TABLES = {
    "roll_traffic_minute": (("minute", "source", "internal", "class", "span_from"), ("calls",)),
    "roll_latency_minute": (("minute", "source", "internal", "kind", "lower_ms", "upper_ms", "span_from"), ("count",)),
    "roll_traffic_hour": (("hour", "source", "route", "method", "status"), ("calls",)),
    "roll_latency_hour": (("hour", "source", "route", "kind", "lower_ms", "upper_ms"), ("count",)),
    "roll_latency_sum_hour": (("hour", "source", "route", "kind"), ("calls", "sum_us")),
}
"""Of each table what tells its rows apart, and what is summed."""

_MOST_MERGED = 6
"""Hours merged at one time: a session that was kept by an older version has hundreds of them."""


def rules_of(patterns: list[str]) -> str:
    """The part of the settings that is baked into roll-ups: which routes are internal."""
    return "\n".join(sorted(patterns))


def roll_up(
    session: Session, connection: duckdb.DuckDBPyConnection, patterns: list[str], upto: int | None = None
) -> int:
    """Add one batch with everything known so far, or until ``upto``. Returns that instant. Runs on the write lane."""
    rules = rules_of(patterns)
    row = first_row(connection, "SELECT epoch_us(max(upto)), max(rules), count(DISTINCT rules) FROM rollup_batch")
    before, old_rules = (row[0] or 0, row[1]) if row else (0, None)
    upto = session.last_known if upto is None else upto
    if upto <= before and old_rules == rules:
        return int(before)
    with transaction(connection):
        if old_rules is not None and (old_rules != rules or (row and row[2] > 1)):
            for table in (*_TABLES, "rollup_batch"):
                connection.execute(f"DELETE FROM {table}")
            before = 0
        new = f"known_at > make_timestamp({before}) AND known_at <= make_timestamp({upto})"
        listed = "[" + ", ".join(repr_text(p) for p in patterns) + "]::VARCHAR[]"
        internal = f"is_internal(route, {listed})"
        connection.execute(
            f"INSERT INTO roll_traffic_minute SELECT minute, source, {internal} AS i, {_CLASS} AS c, sum(calls), "
            f"span_from, {_KNOWN} FROM traffic WHERE {new} GROUP BY minute, source, i, c, span_from ORDER BY minute"
        )
        connection.execute(
            f"INSERT INTO roll_latency_minute SELECT minute, source, {internal} AS i, kind, lower_ms, upper_ms, "
            f"sum(count), span_from, {_KNOWN} FROM latency WHERE {new} "
            "GROUP BY minute, source, i, kind, lower_ms, upper_ms, span_from ORDER BY minute"
        )
        connection.execute(
            f"INSERT INTO roll_traffic_hour SELECT {_HOUR} AS h, source, route, method, status, sum(calls), {_KNOWN} "
            f"FROM traffic WHERE {new} AND span_from IS NULL GROUP BY h, source, route, method, status ORDER BY h"
        )
        connection.execute(
            f"INSERT INTO roll_latency_hour SELECT {_HOUR} AS h, source, route, kind, lower_ms, upper_ms, sum(count), "
            f"{_KNOWN} FROM latency WHERE {new} AND span_from IS NULL "
            "GROUP BY h, source, route, kind, lower_ms, upper_ms ORDER BY h"
        )
        connection.execute(
            f"INSERT INTO roll_latency_sum_hour SELECT {_HOUR} AS h, source, route, kind, sum(calls), sum(sum_us), "
            f"{_KNOWN} FROM latency_sum WHERE {new} AND span_from IS NULL GROUP BY h, source, route, kind ORDER BY h"
        )
        connection.execute(f"INSERT INTO rollup_batch VALUES (make_timestamp({upto}), ?)", [rules])
    return upto


def merge_batches(connection: duckdb.DuckDBPyConnection) -> int:
    """Make one batch of the batches of each hour of knowledge that has passed. Returns how many hours were merged."""
    held = [
        int(upto) for (upto,) in connection.execute("SELECT epoch_us(upto) FROM rollup_batch ORDER BY 1").fetchall()
    ]
    hours: dict[int, list[int]] = {}
    for upto in held:
        hours.setdefault((upto - 1) // HOUR, []).append(upto)
    passed = [(hour, batches) for hour, batches in sorted(hours.items())[:-1] if len(batches) > 1]
    for _, batches in passed[:_MOST_MERGED]:
        first, last = batches[0], batches[-1]
        before = max((upto for upto in held if upto < first), default=0)
        inside = f"newest_known > make_timestamp({before}) AND newest_known <= make_timestamp({last})"
        with transaction(connection):
            for table, (keys, sums) in _TABLES.items():
                key, added = ", ".join(keys), ", ".join(f"sum({name})::BIGINT AS {name}" for name in sums)
                names = ", ".join((*keys, *sums))
                connection.execute(
                    f"CREATE OR REPLACE TEMP TABLE merging AS SELECT {names}, oldest, newest FROM (SELECT {key}, {added}, "
                    f"min(oldest_known) AS oldest, max(newest_known) AS newest FROM {table} WHERE {inside} GROUP BY {key}) "
                    f"ORDER BY {keys[0]}"
                )
                connection.execute(f"DELETE FROM {table} WHERE {inside}")
                connection.execute(
                    f"INSERT INTO {table} ({names}, oldest_known, newest_known) SELECT {names}, oldest, newest FROM merging"
                )
            connection.execute("DROP TABLE merging")
            connection.execute(
                f"DELETE FROM rollup_batch WHERE upto > make_timestamp({before}) AND upto < make_timestamp({last})"
            )
    return min(len(passed), _MOST_MERGED)


def usable_batch(connection: duckdb.DuckDBPyConnection, known: int | None, patterns: list[str]) -> int | None:
    """The newest batch a question known until ``known`` (None: everything) may use, None when there is none."""
    until = "" if known is None else f"AND upto <= make_timestamp({known})"
    sql = f"SELECT epoch_us(max(upto)) FROM rollup_batch WHERE rules = ? {until}"
    row = first_row(connection, sql, [rules_of(patterns)])
    return None if row is None or row[0] is None else int(row[0])
