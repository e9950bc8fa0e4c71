"""Patterns of routes mean the same in Python, which judges settings, and in SQL, which counts calls."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model import pattern
from console.store import session

_LETTERS = st.text(st.sampled_from("ab/[]!-*?\\{}^ GET."), max_size=8)


def in_sql(route: str, patterns: list[str]) -> bool:
    found = _connection.execute("SELECT is_internal(?, ?::VARCHAR[])", [route, patterns]).fetchall()
    return bool(found[0][0])


_connection = duckdb.connect()
_connection.execute(
    (Path(session.__file__).parent / "macros" / "01_settings.sql").read_text("utf-8").split(";\n", 1)[1]
)


@pytest.mark.parametrize(
    ("route", "rule", "meets"),
    [
        ("GET /health", "/health*", True),
        ("GET /health", "GET /health*", True),
        ("GET /health/live", "/health*", True),
        ("POST /health", "GET /health*", False),
        ("/orders/[id]", "/orders/[id]", True),
        ("/orders/i", "/orders/[id]", False),
        ("/orders/[", "/orders/[", True),
        ("/a\\b", "/a\\b", True),
        ("/a1", "/a?", True),
        ("/a", "/a?", False),
        ("GET /A", "/a", False),
        ("Get /a", "/a", False),
    ],
)
def test_a_route_meets_its_pattern_in_both_places(route: str, rule: str, meets: bool) -> None:
    assert (pattern.is_internal(route, [rule]), in_sql(route, [rule])) == (meets, meets)


@given(_LETTERS, st.lists(_LETTERS, max_size=2))
def test_python_and_sql_agree_on_any_text(route: str, patterns: list[str]) -> None:
    assert pattern.is_internal(route, patterns) == in_sql(route, patterns)
