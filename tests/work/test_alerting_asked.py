"""Rules over KPIs that are asked every few minutes, as the minutes pass: late, few and missing answers, and live against
back-test, firing by firing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.model.alert import State
from console.model.facts import Facts, Gauge
from console.model.moment import MINUTE, SECOND
from console.queries import alert_asked, alert_book
from console.queries.alert_records import Firing, changes, firings_of, standing_now
from console.queries.backtest import backtest
from console.queries.shelf import TicketShelf
from tests.builders import T0, Bench, bench, covered, feed, jira, launch, moved, scrape, survey, ticket, traffic
from tests.work.watching import Watching

PERIODS = {"edge": 15.0, "jira": 60.0, "feed": 60.0}
UNHAPPY = {
    "name": "unhappy", "kpi": "csat", "below": 0.8, "window": "30 min", "for": "2 min", "keep_firing_for": "6 min", "least": 3,
}  # fmt: skip
OWN = [
    UNHAPPY,
    {"name": "slow-fix", "kpi": "mttr_final", "above": 900, "window": "1 h", "keep_firing_for": "3 min", "least": 1},
    {"name": "slow-p1", "kpi": "mttr_first", "above": 300, "window": "2 h", "only": "P1", "least": 1},
    {"name": "again", "kpi": "reopen_rate", "above": 0.05, "window": "2 h", "keep_firing_for": "5 min", "least": 2},
    {"name": "once", "kpi": "first_contact_resolution", "below": 0.5, "window": "2 h", "least": 2},
    {"name": "grows", "kpi": "backlog_growth", "above": 2, "window": "30 min", "keep_firing_for": "5 min"},
    {"name": "nps", "kpi": "nps", "below": 10, "window": "30 min", "keep_firing_for": "5 min"},
    {"name": "up", "kpi": "availability", "below": 0.9, "window": "30 min", "keep_firing_for": "5 min"},
    {"name": "net", "kpi": "network", "above": 500_000, "window": "5 min", "keep_firing_for": "2 min"},
]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, T0) as found:
        _with_rules(found, [UNHAPPY])
        yield found


def _with_rules(made: Bench, rules: list[dict[str, Any]]) -> None:
    """These alone: judging the shipped ones every minute takes longer than the story."""
    made.settings(**launch(scrape("edge"), jira(), feed()), alert=rules)
    for shipped in alert_book.shipped():
        made.decide("retire_rule", shipped.name, who=shipped.name)


def passes(watching: Watching, minutes: int, *, feeding: bool = True, every: int = 1, **facts: Any) -> None:
    """Judged ``every`` so many minutes; ``facts`` come with the first."""
    for number in range(minutes):
        watching.pass_minutes(1, lambda m: Facts(traffic=[traffic(m, 10)]))
        now = watching.made.clock.now()
        watching.made.add(Facts(covered=[covered("jira", now - MINUTE, now)]))
        if feeding:
            watching.made.add(Facts(covered=[covered("feed", now - MINUTE - 5 * SECOND, now)]))
        if number == 0 and facts:
            watching.made.add(Facts(**facts))
        if (number + 1) % every == 0:
            watching.evaluate()


def state(made: Bench, rule: str = "unhappy") -> State | None:
    return next((c.state for c in standing_now(changes(made.reader())).values() if c.rule == rule), None)


def fired(made: Bench) -> list[int]:
    return [c.minute for c in changes(made.reader()) if c.fires and c.rule == "unhappy"]


def answers(count: int, score: float, first: int, at: int) -> list[Any]:
    return [survey(first + n, score, at + n * SECOND) for n in range(count)]


@pytest.mark.thorough
def test_without_surveys_nothing_fires_and_nothing_is_ok(made: Bench) -> None:
    watching = Watching(made, PERIODS)
    passes(watching, 10, every=5)
    assert fired(made) == []
    assert watching.alerting.states()["unhappy"] == (State.UNKNOWN, "No answers in this window.")


@pytest.mark.thorough
def test_a_firing_alert_is_held_when_its_evidence_runs_out(made: Bench) -> None:
    watching = Watching(made, PERIODS)
    passes(watching, 10, every=5, survey=answers(12, 1, 0, T0))
    assert state(made) is State.FIRING
    passes(watching, 40, every=10)
    assert state(made) is State.HELD
    assert [f.ended for f in firings_of(changes(made.reader()))] == [None]
    passes(watching, 20, every=5, survey=answers(40, 5, 100, made.clock.now()))
    assert state(made) is None
    assert [f.ended is not None for f in firings_of(changes(made.reader()))] == [True]


@pytest.mark.thorough
def test_a_firing_alert_is_held_when_its_source_dies(made: Bench) -> None:
    watching = Watching(made, PERIODS)
    passes(watching, 10, every=5, survey=answers(12, 1, 0, T0))
    passes(watching, 10, every=5, feeding=False)
    assert state(made) is State.HELD


@pytest.mark.thorough
def test_answers_that_are_known_late_count_from_the_next_step_and_change_nothing_before(made: Bench) -> None:
    watching = Watching(made, PERIODS)
    passes(watching, 17)
    made.add(Facts(survey=answers(12, 1, 0, T0 + 2 * MINUTE)))
    passes(watching, 8)
    assert fired(made) == [T0 + 21 * MINUTE]
    span = watching.alerting.judged
    assert span is not None
    rule = next(r for r in alert_book.all_rules(made.reader()) if r.name == "unhappy")
    again = backtest(made.reader(), TicketShelf(), PERIODS, rule, span)
    # The back-test knows them from the start.
    assert [f.fired for f in again.firings] == [T0 + 6 * MINUTE]


@pytest.mark.thorough
def test_a_step_is_asked_once_however_many_minutes_it_stands_for(made: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    ask = alert_asked.ask

    def counting(reader: Any, kpi: Any, start: int, end: int, *more: Any, **named: Any) -> Any:
        asked.append(end)
        return ask(reader, kpi, start, end, *more, **named)

    monkeypatch.setattr(alert_asked, "ask", counting)
    passes(Watching(made, PERIODS), 11)
    assert asked == [T0 + n * 5 * MINUTE for n in range(3)]


def _minute(draw: random.Random, number: int, minute: int, open_tickets: list[str]) -> Facts:
    """Moods, machines and tickets that are resolved, come back and are judged anew."""
    now, facts = minute + 20 * SECOND, Facts()
    bad = number // 40 % 2 == 1
    facts.traffic.append(traffic(minute, 50, status=503 if bad and draw.random() < 0.5 else 200))
    for n in range(draw.randint(0, 2)):
        facts.survey.append(survey(number * 10 + n, draw.choice([1, 2] if bad else [4, 5]), now))
        facts.survey.append(survey(number * 10 + 5 + n, draw.choice([2, 7] if bad else [9, 10]), now, kind="nps"))
    facts.gauge.append(Gauge(now, "edge", "network_receive", "{}", 9e5 if number // 20 % 3 == 1 else 1e5))
    if draw.random() < 0.3:
        open_tickets.append(f"T-{number}")
        facts.ticket_event += ticket(f"T-{number}", now, draw.choice(["P1", "P2"]))
    for key in open_tickets:
        if draw.random() < 0.06:
            to = draw.choice(["resolved", "resolved", "in_progress", "P1"])
            facts.ticket_event.append(moved(key, now + SECOND, to, field="severity" if to == "P1" else "status"))
    return facts


def told(firings: Iterable[Firing]) -> list[tuple[object, ...]]:
    """All that is told of them, in order; in which order a database adds up is not told."""

    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.9g}"

    return sorted((f.key, f.began, f.fired, f.ended or 0, number(f.value), number(f.bound), f.reason) for f in firings)


@pytest.mark.thorough
def test_live_and_back_test_agree_firing_by_firing(tmp_path: Path) -> None:
    draw = random.Random(2)
    with bench(tmp_path, T0) as made:
        _with_rules(made, OWN)
        watching = Watching(made, PERIODS)
        open_tickets: list[str] = []
        number = 0
        while number < 120:
            for _ in range(draw.randint(1, 11)):
                quiet = 100 <= number < 112
                watching.pass_minutes(1, lambda m, n=number: _minute(draw, n, m, open_tickets))  # type: ignore[misc]  # bound early
                now = made.clock.now()
                for name in ("jira",) if quiet else ("jira", "feed"):
                    made.add(Facts(covered=[covered(name, now - MINUTE - 5 * SECOND, now)]))
                number += 1
            watching.evaluate()
        span = watching.alerting.judged
        assert span is not None
        live, again = firings_of(changes(made.reader())), []
        for rule in alert_book.rules(made.reader()):
            again += backtest(made.reader(), TicketShelf(), PERIODS, rule, span).firings
        assert told(live) == told(again)
        assert {"unhappy", "slow-fix", "slow-p1", "nps", "net", "grows"} <= {f.rule for f in live}
