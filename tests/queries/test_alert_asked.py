"""KPIs that are asked every few minutes: the value is the KPI as of the step, and too little evidence says nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.model.alert import Verdict
from console.model.alert_rules import ASKED, KPIS, read
from console.model.alert_watch import REASONS, Judgement, Samples, Watch
from console.model.facts import Comment, Facts, Gauge, Measure, Survey
from console.model.moment import DAY, HOUR, MINUTE, Moment
from console.queries import alert_asked, ticket_versions
from console.queries.alert_minutes import Family
from console.queries.alert_samples import Sampler
from console.queries.catalogue import catalogue
from console.queries.shelf import TicketShelf
from tests import deciding
from tests.builders import T0, Bench, bench, covered, feed, jira, launch, moved, scrape, survey, ticket, traffic

END = T0 + 6 * HOUR
SOURCES = (scrape("edge"), jira(), feed())


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, T0) as found:
        found.settings(**launch(*SOURCES))
        found.clock.forward(6 * 3600)
        found.add(Facts(covered=[covered(name, T0 - 2 * DAY, END) for name in ("edge", "jira", "feed")]))
        yield found


def family(made: Bench, rule: dict[str, Any], start: int = T0, end: int = END) -> Family:
    return Sampler(made.reader(), made.shelf, {}, start, end).family(read({"name": "r", **rule}))


def samples(made: Bench, rule: dict[str, Any], start: int = T0, end: int = END) -> Samples:
    return family(made, rule, start, end).of(())


def judged(made: Bench, rule: dict[str, Any]) -> Judgement:
    return Watch(read({"name": "r", **rule}), {}).extend(samples(made, rule))[1]


def verdicts(made: Bench, rule: dict[str, Any]) -> set[Verdict]:
    return {Verdict(v) for v in judged(made, rule).verdict.tolist()}


# The unhappy way first


def test_without_an_answer_nothing_is_said_and_nothing_is_calm(made: Bench) -> None:
    found = judged(made, {"kpi": "csat", "below": 0.8})
    assert set(found.verdict.tolist()) == {Verdict.UNKNOWN}
    assert {REASONS[r] for r in found.reason.tolist()} == {"few"}
    assert family(made, {"kpi": "csat", "below": 0.8}).why == "No answers in this window."


def test_few_answers_neither_fire_nor_calm(made: Bench) -> None:
    made.add(Facts(survey=[survey(n, 1, T0 + n * MINUTE) for n in range(2)]))
    assert verdicts(made, {"kpi": "csat", "below": 0.8, "least": 3}) == {Verdict.UNKNOWN}
    assert "Only 2 of at least 3" in family(made, {"kpi": "csat", "below": 0.8, "least": 3}).why


def test_a_share_is_below_its_limit_only_when_its_interval_is(made: Bench) -> None:
    made.add(Facts(survey=[survey(n, 1 if n < 2 else 5, T0 + n * MINUTE) for n in range(5)]))
    assert Verdict.YES not in verdicts(made, {"kpi": "csat", "below": 0.8})
    made.add(Facts(survey=[survey(10 + n, 1, T0 + 10 * MINUTE) for n in range(10)]))
    assert Verdict.YES in verdicts(made, {"kpi": "csat", "below": 0.8})


def test_answers_that_leave_the_window_leave_nobody_the_wiser(made: Bench) -> None:
    made.add(Facts(survey=[survey(n, 1, T0 + 5 * MINUTE) for n in range(10)]))
    found = judged(made, {"kpi": "csat", "below": 0.8, "window": "1 h"})
    assert found.verdict[: 5 * 2].tolist() == [Verdict.UNKNOWN] * 10
    assert set(found.verdict[10:65].tolist()) == {Verdict.YES}
    assert set(found.verdict[70:].tolist()) == {Verdict.UNKNOWN}


def test_a_source_that_died_is_not_asked_about(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(*SOURCES))
        made.clock.forward(6 * 3600)
        made.add(Facts(covered=[covered("feed", T0, T0 + HOUR)], survey=[survey(n, 5, T0 + n) for n in range(40)]))
        found = samples(made, {"kpi": "csat", "below": 0.8})
        # Two periods and a minute later it is late.
        assert found.known[:63].all() and not found.known[63:].any()
        assert np.isnan(found.value[63:]).all()


def test_a_kpi_that_no_source_feeds_says_which_would(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge")))
        made.clock.forward(3600)
        assert "No source feeds CSAT" in family(made, {"kpi": "csat", "below": 0.8}, T0, T0 + HOUR).why


def test_a_kpi_whose_file_is_gone_is_unknown_and_named(made: Bench) -> None:
    found = family(made, {"kpi": "lost_carts", "above": 3})
    assert "lost_carts" in found.why and not found.known.any()
    assert not found.of(()).known.any()


def test_a_severity_that_a_kpi_has_not_is_said(made: Bench) -> None:
    assert family(made, {"kpi": "csat", "below": 0.8, "only": "P1"}).why == "CSAT has no severities."


def test_what_happened_later_changes_nothing_before(made: Bench) -> None:
    events = ticket("A-1", T0)
    events += [moved("A-1", T0 + 30 * MINUTE, "resolved"), moved("A-1", T0 + 2 * HOUR, "in_progress")]
    events += [moved("A-1", T0 + 3 * HOUR, "resolved"), moved("A-1", T0 + 4 * HOUR, "P1", field="severity")]
    made.add(Facts(ticket_event=events))
    found = samples(made, {"kpi": "mttr_final", "above": 600, "least": 1}).value
    assert found[60] == 30 * 60
    assert np.isnan(found[150])
    assert found[200] == 3 * 3600
    only = samples(made, {"kpi": "mttr_final", "above": 600, "least": 1, "only": "P1"}).value
    assert np.isnan(only[200]) and only[241] == 3 * 3600


def test_at_most_so_many_steps_are_asked_and_the_older_ones_are_unknown(
    made: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_asked, "MOST_ASKED", 4)
    made.add(Facts(survey=[survey(n, 5, T0 - HOUR) for n in range(40)]))
    found = samples(made, {"kpi": "csat", "below": 0.8})
    assert found.known.tolist() == [False] * 300 + [True] * 60


def test_an_hour_without_a_failure_ends_an_alert_about_one_every_half_an_hour(made: Bench) -> None:
    made.add(Facts(traffic=[traffic(T0 + n * MINUTE, 10, status=503 if n in (3, 12) else 200) for n in range(360)]))
    found = judged(made, {"kpi": "mtbf", "below": 2000, "window": "1 h"})
    assert set(found.verdict[15:60].tolist()) == {Verdict.YES}
    assert set(found.verdict[80:].tolist()) == {Verdict.NO}
    # Of no failure in an hour nobody can say whether there is one a day.
    assert Verdict.NO not in verdicts(made, {"kpi": "mtbf", "below": 86_400, "window": "1 h"})


# A user's own KPI

_HEAD = "-- title: Mine\n-- unit: count\n-- direction: down\n-- feeds: tickets\n-- means: Mine.\n"
_OPEN = (
    "SELECT 1.0 * count(*) AS value, count(*) AS n FROM tickets_at($moment) "
    "WHERE NOT is_done(status) AND created_at < $to AND $part"
)


def _own(home: Path, name: str, sql: str) -> None:
    folder = home / "config" / "kpis"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.sql").write_text(_HEAD + sql)


def test_a_kpi_of_ones_own_is_asked_as_of_each_step(made: Bench, own_home: Path) -> None:
    _own(own_home, "still_open", _OPEN)
    events = [e for n in range(4) for e in ticket(f"A-{n}", T0 + n * HOUR)]
    made.add(Facts(ticket_event=[*events, moved("A-0", T0 + 90 * MINUTE, "resolved")]))
    found = samples(made, {"kpi": "still_open", "above": 1}).value
    assert [found[n * 60 + 20] for n in range(5)] == [1, 2, 2, 3, 3]
    assert found[60 + 14] == 1


def test_a_kpi_of_ones_own_that_fails_says_so_and_is_not_tried_again(
    made: Bench, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _own(
        own_home,
        "broken",
        "SELECT CASE WHEN count(*) > 0 THEN error('no') ELSE 1.0 END::DOUBLE AS value FROM ticket_event",
    )
    made.add(Facts(ticket_event=ticket("A-1", T0)))
    rule, asked = read({"name": "r", "kpi": "broken", "above": 1}), alert_asked.Asked()
    found = Sampler(made.reader(), TicketShelf(), {}, END - 15 * MINUTE, END).family(rule, asked)
    assert "Your KPI broken cannot be answered" in found.why
    assert np.isnan(found.of(()).value).all()
    monkeypatch.setattr(alert_asked, "ask", None)
    Sampler(made.reader(), TicketShelf(), {}, END - 15 * MINUTE, END).family(rule, asked)


def test_a_kpi_of_ones_own_that_takes_long_is_asked_of_the_newest_steps(
    made: Bench, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _own(own_home, "still_open", _OPEN)
    times = iter(range(0, 1000, 9))
    monkeypatch.setattr(alert_asked.time, "monotonic", lambda: float(next(times)))
    found = family(made, {"kpi": "still_open", "above": 1})
    assert "takes long" in found.why
    assert found.known.tolist() == [False] * 330 + [True] * 30


# The value is the KPI's own


def _weather(draw: random.Random) -> Facts:
    facts = Facts()
    for number, minute in enumerate(range(T0 - DAY, END, 7 * MINUTE)):
        if draw.random() < 0.5:
            facts.survey.append(survey(number, draw.choice([1, 3, 4, 5]), minute))
            facts.survey.append(survey(number + 10_000, draw.randint(0, 10), minute, kind="nps"))
            # Some say another thing of the same ticket later.
            who, about = "ann" if number % 2 else "", f"id-A-{number % 9}"
            again = Survey("feed", f"r{number}", "support", draw.choice([1, 5]), who, about, "", minute)
            facts.survey.append(again)
        facts.gauge.append(Gauge(minute, "edge", "network_receive", "{}", draw.random() * 1e6))
        for name in ("app_errors", "churn", "page_load_p75", "gateway_capacity"):
            facts.measure.append(Measure(minute, "feed", name, "{}", draw.random()))
        for status in (200, 404, 502, 503):
            facts.traffic.append(traffic(minute, draw.randint(0, 30), status=status))
        key = f"A-{number}"
        facts.ticket_event += ticket(key, minute, draw.choice(["P1", "P2", "P3"]), kind=draw.choice(["bug", "question"]),
                                     channel=draw.choice(["mail", "chat"]), component=draw.choice(["cart", "pay"]))  # fmt: skip
        at, status = minute, "new"
        for _ in range(draw.randint(0, 5)):
            at += draw.randint(1, 240) * MINUTE
            if at >= END:
                break
            change, field = draw.choice(["in_progress", "resolved", "closed"]), "status"
            if draw.random() < 0.2:
                change, field = draw.choice(["P1", "P4"]), "severity"
            else:
                status = change
            facts.ticket_event.append(moved(key, at, change, field=field, old=status))
            if draw.random() < 0.5:
                facts.comment.append(Comment("jira", f"id-{key}", f"c{at}", "ann", "agent", True, "said", at))
    return facts


@pytest.mark.thorough
@pytest.mark.parametrize("name", ASKED)
def test_the_value_is_the_kpi_as_of_the_step(asking: Bench, name: str) -> None:
    window = 4 * HOUR
    found = samples(asking, {"kpi": name, "above": 0.5, "window": "4 h", "least": 1})
    for place in (0, 35, 100, 217, 359):
        at = T0 + place // 15 * 15 * MINUTE
        asked = asking.kpi(name, at - window, at, Moment(at))
        if asked.value is None:
            assert np.isnan(found.value[place]), (name, place, asked.why)
        else:
            assert found.value[place] == pytest.approx(asked.value, rel=1e-12), (name, place)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("asked"), T0 - 2 * DAY) as found:
        found.settings(**launch(*SOURCES))
        found.clock.forward(2 * 86_400 + 6 * 3600)
        found.add(Facts(covered=[covered(name, T0 - 2 * DAY, END) for name in ("edge", "jira", "feed")]))
        found.add(_weather(random.Random(7)))
        yield found


@pytest.mark.parametrize("name", ["mttr_final", "csat", "nps"])
def test_pieces_of_the_history_are_the_history(asking: Bench, name: str) -> None:
    rule = {"kpi": name, "above": 0.5, "window": "4 h"}
    whole, part = samples(asking, rule), samples(asking, rule, T0 + 37 * MINUTE, T0 + 100 * MINUTE)
    for field in ("known", "value", "sure", "thin", "fresh"):
        np.testing.assert_array_equal(getattr(whole.part(37, 100), field), getattr(part, field))


def test_every_kpi_of_the_catalogue_can_be_watched() -> None:
    assert set(catalogue().kpis) <= {*KPIS, *ASKED}
    assert set(ASKED) <= set(catalogue().kpis)


@pytest.mark.thorough
def test_an_acknowledgement_in_the_console_is_not_there_before_its_time(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(*SOURCES))
        made.add(Facts(ticket_event=ticket("A-1", T0)))
        made.clock.forward(3600)
        made.decide("acknowledge", "jira:A-1")
        made.add(Facts(ticket_event=[moved("A-1", T0 + 30 * MINUTE, "P1", field="severity")]))
        made.clock.forward(3600)
        reader = made.reader()
        versions = ticket_versions.fill(reader, TicketShelf(), T0, 15 * MINUTE, 8)
        for place in range(8):
            at = Moment(T0 + place * 15 * MINUTE)
            then = made.reader(at).rows(f"SELECT * FROM tickets_at({made.reader(at).moment_sql})")
            assert reader.rows(f"SELECT * FROM {versions.at(place)}") == then


def test_what_became_of_a_decision_later_changes_nothing_before(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(*SOURCES))
        for n in range(6):
            made.add(Facts(ticket_event=ticket(f"A-{n}", T0)))
        made.clock.forward(1200)
        decided = [
            deciding.change(made, "A-0", "severity", "P1", remote=True),
            deciding.change(made, "A-1", "status", "resolved", act="status", base="new", remote=True),
            deciding.change(made, "A-2", "acknowledged", "true", act="acknowledge"),
            deciding.change(made, "A-3", "comment", "We look at it.", act="comment", remote=True),
            deciding.change(made, "A-4", "status", "acknowledged", act="acknowledge", base="new", remote=True),
            deciding.change(made, "A-5", "comment", "We look at it.", act="comment", remote=True),
        ]
        made.clock.forward(1800)
        states = ("refused", "withdrawn", "withdrawn", "withdrawn", "confirmed", "confirmed")
        for identity, state in zip(decided, states, strict=True):
            deciding.delivered(made, identity, state)
        made.clock.forward(1800)
        now = made.clock.now()
        body = f"Said: We look at it. [hc:{decided[5]}]"
        made.add(
            Facts(
                ticket_event=[moved("A-4", now, "acknowledged")],
                comment=[Comment("jira", "id-A-5", "c", "ann", "agent", True, body, now)],
            )
        )
        made.decide("acknowledge", "jira:A-0")
        made.clock.forward(3600)
        reader = made.reader()
        versions = ticket_versions.fill(reader, TicketShelf(), T0, 15 * MINUTE, 9)
        for place in range(9):
            then = made.reader(Moment(T0 + place * 15 * MINUTE))
            expected = then.rows(f"SELECT * FROM tickets_at({then.moment_sql}) ORDER BY ticket")
            assert reader.rows(f"SELECT * FROM {versions.at(place)} ORDER BY ticket") == expected
