"""Good, bad and unknown minutes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.model.facts import Facts, Gauge
from console.model.moment import DAY, HOUR, MINUTE, SECOND
from tests.builders import T0, Bench, bench, covered, every_minute, launch, probe, scrape, traffic

END = T0 + HOUR


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, END) as found:
        found.settings(**launch(scrape("edge"), live=T0))
        yield found


def beats(start: int, end: int, up: float = 1.0, every: int = 30 * SECOND) -> list[Gauge]:
    return [Gauge(at, "probe", "probe_up", "{}", up) for at in range(start, end, every)]


@pytest.mark.parametrize(("errors", "bad"), [(4, False), (5, True)])
def test_a_minute_is_bad_from_its_share_of_5xx_on(made: Bench, errors: int, bad: bool) -> None:
    calls = [*every_minute(T0 + MINUTE, END, 100), traffic(T0, 100 - errors), traffic(T0, errors, status=503)]
    made.add(Facts(covered=[covered("edge", T0, END)], traffic=calls))
    found = made.kpi("availability", T0, END)
    assert (found.n, found.value) == (60, 59 / 60 if bad else 1.0)


def test_the_share_that_makes_a_minute_bad_is_a_setting(made: Bench) -> None:
    made.settings(**launch(scrape("edge"), live=T0, bad_minute_5xx=0.5))
    calls = [*every_minute(T0, END, 100), traffic(T0, 30, status=503)]
    made.add(Facts(covered=[covered("edge", T0, END)], traffic=calls))
    assert made.kpi("availability", T0, END).value == 1.0


def test_a_probe_decides_where_there_is_one(made: Bench) -> None:
    made.settings(**launch(scrape("edge"), probe(), live=T0))
    made.add(
        Facts(
            covered=[covered("edge", T0, END), covered("probe", T0 + 30 * MINUTE, END)],
            traffic=[*every_minute(T0, END, 100), *every_minute(T0, END, 50, status=503)],
            gauge=beats(T0 + 30 * MINUTE, END),
        )
    )
    found = made.kpi("availability", T0, END)
    assert (found.n, found.value) == (60, 0.5), "before the probe began the gateway speaks, and it was bad"


def test_one_failed_check_makes_the_minute_bad(made: Bench) -> None:
    made.settings(**launch(probe(), live=T0))
    checks = [*beats(T0, END), Gauge(T0 + 10 * SECOND, "probe", "probe_up", "{}", 0.0)]
    made.add(Facts(covered=[covered("probe", T0, END)], gauge=checks))
    assert made.kpi("availability", T0, END).value == 59 / 60


def test_minutes_in_which_a_running_probe_said_nothing_are_unknown(made: Bench) -> None:
    made.settings(**launch(scrape("edge"), probe(), live=T0))
    made.add(
        Facts(
            covered=[covered("edge", T0, END), covered("probe", T0, END)],
            traffic=every_minute(T0, END, 100),
            gauge=[*beats(T0, T0 + 20 * MINUTE), *beats(T0 + 50 * MINUTE, END)],
        )
    )
    found = made.kpi("availability", T0, END)
    assert (found.n, found.value, found.state) == (30, 1.0, "partial") and "30 minutes" in found.why


def test_uncovered_minutes_are_unknown(made: Bench) -> None:
    made.add(Facts(covered=[covered("edge", T0, T0 + 20 * MINUTE)], traffic=every_minute(T0, T0 + 20 * MINUTE, 10)))
    found = made.kpi("availability", T0, END)
    assert (found.n, found.value, found.state) == (20, 1.0, "partial")


def test_silence_where_calls_are_usual_is_unknown_and_not_good(made: Bench) -> None:
    made.add(Facts(covered=[covered("edge", T0, END)], traffic=every_minute(T0 + 10 * MINUTE, END, 100)))
    found = made.kpi("availability", T0, END)
    assert (found.n, found.value) == (50, 1.0) and "10 minutes" in found.why


def test_silence_in_an_hour_that_is_usually_silent_is_good(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + 3 * DAY) as made:
        made.settings(**launch(scrape("edge"), live=T0))
        day = [row for d in range(3) for row in every_minute(T0 + d * DAY, T0 + d * DAY + 20 * HOUR, 5)]
        made.add(Facts(covered=[covered("edge", T0, T0 + 3 * DAY)], traffic=day))
        found = made.kpi("availability", T0, T0 + 3 * DAY)
        assert (found.n, found.value, found.state) == (3 * 1440, 1.0, "known")


def test_an_outage_that_fills_its_window_is_not_taken_for_the_usual_silence(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + 3 * DAY) as made:
        made.settings(**launch(scrape("edge"), live=T0))
        out = T0 + 2 * DAY + 3 * HOUR
        calls = [row for row in every_minute(T0, T0 + 3 * DAY, 100) if not out <= row.minute < out + 10 * MINUTE]
        made.add(Facts(covered=[covered("edge", T0, T0 + 3 * DAY)], traffic=calls))
        assert made.kpi("availability", out, out + 10 * MINUTE).value is None


def test_no_failure_means_unknown_time_between_failures_not_endless(made: Bench) -> None:
    made.add(Facts(covered=[covered("edge", T0, END)], traffic=every_minute(T0, END, 10)))
    assert "No failure" in made.kpi("mtbf", T0, END).why


def test_a_run_of_bad_minutes_is_one_failure(made: Bench) -> None:
    bad = [traffic(T0 + i * MINUTE, 10, status=500) for i in (10, 11, 12, 40)]
    made.add(Facts(covered=[covered("edge", T0, END)], traffic=[*every_minute(T0, END, 10), *bad]))
    found = made.kpi("mtbf", T0, END)
    assert (found.value, found.n) == (56 * 60 / 2, 2)


def test_the_running_minute_is_not_judged_before_it_is_over(made: Bench) -> None:
    made.add(Facts(covered=[covered("edge", T0, T0 + 90 * SECOND)], traffic=every_minute(T0, T0 + 2 * MINUTE, 10)))
    assert made.kpi("availability", T0, T0 + 90 * SECOND).n == 1
