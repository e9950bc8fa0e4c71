"""The life of an alert: it fires after its time, ends after its calm, and missing data never ends it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.model.alert import ACTIVE, IDLE, PATIENCE, Standing, State, Timing, Transition, Verdict, step
from console.model.moment import MINUTE

NO, YES, UNKNOWN, NOTHING = Verdict.NO, Verdict.YES, Verdict.UNKNOWN, Verdict.NOTHING


def lived(timing: Timing, verdicts: list[Verdict]) -> tuple[Standing, list[Transition]]:
    """Minute by minute from the first minute of all time."""
    standing, told = Standing(), []
    for place, verdict in enumerate(verdicts):
        standing, changes = step(timing, standing, verdict, place * MINUTE)
        told += changes
    return standing, told


def states(timing: Timing, verdicts: list[Verdict]) -> list[str]:
    return [f"{t.minute // MINUTE} {t.after}" for t in lived(timing, verdicts)[1]]


def test_a_source_that_dies_turns_nothing_green() -> None:
    standing, told = lived(Timing(2, 0), [YES, YES, *[UNKNOWN] * 5000])
    assert standing.state is State.HELD
    assert [t.after for t in told] == [State.PENDING, State.FIRING, State.HELD]


def test_a_calm_alert_whose_number_is_missing_is_unknown_not_ok() -> None:
    assert states(Timing(), [NO, UNKNOWN, NO]) == ["0 ok", "1 unknown", "2 ok"]


def test_it_fires_after_so_many_breaching_minutes() -> None:
    assert states(Timing(3, 0), [NO, YES, YES, YES]) == ["0 ok", "1 pending", "3 firing"]


def test_one_calm_minute_begins_the_count_anew() -> None:
    assert "firing" not in str(states(Timing(3, 0), [YES, YES, NO, YES, YES]))


def test_a_gap_of_two_minutes_does_not_begin_the_count_anew() -> None:
    assert states(Timing(3, 0), [YES, YES, UNKNOWN, UNKNOWN, YES]) == ["0 pending", "4 firing"]


def test_a_pending_alert_does_not_wait_for_ever() -> None:
    assert states(Timing(3, 0), [YES, *[UNKNOWN] * (PATIENCE + 1)]) == ["0 pending", f"{PATIENCE + 1} unknown"]


def test_it_ends_after_its_calm_minutes_which_unknown_ones_do_not_count_towards() -> None:
    assert states(Timing(1, 2), [YES, NO, UNKNOWN, UNKNOWN, NO, NO]) == [
        "0 firing", "2 held", "4 firing", "5 ok",
    ]  # fmt: skip


def test_without_a_time_to_keep_firing_it_ends_with_the_first_calm_minute() -> None:
    assert states(Timing(1, 0), [YES, UNKNOWN, NO]) == ["0 firing", "1 held", "2 ok"]


def test_when_nothing_is_called_any_more_it_ends_only_after_an_hour() -> None:
    assert states(Timing(1, 0), [YES, *[NOTHING] * IDLE]) == ["0 firing"]
    assert states(Timing(1, 0), [YES, *[NOTHING] * (IDLE + 1)]) == ["0 firing", f"{IDLE + 1} ok"]


def test_it_knows_its_first_breaching_minute() -> None:
    standing, told = lived(Timing(3, 5), [NO, YES, YES, YES])
    assert (standing.began, standing.fired) == (MINUTE, 3 * MINUTE)
    assert (told[-1].began, told[-1].fired, told[-1].fires) == (MINUTE, 3 * MINUTE, True)


def test_what_was_held_and_fires_on_did_not_fire_anew() -> None:
    told = lived(Timing(1, 5), [YES, UNKNOWN, YES])[1]
    assert [t.fires for t in told] == [True, False, False]


verdicts = st.lists(st.tuples(st.sampled_from(Verdict), st.integers(1, 90)), max_size=30)
timings = st.builds(Timing, st.integers(1, 20), st.integers(0, 90))


@given(timings, verdicts)
def test_minutes_at_once_or_one_by_one_come_to_the_same(timing: Timing, runs: list[tuple[Verdict, int]]) -> None:
    at_once, told, minute = Standing(), [], 0
    for verdict, count in runs:
        at_once, changes = step(timing, at_once, verdict, minute * MINUTE, count)
        told += changes
        minute += count
    single, one_by_one = lived(timing, [v for v, count in runs for _ in range(count)])
    assert at_once == single
    assert told == one_by_one


@given(timings, verdicts)
def test_an_active_alert_never_ends_in_a_minute_nobody_knows(timing: Timing, runs: list[tuple[Verdict, int]]) -> None:
    standing = Standing()
    for place, verdict in enumerate(v for v, count in runs for _ in range(count)):
        before = standing
        standing, _ = step(timing, standing, verdict, place * MINUTE)
        if before.state in ACTIVE and verdict is UNKNOWN:
            assert standing.state is State.HELD
        if verdict is UNKNOWN:
            assert standing.state is not State.OK


@given(timings, verdicts)
def test_transitions_form_a_chain_in_the_order_of_time(timing: Timing, runs: list[tuple[Verdict, int]]) -> None:
    standing, told = lived(timing, [v for v, count in runs for _ in range(count)])
    state, minute = State.UNKNOWN, 0
    for change in told:
        assert change.before is state
        assert change.after is not state
        assert change.minute >= minute
        state, minute = change.after, change.minute
    assert standing.state is state


@given(st.integers(1, 30), st.integers(0, 200))
def test_breaching_all_the_time_fires_exactly_after_its_time(after: int, more: int) -> None:
    standing, told = lived(Timing(after, 5), [YES] * (after + more))
    assert standing.state is State.FIRING
    assert told[-1].minute == (after - 1) * MINUTE
