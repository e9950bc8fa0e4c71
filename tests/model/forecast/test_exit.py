"""The forecast as arithmetic: what may never happen, whatever the launch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.forecast.arrivals import Coming
from console.model.forecast.exit import Forecast, Futures, Outcome, forecast
from console.model.forecast.fixing import learn, open_ahead
from console.model.forecast.luck import Luck
from console.model.forecast.score import Due, score
from console.model.forecast.standing import Answers, Defects, Judged, Share, Standing, Volume
from tests.model.forecast.worlds import World

FUTURES = 150
DAYS = tuple(float(d) for d in range(1, 31))


def defects(severity: str, spells: list[tuple[float, float | None]], days: int = 10, a_day: float = 0.0) -> Defects:
    """``spells``: (days ago opened, days ago fixed or None)."""
    start = np.array([-a for a, _ in spells])
    end = np.array([np.nan if b is None else -b for _, b in spells])
    still = int(np.isnan(end).sum())
    return Defects(severity, start, end, np.zeros(len(spells), bool), tuple(f"{severity}-{i}" for i in range(len(spells))),
                   np.full(days * 4, a_day / 4), len(spells), len(spells) - still)  # fmt: skip


def standing(
    p1: Defects,
    *,
    days: int = 10,
    tickets_a_day: float = 8.0,
    limit: float | None = None,
    extra: tuple[Judged, ...] = (),
) -> Standing:
    """Ten quiet days, P1 and volume being all there is to judge."""
    criteria = [Judged("p1_resolved", "not_met" if p1.is_open.any() else "met", target=1.0), *extra]
    if limit is not None:
        criteria.append(Judged("ticket_volume", "not_met"))
    volume = Volume(np.full(days * 4, tickets_a_day / 4), float(days), limit)
    return Standing(float(days), DAYS, tuple(criteria), p1=p1, volume=volume)


def usual_p1() -> Defects:
    return defects("P1", [(9, 8.6), (7, 6.8), (4.5, 4.1), (0.3, None)], a_day=0.4)


seeds = st.integers(1, 400)


# Never, whatever the launch


@pytest.mark.thorough
@settings(max_examples=25)
@given(seeds)
def test_an_exit_by_tomorrow_is_an_exit_by_the_day_after(seed: int) -> None:
    outcome = Futures(World(seed).standing(), seed, FUTURES).outcome()
    assert list(outcome.probability) == sorted(outcome.probability)
    assert all(0 <= p <= 1 for p in outcome.probability)
    assert outcome.high is None or (outcome.low is not None and outcome.low <= outcome.high)


@pytest.mark.thorough
@settings(max_examples=16)
@given(seeds, st.integers(1, 3))
def test_more_open_p1_never_make_the_exit_earlier(seed: int, more: int) -> None:
    before = after = World(seed).standing()
    for number in range(more):
        after = after.with_open_p1(f"ONE-MORE-{number}")
    fewer, many = (Futures(made, seed, FUTURES).outcome().probability for made in (before, after))
    assert all(b <= a for a, b in zip(fewer, many, strict=True))


@settings(max_examples=12)
@given(seeds)
def test_closing_a_ticket_never_makes_the_exit_later(seed: int) -> None:
    made = World(seed).standing()
    played = Futures(made, seed, FUTURES)
    usual = played.outcome()
    assert made.p1 is not None and made.p2 is not None
    for key, _ in [*made.p1.open_tickets()[:2], *made.p2.open_tickets()[:1]]:
        closed = played.closing(key)
        assert all(after >= before for after, before in zip(closed.probability, usual.probability, strict=True))


@settings(max_examples=8)
@given(seeds)
def test_waiving_a_criterion_never_makes_the_exit_later(seed: int) -> None:
    played = Futures(World(seed).standing(), seed, FUTURES)
    usual = played.outcome().probability
    for key in played.held:
        assert all(a >= b for a, b in zip(played.without(key).probability, usual, strict=True))


def test_the_same_seed_gives_the_same_forecast() -> None:
    def made(seed: int) -> Forecast:
        return forecast(World(11).standing(), seed, FUTURES)

    assert made(3) == made(3)
    assert made(3) != made(4)


# What follows from what


def test_everything_met_is_ready_now() -> None:
    found = forecast(standing(defects("P1", [(5, 4.8)])), 1, FUTURES)
    assert found.outcome is not None and found.outcome.probability[0] == 1.0 and found.outcome.ready == 0
    assert found.binding == ""


def test_a_launch_whose_p1_are_fixed_within_hours_is_ready_soon() -> None:
    outcome = forecast(standing(usual_p1()), 1, 400).outcome
    assert outcome is not None and outcome.ready is not None and outcome.ready <= 1


def test_a_backlog_that_grows_never_ends() -> None:
    """Three P1 a day arrive and one a day is fixed, oldest first: twenty wait by now."""
    spells = [(10 - i / 3, 10 - (i + 1) if i < 9 else None) for i in range(30)]
    spells = [(a, b if b is None or b < a else a - 0.1) for a, b in spells]
    outcome = forecast(standing(defects("P1", spells, a_day=3.0)), 1, 400).outcome
    assert outcome is not None and outcome.ready is None
    assert outcome.probability[-1] < 0.05


def test_the_number_open_can_grow_without_end() -> None:
    spells = [(10 - i / 3, 10 - (i + 1) if i < 9 else None) for i in range(30)]
    spells = [(a, b if b is None or b < a else a - 0.1) for a, b in spells]
    made = defects("P1", spells, a_day=3.0)
    every = np.repeat(np.arange(100), 90)
    coming = Coming(every, np.tile(np.arange(90) / 3, 100), 1.0)
    pace = learn(made, 10.0, 100, Luck(1))
    ahead = open_ahead(made, coming, 120, pace, Luck(1))
    assert np.median(ahead[:, -1]) > 1.5 * 21


def test_a_clock_that_is_not_full_holds_the_exit_back_until_it_is() -> None:
    waits = (Judged("uptime", "not_met", wait=3.2),)
    outcome = forecast(standing(defects("P1", [(5, 4.8)]), extra=waits), 1, FUTURES).outcome
    assert outcome is not None
    assert outcome.probability[2] == 0.0 and outcome.probability[3] > 0.5


def test_what_is_over_its_limit_for_good_is_never_ready_and_binds() -> None:
    found = forecast(standing(usual_p1(), tickets_a_day=80, limit=10), 1, 400)
    assert found.outcome is not None and found.outcome.probability[-1] == 0.0
    assert (found.outcome.low, found.outcome.high) == (None, None)
    assert found.binding == "ticket_volume"
    waived = next(w for w in found.what_ifs if w.kind == "waived")
    assert waived.subject == "ticket_volume" and waived.outcome.ready is not None


def test_a_waiver_ends_when_it_says() -> None:
    blocked = Judged("p1_resolved", "waived", waived_for=2.0, target=1.0)
    old = defects("P1", [(9.9, None)] * 6)
    made = replace(standing(old), criteria=(blocked, Judged("uptime", "not_met", wait=4.0)))
    outcome = forecast(made, 1, FUTURES).outcome
    assert outcome is not None and outcome.probability[2] == 0.0
    assert outcome.probability[5] < 0.8
    longer = replace(blocked, waived_for=9.0)
    outcome = forecast(replace(made, criteria=(longer, made.criteria[1])), 1, FUTURES).outcome
    assert outcome is not None and outcome.probability[4] == 1.0


def test_what_a_person_signs_is_taken_as_signed_in_time_and_said_so() -> None:
    made = replace(standing(usual_p1(), extra=(Judged("handover", "not_met"),)), signed=frozenset({"handover"}))
    found = forecast(made, 1, FUTURES)
    assert found.outcome is not None and found.outcome.probability[-1] > 0.9
    assert ("signed", ("handover",)) in found.assumed


def test_a_criterion_without_a_model_waits_as_long_as_it_has_waited() -> None:
    own = Judged("own", "not_met", unmet_for=6.0)
    found = forecast(standing(defects("P1", [(5, 4.8)]), extra=(own,)), 1, 2000)
    assert found.outcome is not None and ("plain", ("own",)) in found.assumed
    assert found.outcome.probability[5] == pytest.approx(0.5, abs=0.06)


def test_nothing_known_is_unknown() -> None:
    found = forecast(Standing(0.2, DAYS, (), blocked="it needs one day"), 1, FUTURES)
    assert found.outcome is None and found.blocked == "it needs one day" and found.what_ifs == ()


# Shares


def errors(past_share: float, *, lately: float = float("nan"), calls: float = 20_000.0) -> Share:
    whole = np.full(40, calls)
    return Share(
        "error_rate_5xx", "calls", whole * past_share, whole, np.ones(40), "poisson", 0.001, lately, past_share
    )


def launch_of(share: Share) -> Standing:
    criteria = (Judged("error_rate_5xx", "not_met"),)
    return Standing(10.0, DAYS, criteria, shares=(share,))


def test_errors_that_stay_over_the_target_never_end_it_and_calm_ones_do() -> None:
    high, low = (Futures(launch_of(errors(share)), 1, FUTURES).outcome() for share in (0.004, 0.0003))
    assert high.probability[-1] == 0.0
    assert low.probability[0] > 0.8


def test_staying_at_a_share_decides_alone() -> None:
    played = Futures(launch_of(errors(0.0003)), 1, FUTURES)
    assert played.outcome().probability[-1] > 0.9
    assert played.staying("error_rate_5xx", 0.5).probability[-1] == 0.0
    assert Futures(launch_of(errors(0.002)), 1, FUTURES).staying("error_rate_5xx", 0.0001).probability[9] == 1.0


def test_trouble_under_way_puts_the_exit_off() -> None:
    calm, troubled = (Futures(launch_of(errors(0.0007, lately=lately)), 1, 600).outcome() for lately in (0.0007, 0.05))
    assert np.mean(troubled.probability) < np.mean(calm.probability)


def test_few_calls_never_pass() -> None:
    """No error in 28 steps of 100 calls: 2 800 calls, and 2 996 are needed."""
    assert Futures(launch_of(errors(0.0, calls=100.0)), 1, FUTURES).outcome().probability[-1] == 0.0


def test_a_hole_in_the_data_waits_until_it_has_left_the_window() -> None:
    held = errors(0.0002)
    known = held.known.copy()
    known[-8:-6] = 0.0
    hole = replace(held, known=known, bad=held.bad * known, whole=held.whole * known)
    outcome = Futures(launch_of(hole), 1, FUTURES).outcome()
    assert outcome.probability[3] == 0.0 and outcome.probability[6] > 0.8


def test_csat_needs_answers_enough() -> None:
    criteria = (Judged("csat", "not_met"),)
    few, many = (
        Futures(
            Standing(10.0, DAYS, criteria, answers=Answers(n, round(n * 0.85), n, round(n * 0.85), 10.0, 0.8)), 1, 400
        )
        for n in (20, 400)
    )
    assert few.outcome().probability[0] < 0.2 < many.outcome().probability[0]


# The score


def test_the_score_by_hand() -> None:
    told = [Due(0, 1, 0.9, True), Due(0, 2, 0.8, True), Due(0, 3, 0.3, False), Due(0, 3, 0.1, True)]
    found = score(told)
    assert found.brier == pytest.approx((0.01 + 0.04 + 0.09 + 0.81) / 4)
    assert found.usual == pytest.approx(0.75 * 0.25)
    assert (found.n, found.days) == (4, 3)
    assert [(b.n, b.came) for b in found.bins] == [(1, 1.0), (1, 0.0), (2, 1.0)]
    assert score([]).brier is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_every_forecast_is_in_one_group(told: list[tuple[float, bool]]) -> None:
    found = score([Due(0, i, p, came) for i, (p, came) in enumerate(told)])
    assert sum(b.n for b in found.bins) == len(told)
    assert all(0 <= b.low <= b.came <= b.high <= 1 for b in found.bins)
    assert found.brier is not None and 0 <= found.brier <= 1


def test_the_first_day_with_eighty_per_cent_is_the_day_one_may_stop() -> None:
    assert Outcome((0.1, 0.79, 0.8, 0.9), 1.0, None).ready == 2
    assert Outcome((0.1, 0.2), 1.0, None).ready is None
