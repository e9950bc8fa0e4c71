"""The forecast read from the facts: blocked where something is unknown, scored from what was written down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from console.model.facts import Facts
from console.model.forecast.exit import VERSION
from console.model.moment import DAY, HOUR, MINUTE, Known, Moment, iso
from console.queries import forecast, forecast_score
from console.queries.forecast import ForecastAnswer
from console.queries.shelf import TicketShelf
from console.store import forecasts
from tests.builders import (
    T0,
    Bench,
    bench,
    covered,
    every_minute,
    feed,
    jira,
    launch,
    moved,
    scrape,
    survey,
    ticket,
)

FLOW = [{"name": "a", "routes": ["GET /a"], "slo_ms": 500.0}]
NOW = T0 + 6 * DAY
SIGNED = ("documentation", "known_issues", "handover")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    """Six days after go-live: calls every minute, a P2 fixed a day, a P1 open, good answers; flows waived."""
    with bench(tmp_path, T0) as found:
        found.settings(
            **launch(scrape("edge"), jira(), feed(), live=T0, baseline={"kind": "fixed", "per_day": 5.0}), flow=FLOW
        )
        found.clock.forward(6 * 86_400)
        facts = Facts(covered=[covered(name, T0, NOW) for name in ("edge", "jira", "feed")])
        facts.traffic += every_minute(T0, NOW, 100)
        for day in range(6):
            at = T0 + day * DAY + 3 * HOUR
            facts.ticket_event += ticket(f"A-{day}", at, "P2")
            facts.ticket_event.append(moved(f"A-{day}", at + 5 * HOUR, "resolved"))
        facts.ticket_event += ticket("A-91", NOW - 2 * HOUR, "P1")
        facts.survey += [survey(i, 5.0, T0 + i * HOUR) for i in range(120)]
        found.add(facts)
        found.decide("waive", "response_time", iso(NOW + 60 * DAY))
        yield found


def asked(made: Bench, moment: Moment | None = None) -> ForecastAnswer:
    reader = made.reader(moment) if moment else made.reader()
    return forecast.ask(reader, TicketShelf(), futures=300)


def test_a_launch_on_a_good_way_is_ready_when_its_clocks_are_full(made: Bench) -> None:
    found = asked(made)
    outcome = found.forecast.outcome
    assert outcome is not None, found.forecast.blocked
    # Six of seven days have passed: nothing before the seventh is over, much soon after.
    full = T0 + 7 * DAY
    before = [p for p, end in zip(outcome.probability, found.ends, strict=True) if end < full]
    assert all(p == 0.0 for p in before) and outcome.probability[6] > 0.4
    assert {"p1_resolved", "uptime", "error_rate_5xx"} >= {key for key, share in found.forecast.last if share > 0.3}


def test_the_days_end_at_midnight_of_the_session(made: Bench) -> None:
    made.settings(**launch(scrape("edge"), jira(), feed(), live=T0, time_zone="Europe/Berlin"))
    reader = made.reader()
    ends = forecast.day_ends(reader)
    assert len(ends) == forecast.DAYS and ends[0] > reader.at
    assert iso(ends[0]).endswith("T23:00:00Z") and ends[1] - ends[0] == DAY


def test_closing_the_open_p1_is_offered_and_helps(made: Bench) -> None:
    found = asked(made).forecast
    closing = next(w for w in found.what_ifs if w.kind == "closes")
    assert closing.subject == "A-91" and found.outcome is not None
    pairs = list(zip(closing.outcome.probability, found.outcome.probability, strict=True))
    assert all(closed >= usual for closed, usual in pairs) and any(closed > usual for closed, usual in pairs)


def test_what_is_not_signed_yet_is_assumed_and_named(made: Bench) -> None:
    assumed = dict(asked(made).forecast.assumed)
    assert assumed["signed"] == SIGNED
    assert assumed["waived"] == ("response_time",)


def test_the_same_question_gives_the_same_answer(made: Bench) -> None:
    assert asked(made).forecast == asked(made).forecast


def test_as_plain_values_it_says_the_same(made: Bench) -> None:
    found = asked(made)
    assert found.forecast.outcome is not None
    row = forecast.as_row(found, forecast_score.ask(made.reader()))
    assert [day["probability"] for day in row["days"]] == list(found.forecast.outcome.probability)
    assert row["days"][0]["by"] == iso(found.ends[0]) and row["state"] == "known"
    assert (row["brier"], row["scored"]) == (None, 0)
    assert {w["kind"] for w in row["what_ifs"]} >= {"closes", "waived"}
    made.decide("exit", "session", comment="good enough")
    gone = forecast.as_row(asked(made), forecast_score.ask(made.reader()))
    assert (gone["state"], gone["why"], gone["days"], gone["ready"]) == ("unknown", "hypercare was ended", [], None)


def test_it_stands_at_any_past_moment_with_what_was_known_then(made: Bench) -> None:
    earlier = asked(made, Moment(NOW - 3 * DAY))
    assert earlier.at == NOW - 3 * DAY and earlier.forecast.outcome is not None
    assert not [w for w in earlier.forecast.what_ifs if w.kind == "closes"]
    # All facts came in at once at NOW: three days before nothing was known.
    assert asked(made, Moment(NOW - 3 * DAY, Known.THEN)).forecast.outcome is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"flow": []}, "Response time is unknown (no flow has a response time promised; add flows in Settings)"),
        ({"baseline": None}, "Tickets at baseline is unknown (no baseline is set; choose one in Settings)"),
    ],
)
def test_what_cannot_be_judged_blocks_the_forecast_with_its_reason(
    made: Bench, change: dict[str, object], why: str
) -> None:
    session = {"baseline": {"kind": "fixed", "per_day": 5.0}, **{k: v for k, v in change.items() if k != "flow"}}
    document = launch(scrape("edge"), jira(), feed(), live=T0, **{k: v for k, v in session.items() if v is not None})
    made.settings(**document, flow=change.get("flow", FLOW))
    if "flow" in change:
        made.clock.forward(1)
        made.decide("end_waiver", "response_time")
    found = asked(made).forecast
    assert found.outcome is None and found.blocked == why


def test_a_session_that_heard_nothing_has_no_forecast(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as silent:
        silent.settings(**launch(scrape("edge"), jira(), live=T0))
        silent.clock.forward(3 * 86_400)
        found = asked(silent).forecast
    assert found.outcome is None and "unknown" in found.blocked


def test_the_first_day_only_learns(made: Bench) -> None:
    assert asked(made, Moment(T0 + 5 * HOUR)).forecast.blocked == "it needs one day of hypercare to learn from"


def test_before_go_live_there_is_nothing_to_forecast(made: Bench) -> None:
    assert asked(made, Moment(T0 - DAY)).forecast.blocked == "go-live is still to come"


def test_after_the_exit_there_is_nothing_to_forecast(made: Bench) -> None:
    made.decide("exit", "session", comment="good enough")
    assert asked(made).forecast.blocked == "hypercare was ended"


def test_bad_minutes_and_errors_are_counted_back_from_the_moment(made: Bench) -> None:
    bad = list(every_minute(NOW - 90 * MINUTE, NOW - 60 * MINUTE, 50, status=503))
    made.add(Facts(traffic=bad))
    reader, shelf = made.reader(), TicketShelf()
    criteria = tuple(asked(made).criteria)
    stood = forecast.standing(reader, shelf, criteria, forecast.day_ends(reader))
    minutes, calls = stood.shares
    assert (minutes.bad[-1], minutes.bad[:-1].sum()) == (30.0, 0.0)
    assert (calls.bad[-1], calls.whole[-1]) == (1500.0, 360 * 100 + 1500)
    assert len(calls.whole) == 24 and np.allclose(calls.known, 1.0)
    assert minutes.limit == pytest.approx(10.08)


# What was written down


def written(made: Bench, at: int, days: list[tuple[int, float]], ready: bool = False, version: int = VERSION) -> None:
    forecasts.keep(made.session, made.write, at, days, "csat", 1, version, at)
    forecasts.keep_judgement(made.session, made.write, at, ready, "", at)


def judged(made: Bench, at: int, ready: bool) -> None:
    forecasts.keep_judgement(made.session, made.write, at, ready, "", at)


def test_a_forecast_comes_due_when_its_day_has_passed(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(live=T0))
        first, second, third = (T0 - T0 % DAY + (i + 1) * DAY for i in range(3))
        written(made, T0, [(first, 0.1), (second, 0.6), (third, 0.9)])
        judged(made, first - HOUR, False)
        judged(made, second - HOUR, True)
        made.clock.forward(1)
        made.clock._now = second + HOUR
        due = forecast_score.due(made.reader())
        assert [(d.day, d.probability, d.came) for d in due] == [(first, 0.1, False), (second, 0.6, True)]
        assert forecast_score.ask(made.reader()).brier == pytest.approx((0.01 + 0.16) / 2)
        assert forecast_score.due(made.reader(Moment(first + HOUR))) == due[:1]


def test_a_day_on_which_nobody_looked_says_nothing(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(live=T0))
        day = T0 - T0 % DAY + 2 * DAY
        written(made, T0, [(day, 0.7)])
        made.clock._now = day + DAY
        assert forecast_score.due(made.reader()) == []


def test_the_last_forecast_of_a_day_counts_and_another_models_does_not(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(live=T0))
        start = T0 - T0 % DAY + DAY
        day = start + DAY
        for hour, said in ((1, 0.2), (5, 0.3), (9, 0.4)):
            written(made, start + hour * HOUR, [(day, said)])
        written(made, start + 10 * HOUR, [(day, 0.99)], version=VERSION + 1)
        judged(made, day - HOUR, False)
        made.clock._now = day + HOUR
        assert [d.probability for d in forecast_score.due(made.reader())] == [0.4]


def test_an_exit_that_was_declared_is_an_exit(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(live=T0))
        day = T0 - T0 % DAY + 2 * DAY
        written(made, T0, [(day, 0.7)])
        made.clock.forward(3_600)
        made.decide("exit", "session", comment="enough")
        made.clock._now = day + HOUR
        assert [d.came for d in forecast_score.due(made.reader())] == [True]
