"""Tickets by name: a full key names one, a bare key the only one, whatever signs are in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.model.errors import QuestionError
from console.model.facts import Facts
from console.queries.standing import identify, standing
from tests.builders import T0, Bench, bench, ticket


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, T0) as one:
        yield one


def add(made: Bench, *names: tuple[str, str]) -> None:
    made.add(Facts(ticket_event=[row for source, key in names for row in ticket(key, T0, source=source)]))


def test_a_key_may_hold_colons(made: Bench) -> None:
    add(made, ("rest", "one:2024:15"))
    for name in ("rest:one:2024:15", "one:2024:15"):
        assert identify(made.reader(), [name]) == [("rest", "id-one:2024:15")]
        assert [found.row_key for found in standing(made.reader(), [name])] == ["rest:one:2024:15"]
    for name in ("15", "2024:15", "one:15", "two:one:2024:15"):
        with pytest.raises(QuestionError, match="no ticket"):
            identify(made.reader(), [name])


def test_a_full_key_wins_over_a_bare_one_that_looks_like_it(made: Bench) -> None:
    add(made, ("a", "b"), ("c", "a:b"), ("d", "b"))
    assert identify(made.reader(), ["a:b", "c:a:b", "d:b"]) == [("a", "id-b"), ("c", "id-a:b"), ("d", "id-b")]
    with pytest.raises(QuestionError, match="b is ambiguous; it may be a:b and d:b"):
        identify(made.reader(), ["b"])


@given(key=st.text(alphabet="a:/'\"1 é", min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_full_key_of_any_ticket_names_it(made: Bench, key: str) -> None:
    add(made, ("one", key))
    assert identify(made.reader(), [f"one:{key}"]) == [("one", f"id-{key}")]
