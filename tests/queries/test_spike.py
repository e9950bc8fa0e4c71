"""Explaining a span of a session: what is unknown, what is refused, and what a row is made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from console.model.errors import QuestionError
from console.model.facts import ConsumerTraffic, Facts, Gauge, Latency, Release, Traffic
from console.model.moment import DAY, HOUR, MINUTE, Known, Moment
from console.model.spike import Finding, State
from console.queries import spike
from console.queries.spike import Explained
from console.store import rollup
from tests.builders import T0, Bench, bench, covered, feed, jira, launch, scrape, ticket

DAYS = 4
START, END = T0, T0 + DAYS * DAY
FROM, TO = END - HOUR, END
A, B = "POST /pay", "GET /list"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, END) as one:
        one.settings(**launch(scrape("edge"), jira(), feed(), live=START), routes={"internal": ["/health*"]})
        yield one


def minutes(start: int, end: int, fail: float = 0.01, seed: int = 1, route: str = A, code: int = 502) -> list[Traffic]:
    rng = np.random.default_rng(seed)
    found = []
    for minute in range(start, end, MINUTE):
        calls = int(rng.poisson(300))
        bad = int(rng.binomial(calls, fail))
        found += [Traffic(minute, "edge", route, "", 200, calls - bad), Traffic(minute, "edge", route, "", code, bad)]
    return found


def hours_before(fail: float = 0.01) -> list[Traffic]:
    """The three hours that an explanation of the last hour compares with, and the hour before it."""
    starts = [FROM - HOUR, *(FROM - n * DAY for n in range(1, DAYS))]
    return [row for n, s in enumerate(starts) for r in (A, B) for row in minutes(s, s + HOUR, fail, 7 + n, r)]


def explain(one: Bench, start: int = FROM, end: int = TO, moment: Moment | None = None) -> Explained:
    return spike.ask(one.reader(moment or Moment()), one.shelf, start, end)


def moved(answer: Explained) -> list[Finding]:
    return [f for f in answer.findings if f.state is State.MOVED]


def known(one: Bench, *names: str) -> None:
    one.add(Facts(covered=[covered(name, START, END) for name in names or ("edge", "jira", "feed")]))


def test_a_span_without_length_and_one_not_yet_lived_are_refused(made: Bench) -> None:
    with pytest.raises(QuestionError, match="ends before it begins"):
        explain(made, TO, FROM)
    with pytest.raises(QuestionError, match="not happened yet"):
        explain(made, END + HOUR, END + 2 * HOUR)


def test_an_empty_session_answers_that_nothing_is_known(made: Bench) -> None:
    answer = explain(made)
    assert answer.findings == ()
    assert answer.known == 0.0


def test_a_route_that_begins_to_fail_is_named_with_its_code(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=[*hours_before(), *minutes(FROM, TO, 0.2), *minutes(FROM, TO, 0.01, 2, B)]))
    first = moved(explain(made))[0]
    assert (first.kind, first.what, first.unit) == ("route", f"{A} 502", "share")
    assert first.before == pytest.approx(0.01, rel=0.1)
    assert first.during == pytest.approx(0.2, rel=0.05)
    still = {f.what for f in explain(made).findings if f.state is State.STILL}
    assert f"{B} 502" in still


def test_the_number_of_a_row_opens_the_kpi_it_shows(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=[*hours_before(), *minutes(FROM, TO, 0.2)]))
    answer = explain(made)
    number = answer.number(answer.findings[0])
    assert number is not None
    told = made.kpi(number.kpi, number.start, number.end, **number.part.given())
    assert told.value == pytest.approx(answer.findings[0].during)


def test_the_same_span_not_covered_claims_nothing(made: Bench) -> None:
    made.add(Facts(covered=[covered("edge", START, FROM), covered("jira", START, END)]))
    made.add(Facts(traffic=hours_before()))
    answer = explain(made)
    assert moved(answer) == []
    assert answer.known == 0.0


def test_half_an_hour_of_silence_is_not_half_the_traffic(made: Bench) -> None:
    half = FROM + 30 * MINUTE
    made.add(Facts(covered=[covered("edge", START, half), covered("jira", START, END)]))
    made.add(Facts(traffic=[*hours_before(), *minutes(FROM, half), *minutes(FROM, half, 0.01, 2, B)]))
    answer = explain(made)
    assert moved(answer) == []
    assert answer.known == pytest.approx(0.5)
    told = {f.what: f for f in answer.findings}
    assert told["all calls"].effect == pytest.approx(1.0, abs=0.05)


def test_covered_silence_is_the_loss_of_all_traffic(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=hours_before()))
    told = {f.what: f for f in moved(explain(made))}
    assert told["all calls"].during == 0.0


def test_internal_routes_are_nobodys_trouble(made: Bench) -> None:
    known(made)
    inner = [t._replace(route="GET /health") for t in (*hours_before(), *minutes(FROM, TO, 0.5))]
    made.add(Facts(traffic=[*inner, *hours_before(), *minutes(FROM, TO), *minutes(FROM, TO, 0.01, 2, B)]))
    assert not any("/health" in f.what for f in explain(made).findings)


def test_a_code_known_only_by_its_class_is_called_so(made: Bench) -> None:
    known(made)
    told = (*hours_before(), *minutes(FROM, TO, 0.2), *minutes(FROM, TO, 0.01, 2, B))
    rows = [t._replace(status=t.status // 100) for t in told]
    made.add(Facts(traffic=rows))
    assert moved(explain(made))[0].what == f"{A} 5xx"


def test_slow_answers_are_told_as_p95(made: Bench) -> None:
    known(made)
    rows = []
    for n in range(DAYS):
        for minute in range(FROM - n * DAY, TO - n * DAY, MINUTE):
            slow = 4 if n else 60
            for low, high, count in ((0.0, 100.0, 100 - slow), (100.0, 500.0, slow - 2), (500.0, 1000.0, 2)):
                rows.append(Latency(minute, "edge", A, "total", low, high, count))
    made.add(Facts(traffic=[*hours_before(), *minutes(FROM, TO), *minutes(FROM, TO, 0.01, 2, B)], latency=rows))
    told = {f.what: f for f in moved(explain(made))}
    finding = told[f"{A} p95"]
    assert finding.unit == "ms"
    # 100 calls a minute: before, 96 are under 100 ms, so p95 is 95/96 of the first bucket; during, 40 are and the 95th
    # is the 55th of 58 in the next one.
    assert finding.before == pytest.approx(100 * 95 / 96)
    assert finding.during == pytest.approx(100 + 400 * 55 / 58)
    answer = explain(made)
    number = next(answer.number(f) for f in answer.findings if f.what == f"{A} p95")
    assert number is not None
    assert made.kpi("latency_p95", number.start, number.end, route=A).value == pytest.approx(finding.during)


def test_the_consumer_that_fails_is_named(made: Bench) -> None:
    known(made)
    rng = np.random.default_rng(3)
    rows = []
    for shift in (0, HOUR, DAY, 2 * DAY, 3 * DAY):
        for ten in range(FROM - shift, TO - shift, 10 * MINUTE):
            for key in ("web-1", "web-2", "web-3"):
                bad = int(rng.binomial(1000, 0.3 if key == "web-2" and not shift else 0.01))
                rows += [
                    ConsumerTraffic(ten, "edge", key, A, 200, 1000 - bad),
                    ConsumerTraffic(ten, "edge", key, A, 502, bad),
                ]
    made.add(
        Facts(traffic=[*hours_before(), *minutes(FROM, TO), *minutes(FROM, TO, 0.01, 2, B)], consumer_traffic=rows)
    )
    assert [f.what for f in moved(explain(made)) if f.kind == "consumer"] == ["web-2 5xx"]


def test_tickets_move_by_field_and_word(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=[*hours_before(), *minutes(FROM, TO), *minutes(FROM, TO, 0.01, 2, B)]))
    events = []
    for day in range(1, DAYS):
        for n in range(4):
            events += ticket(
                f"O-{day}-{n}", FROM - day * DAY + n * 14 * MINUTE, title="Invoice wrong", component="orders"
            )
    for n in range(24):
        events += ticket(
            f"P-{n}", FROM + n * 2 * MINUTE, title="Blank page after paying", component="payments", browser="Safari"
        )
    made.add(Facts(ticket_event=events))
    told = {(f.kind, f.what) for f in moved(explain(made))}
    assert {("area", "payments"), ("browser", "Safari"), ("word", "blank"), ("tickets", "all tickets")} <= told
    assert not any(what == "invoice" for _, what in told)


def test_resources_move_as_levels(made: Bench) -> None:
    known(made)
    rng = np.random.default_rng(8)
    rows = []
    for shift in (0, HOUR, DAY, 2 * DAY, 3 * DAY):
        for minute in range(FROM - shift, TO - shift, MINUTE):
            rows.append(Gauge(minute, "edge", "cpu", '{"node": "a"}', float(rng.normal(90 if not shift else 40, 3))))
            rows.append(Gauge(minute, "edge", "memory", "{}", float(rng.normal(60, 3))))
    made.add(Facts(gauge=rows))
    assert [(f.kind, f.what) for f in moved(explain(made))] == [("resource", "cpu node=a")]


def test_a_release_stands_beside_what_moved_only_since_it(made: Bench) -> None:
    known(made)
    middle = FROM + 20 * MINUTE
    rows = [
        *hours_before(),
        *minutes(FROM, middle, 0.01, 3),
        *minutes(middle, TO, 0.3, 4),
        *minutes(FROM, TO, 0.01, 2, B),
    ]
    late = FROM + 50 * MINUTE
    made.add(
        Facts(
            traffic=rows,
            release=[
                Release("feed", "2.0", "version", None, "", middle),
                Release("feed", "limits", "config", None, "", late),
                Release("feed", "1.0", "version", None, "", FROM - 10 * HOUR),
            ],
        )
    )
    told = {f.name: f for f in explain(made).findings if f.kind == "release"}
    assert told["2.0"].state is State.MOVED
    assert A in told["2.0"].what
    assert told["limits (config)"].state is not State.MOVED
    assert "1.0" not in told


def test_what_was_learnt_later_was_not_known_then(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=[*hours_before(), *minutes(FROM, TO), *minutes(FROM, TO, 0.01, 2, B)]))
    made.clock.forward(3600)
    made.add(Facts(traffic=minutes(FROM, TO, 0.9, 5)))
    assert moved(explain(made, moment=Moment(END, Known.THEN))) == []
    assert moved(explain(made, moment=Moment(END, Known.NOW))) != []


def test_hours_from_roll_ups_give_what_the_facts_give(made: Bench) -> None:
    known(made)
    start = END - 12 * HOUR
    rows = [r for n in range(DAYS) for r in minutes(start - n * DAY, END - n * DAY, 0.01 if n else 0.05, n)]
    made.add(Facts(traffic=rows))
    plain = explain(made, start, END)
    rollup.roll_up(made.session, made.write, ["/health*"])
    made.add(Facts(traffic=minutes(END - HOUR, END, 0.05, 77)))
    made.clock.forward(60)
    both = explain(made, start, END)
    rolled = {f.what: f for f in both.findings}
    more = 60 * 300
    first = {f.what: f for f in plain.findings}["all calls"]
    assert first.during is not None and rolled["all calls"].during is not None
    assert rolled["all calls"].before == first.before
    assert rolled["all calls"].during * 12 * 3600 - first.during * 12 * 3600 == pytest.approx(more, rel=0.02)
