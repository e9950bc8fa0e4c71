"""What people said of their contentment, as of each of many instants: when every answer came, and when a newer one took its
place. The rows of ``answers`` need then not be worked out for each instant."""

from __future__ import annotations

from console.queries.literals import stamp
from console.queries.reader import Reader

_VERSIONS = "answer_versions"
NAMES = ("answers($then)", "answers($moment)")


def fill(reader: Reader, until: int) -> None:
    """For instants up to ``until``. The table stands until the next is filled on the same connection."""
    reader.rows(
        f"CREATE OR REPLACE TEMP TABLE {_VERSIONS} AS SELECT *, CASE WHEN ticket = '' THEN NULL ELSE lead(happened_at) OVER "
        "(PARTITION BY source, kind, ticket, answerer(customer, ticket, survey_id, score) "
        "ORDER BY happened_at, known_at, survey_id) END AS until FROM survey "
        f"WHERE happened_at <= {stamp(until)} AND known_at <= {reader.known_sql}"
    )


def at(sql: str, instant: int) -> str:
    """The statement with the answers that stood at an instant in place of the macro."""
    then = f"happened_at <= {stamp(instant)} AND (until IS NULL OR until > {stamp(instant)})"
    for name in NAMES:
        sql = sql.replace(name, f"(SELECT * EXCLUDE (until) FROM {_VERSIONS} WHERE {then})")
    return sql
