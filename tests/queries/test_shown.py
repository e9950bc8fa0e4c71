"""A statement made fit to be read is still the statement: it runs as it stands and says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.facts import Facts
from console.model.moment import HOUR, MINUTE
from console.queries.catalogue import shipped
from console.queries.shown import fields_of, readable
from tests.builders import T0, bench, covered, every_minute, feed, jira, launch, scrape, survey, ticket


@pytest.mark.thorough
def test_every_shipped_statement_says_the_same_when_it_is_made_fit_to_be_read(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + 2 * HOUR) as made:
        made.settings(**launch(scrape("edge"), jira(), feed()), routes={"internal": ["/he}l'th, {*"]})
        traffic = [*every_minute(T0, T0 + HOUR, 50), *every_minute(T0, T0 + HOUR, 3, status=502)]
        made.answer("edge", Facts(covered=[covered("edge", T0, T0 + HOUR)], traffic=traffic))
        events = [*ticket("A-1", T0 + MINUTE), *ticket("A-2", T0 + 2 * MINUTE)]
        made.answer("jira", Facts(covered=[covered("jira", T0, T0 + HOUR)], ticket_event=events))
        answers = [survey(i, 4, T0 + i * MINUTE) for i in range(9)]
        made.answer("feed", Facts(covered=[covered("feed", T0, T0 + HOUR)], survey=answers))
        for name in shipped().kpis:
            sql = made.kpi(name, T0, T0 + HOUR).sql
            short = readable(sql)
            assert made.rows(short) == made.rows(sql), name
            assert len(short) <= len(sql) + 200, name


@pytest.mark.parametrize(
    ("macro", "reads", "leaves"),
    [
        ("calls_in", {"from", "to", "known", "rolled", "outranked", "mixed_from", "internal"}, {"usual", "covered"}),
        ("judged_minutes", {"from", "to", "covered", "usual", "bad_share", "rolled", "internal"}, {"mixed_from"}),
    ],
)
def test_a_macro_keeps_the_fields_it_looks_at_and_no_others(macro: str, reads: set[str], leaves: set[str]) -> None:
    found = fields_of(macro)
    assert found is not None
    assert reads <= found and not leaves & found


@pytest.mark.parametrize("sql", ["SELECT 1", "SELECT f({'from': 1, 'to': 2})", "SELECT calls_in({'from': 1"])
def test_what_is_not_ours_stays_as_it_is(sql: str) -> None:
    assert readable(sql) == sql
