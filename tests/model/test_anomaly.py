"""What is unusual: told on the first day, by the hour after two, never learnt from trouble, the same in any pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.anomaly import FIRST_LOOK, LEARNT, Anomaly, Judged, Kind

HOUR, DAY = 60, 1440


def judged(values: np.ndarray, excluded: np.ndarray | None = None, sense: float = 5.0, **how: bool) -> Judged:
    none = np.zeros(len(values), np.bool_)
    return Anomaly(sense, **how).extend(0, values, np.isfinite(values), none if excluded is None else excluded)


def calm(minutes: int, level: float = 100.0, unrest: float = 3.0, seed: int = 1) -> np.ndarray:
    return level + np.random.default_rng(seed).normal(0, unrest, minutes)


def unusual(found: Judged) -> np.ndarray:
    return (found.kind == Kind.STEP) | (found.kind == Kind.DRIFT)


def test_it_says_that_it_learns_before_it_judges() -> None:
    found = judged(calm(3 * HOUR))
    assert set(found.kind[:FIRST_LOOK].tolist()) == {Kind.LEARNING}
    assert set(found.kind[HOUR:].tolist()) == {Kind.USUAL}


def test_a_step_is_seen_in_the_second_hour_of_the_first_day() -> None:
    values = np.concatenate([calm(90), calm(10, level=200)])
    assert set(judged(values).kind[90:].tolist()) == {Kind.STEP}


def test_what_is_unknown_is_neither_usual_nor_unusual() -> None:
    values = calm(3 * HOUR)
    values[100:130] = np.nan
    assert set(judged(values).kind[100:130].tolist()) == {Kind.MISSING}


def test_a_slow_drift_is_seen_although_no_minute_is_a_step() -> None:
    values = calm(4 * HOUR)
    values[150:] += 6.0
    found = judged(values)
    assert Kind.STEP not in found.kind[150:].tolist()
    assert Kind.DRIFT in found.kind[150:].tolist()
    assert not unusual(found)[:150].any()


def test_a_flat_series_does_not_cry_over_a_grain() -> None:
    values = np.full(6 * HOUR, 50.0)
    values[200:] = 51.0
    assert not unusual(judged(values)).any()


def test_a_low_value_is_trouble_only_where_falling_is() -> None:
    values = np.concatenate([calm(120), calm(10, level=20)])
    assert not unusual(judged(values)).any()
    assert unusual(judged(values, falling=True))[120:].all()


def test_it_does_not_learn_from_its_own_alarms() -> None:
    # Four hours of trouble, then calm, then the same trouble again: it is still trouble.
    values = np.concatenate([calm(300), calm(240, level=300), calm(120), calm(60, level=300)])
    found = unusual(judged(values))
    assert found[300:540].all()
    assert found[660:].all()
    assert not found[540:660].any()


def test_it_does_not_learn_from_what_it_is_told_to_leave_out() -> None:
    values = np.concatenate([calm(40), calm(300, level=150), calm(60), calm(60, level=150)])
    excluded = np.zeros(len(values), np.bool_)
    excluded[40:340] = True
    assert unusual(judged(values, excluded))[400:].all()


def test_what_stays_for_half_a_day_is_the_new_usual() -> None:
    found = unusual(judged(np.concatenate([calm(DAY), calm(DAY, level=200, seed=2)])))
    assert found[DAY : DAY + 10 * HOUR].all()
    assert not found[DAY + 14 * HOUR :].any()


def _daily(days: int) -> np.ndarray:
    """Busy from eight to eight."""
    minutes = np.arange(days * DAY)
    busy = (minutes % DAY // HOUR >= 8) & (minutes % DAY // HOUR < 20)
    return np.where(busy, 400.0, 40.0) + np.random.default_rng(3).normal(0, 4, len(minutes))


def test_after_two_days_the_same_hour_is_what_counts() -> None:
    values = _daily(4)
    night = 3 * DAY + 3 * HOUR
    values[night : night + 10] = 150.0
    found = unusual(judged(values))
    assert found[night : night + 10].all()
    assert not found[2 * DAY + HOUR : night].any()
    assert not found[night + 10 :].any()


def test_before_two_cycles_no_profile_is_made_up() -> None:
    # The first evening's fall is a fall: nobody has seen a second one.
    found = unusual(judged(_daily(1), falling=True))
    assert found[20 * HOUR : 21 * HOUR].any()


def test_few_counts_are_not_unusual_by_one() -> None:
    values = np.random.default_rng(5).poisson(4, 5 * HOUR).astype(np.float64)
    assert unusual(judged(values, counts=True)).mean() < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_is_hardly_ever_unusual(seed: int) -> None:
    found = unusual(judged(calm(3 * DAY, seed=seed)))
    assert found.mean() < 0.002


def test_a_held_value_keeps_the_judgement_of_its_sample() -> None:
    values = np.repeat(np.concatenate([calm(40), [400.0, 100.0]]), HOUR)
    fresh = np.arange(len(values)) % HOUR == 0
    found = Anomaly(5.0).extend(0, values, fresh, np.zeros(len(values), np.bool_))
    assert set(found.kind[40 * HOUR : 41 * HOUR].tolist()) == {Kind.STEP}
    assert set(found.kind[41 * HOUR :].tolist()) == {Kind.USUAL}
    assert LEARNT < 40


@given(st.integers(0, 10_000), st.lists(st.integers(1, 200), min_size=1, max_size=12))
@settings(max_examples=30)
def test_in_whatever_pieces_it_is_told_the_judgement_is_the_same(seed: int, pieces: list[int]) -> None:
    draw = np.random.default_rng(seed)
    values = calm(sum(pieces), seed=seed) + draw.choice([0, 0, 0, 15, 80], sum(pieces))
    values[draw.random(len(values)) < 0.1] = np.nan
    none = np.zeros(len(values), np.bool_)
    start = seed * 7
    whole = Anomaly(4.0).extend(start, values, np.isfinite(values), none)
    piecewise, place, kinds, bounds = Anomaly(4.0), 0, [], []
    for length in pieces:
        part = values[place : place + length]
        found = piecewise.extend(start + place, part, np.isfinite(part), none[:length])
        kinds.append(found.kind)
        bounds.append(found.bound)
        place += length
    np.testing.assert_array_equal(np.concatenate(kinds), whole.kind)
    np.testing.assert_array_equal(np.concatenate(bounds), whole.bound)


def test_minutes_must_follow_one_another() -> None:
    watcher = Anomaly(5.0)
    values, none = calm(10), np.zeros(10, np.bool_)
    watcher.extend(0, values, ~none, none)
    with pytest.raises(ValueError, match="follow"):
        watcher.extend(11, values, ~none, none)
