"""Every connector and the odd shapes of its vendor's items: whatever one item is, the others count."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from console.model.facts import Facts
from tests.sources import cases_tickets
from tests.sources.contract import NOW, Answer, Asked, Case, Remote, Script, always, poll, poll_each, remote, run

CASES = [case for case in cases_tickets.CASES if case.item]
ODD: list[Any] = [
    None,
    True,
    7,
    -1e300,
    "",
    "☃ text",
    [],
    [[]],
    {},
    {"type": "doc", "content": [None, 3]},
    [None, 1, {}],
]

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def item(case: Case, n: int) -> dict[str, Any]:
    assert case.item is not None
    return case.item(n)


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value below its root."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*here, step)
        yield from paths(inner, (*here, step))


def changed(value: Any, path: tuple[Any, ...], new: Any = None, *, drop: bool = False) -> Any:
    other = copy.deepcopy(value)
    place = other
    for step in path[:-1]:
        place = place[step]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return other


def holds_second(facts: Facts, case: Case) -> bool:
    """Whether the untouched second item came through."""
    wanted = str(item(case, 1)["id"])
    return any(row.ticket == wanted for row in facts.ticket_event) or any(
        row.survey_id == wanted for row in facts.survey
    )


def served(case: Case, items: list[Any]) -> Script:
    return lambda asked: case.serve(items, asked)


def serve(case: Case, server: Remote, items: list[Any]) -> None:
    server.script = served(case, items)


def test_nothing_there_is_a_good_answer(case: Case, server: Remote) -> None:
    serve(case, server, [])
    facts, answers = run(case, server.url)
    assert len(facts) == 0
    assert [span.to for span in facts.covered] == [NOW - case.lag]
    assert answers[-1].partial == ""


def test_one_item_is_one_page(case: Case, server: Remote) -> None:
    serve(case, server, [item(case, 0)])
    facts, answers = run(case, server.url)
    assert len(facts) > 0
    assert len(answers) == 1
    assert answers[0].seen_bytes > 0
    assert answers[0].partial == ""


def test_many_items_come_each_once_however_many_pages(case: Case, server: Remote) -> None:
    count = 3 * (case.page or 4) + 1
    serve(case, server, [item(case, n) for n in range(count)])
    facts, answers = run(case, server.url)
    ids = {row.ticket for row in facts.ticket_event} | {row.survey_id for row in facts.survey}
    assert ids == {str(item(case, n)["id"]) for n in range(count)}
    assert len(answers) > 2 or not case.page
    assert all(not answer.facts.covered for answer in answers[:-1]), "only a whole run speaks for its time"
    assert len(facts.covered) == 1


def test_reading_again_says_the_same_and_covers_on(case: Case, server: Remote) -> None:
    serve(case, server, [item(case, n) for n in range(2)])
    first = poll(case, server.url)
    again = poll(case, server.url, first.cursor, NOW + 60_000_000)
    known = {(row.ticket, row.change_id, row.field) for row in first.facts.ticket_event}
    assert {(row.ticket, row.change_id, row.field) for row in again.facts.ticket_event} <= known
    assert again.facts.covered[0].from_ == NOW - case.lag
    assert again.facts.covered[0].to == NOW + 60_000_000 - case.lag


def test_a_field_nobody_knows_is_passed_over(case: Case, server: Remote) -> None:
    plain = [item(case, 0), item(case, 1)]
    serve(case, server, plain)
    before = run(case, server.url)[0]
    more = copy.deepcopy(plain)
    for path in [(), *(p for p in paths(plain[0]))]:
        place: Any = more[0]
        for step in path:
            place = place[step]
        if isinstance(place, dict):
            place["zz_new_in_version_9"] = {"a": [1, 2]}
    serve(case, server, more)
    after = run(case, server.url)[0]
    assert after.ticket_event == before.ticket_event
    assert len(after) == len(before)


@pytest.mark.thorough
def test_any_field_may_be_missing(case: Case, server: Remote) -> None:
    places = list(paths(item(case, 0)))
    scripts = [served(case, [changed(item(case, 0), path, drop=True), item(case, 1)]) for path in places]
    for path, answer in zip(places, poll_each(case, server, scripts), strict=True):
        assert holds_second(answer.facts, case), path
        needed = path[-1] in case.needed and path[:-1] in ((), ("fields",))
        assert bool(answer.partial) == needed, path


@pytest.mark.thorough
def test_any_field_may_be_of_any_type(case: Case, server: Remote) -> None:
    variants = [(path, odd) for path in paths(item(case, 0)) for odd in ODD]
    scripts = (served(case, [changed(item(case, 0), path, odd), item(case, 1)]) for path, odd in variants)
    for variant, answer in zip(variants, poll_each(case, server, scripts), strict=True):
        assert holds_second(answer.facts, case), variant


def test_an_item_that_is_no_object_is_left_out_and_said(case: Case, server: Remote) -> None:
    def odd(asked: Asked) -> Answer:
        answer = case.serve([item(case, 1)], asked)
        document = json.loads(answer.body)
        rows = document if isinstance(document, list) else document.get("issues", document.get("tickets"))
        if rows is None and isinstance(document.get("data"), dict):
            rows = document["data"]["collection"]
        if rows and not asked.path.endswith("/status"):
            rows.append("not an object")
        return Answer(json.dumps(document).encode(), answer.status)

    server.script = odd
    facts, answers = run(case, server.url)
    assert holds_second(facts, case)
    assert answers[-1].partial.endswith(".")


def test_a_value_nested_a_thousand_deep_costs_nothing_but_itself(case: Case, server: Remote) -> None:
    deep = b'{"type":"doc","content":[' * 1_000 + b'"x"' + b"]}" * 1_000

    def nested(asked: Asked) -> Answer:
        items = [{**item(case, 0), "description": "@@"}, item(case, 1)]
        answer = case.serve(items, asked)
        return Answer(answer.body.replace(b'"@@"', deep), answer.status)

    server.script = nested
    assert holds_second(run(case, server.url)[0], case)


def test_hostile_text_is_kept_short_and_clean(case: Case, server: Remote) -> None:
    text = "\x00<script>alert(1)</script> \u202eمرحبا " + "x" * 100_000
    first = item(case, 0)
    first.get("fields", first)[case.title] = text
    serve(case, server, [first])
    facts, _ = run(case, server.url)
    kept = [row.new or "" for row in facts.ticket_event if row.field == "title"] + [s.comment for s in facts.survey]
    assert kept[0].startswith("<script>alert(1)</script> \u202eمرحبا")
    assert "\x00" not in kept[0]
    assert kept[0].endswith("…")
    assert len(kept[0]) <= (100_000 if case.kind == "feed" else 2_000)
