"""A scripted launch of eight days in a real Prometheus: the exit criteria, minute by minute, are those of a slow reading.

The script has what makes judging hard: two outages that together use up the budget, nights with hardly a call, hours
nobody recorded, a stretch in which a busy gateway says nothing, and data that arrives after it was asked for.
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.stories.servers import Program, Raw, prometheus, until, write_settings

DAY = 24 * 60
WEEK = 7 * DAY
GO = DAY
"""Go-live, in minutes after the first sample."""
TICKS = GO + 8 * DAY
OUTAGES = (range(GO + 200, GO + 206), range(GO + 5 * DAY + 700, GO + 5 * DAY + 706))
UNRECORDED = range(GO + 300, GO + 480)
HUSHED = range(GO + 6 * DAY + 660, GO + 6 * DAY + 665)
LATE_FROM = TICKS - 150
"""What the first server does not have yet."""
BUDGET = 0.001 * WEEK


@dataclass(frozen=True)
class Script:
    """Calls and errors of every minute; ``first`` is the first sample, a full hour, in minutes since 1970."""

    first: int
    calls: tuple[int, ...]
    errors: tuple[int, ...]

    def at(self, minute: int) -> str:
        return f"{datetime.fromtimestamp((self.first + minute) * 60, UTC):%Y-%m-%dT%H:%M:00Z}"

    def samples(self, upto: int) -> str:
        """The gateway's counters in the middle of every minute, as far as they were recorded."""
        good = bad = 0
        lines: dict[str, list[str]] = {"200": [], "502": []}
        for tick in range(upto + 1):
            bad += self.errors[tick]
            good += self.calls[tick] - self.errors[tick]
            if tick not in UNRECORDED:
                for code, total in (("200", good), ("502", bad)):
                    labels = f'code="{code}",route="pay",job="apisix",instance="gw:9091"'
                    lines[code].append(f"apisix_http_status{{{labels}}} {total} {(self.first + tick) * 60 + 30}")
        return "\n".join(["# TYPE apisix_http_status unknown", *lines["200"], *lines["502"], "# EOF", ""])


def night(minute: int) -> bool:
    """The same hours of every day, counted from the first sample: at whatever time of day this runs, the script is one."""
    return minute // 60 % 24 in (4, 5, 6)


def script(now_minute: int) -> Script:
    chance = random.Random(5)
    first = (now_minute - TICKS) // 60 * 60
    calls, errors = [], []
    for minute in range(TICKS + 1):
        number = int(chance.random() < 0.4) if night(minute) else chance.randrange(10, 40)
        if minute in HUSHED:
            number = 0
        failed = int(number > 25 and chance.random() < 0.002)
        if any(minute in outage for outage in OUTAGES):
            number = failed = max(5, number)
        calls.append(number)
        errors.append(failed)
    return Script(first, tuple(calls), tuple(errors))


@dataclass(frozen=True)
class Reading:
    """The definitions of the two gateway criteria in plain Python, over what was recorded up to ``held`` minutes."""

    told: Script
    held: int

    def _known(self, minute: int) -> bool:
        """Whether samples speak for all of the minute: not where a silence begins or ends inside it."""
        return minute < self.held and not UNRECORDED[0] - 1 <= minute <= UNRECORDED[-1] + 1

    def _verdict(self, minute: int) -> str:
        if not self._known(minute):
            return "unknown"
        calls, errors = self.told.calls[minute], self.told.errors[minute]
        if calls:
            return "bad" if errors >= 0.05 * calls else "good"
        return "good" if night(minute) else "unknown"

    def uptime(self, now: int) -> tuple[str, float]:
        """State and budget left in minutes."""
        judged = [self._verdict(minute) for minute in range(max(GO, now - WEEK), now)]
        known = sum(v != "unknown" for v in judged)
        left = BUDGET - judged.count("bad")
        if left < 0 or len(judged) < WEEK:
            return "not_met", left
        return ("met" if known / WEEK >= 0.99 else "unknown"), left

    def errors(self, now: int) -> str:
        start, end = max(GO, now - WEEK), min(now, self.held)
        begun, ended = UNRECORDED[0] - 1, UNRECORDED[-1] + 2
        # What was counted over a silence belongs to windows that hold all of it, and to no other.
        whole = start <= begun and ended <= end
        counted = [m for m in range(start, end) if whole or not begun < m < ended]
        calls, errors = sum(self.told.calls[m] for m in counted), sum(self.told.errors[m] for m in counted)
        coverage = len(counted) / (now - start)
        if errors / calls * coverage >= 0.001:
            return "not_met"
        if coverage < 0.99:
            return "unknown"
        if upper(errors) / calls >= 0.001:
            return "unknown"
        return "met" if now - start >= WEEK else "not_met"


def upper(events: int) -> float:
    """The mean under which so few events have a chance of one in twenty, by trying ever finer."""

    def at_most(mean: float) -> float:
        return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(events + 1))

    mean, step = float(events) + 0.001, 8.0
    while step > 1e-7:
        while at_most(mean + step) > 0.05:
            mean += step
        step /= 2
    return mean


def instants(upto: int) -> list[int]:
    """Every minute around what changes a verdict, and every seventh hour between."""
    turns = [GO, *(o[0] for o in OUTAGES), UNRECORDED[0], UNRECORDED[-1], HUSHED[0], GO + WEEK]
    turns += [OUTAGES[0][0] + WEEK, UNRECORDED[0] + WEEK, UNRECORDED[-1] + WEEK, LATE_FROM]
    near = {turn + away for turn in turns for away in range(-3, 9)}
    return sorted(
        m
        for m in near | set(range(GO + 30, upto, 420)) | set(range(UNRECORDED[0] + WEEK, UNRECORDED[-1] + WEEK, 15))
        if GO < m <= upto
    )


@pytest.mark.thorough
@pytest.mark.timeout(240)
def test_the_criteria_of_a_scripted_launch_are_judged_minute_by_minute(tmp_path: Path) -> None:
    told = script(int(time.time()) // 60 - 2)
    program, session = Program(tmp_path / "home"), tmp_path / "launch.hypercare"

    def settings(url: str) -> Path:
        source = {"name": "edge", "kind": "prometheus", "flavour": "apisix", "url": url, "period_s": 5}
        live = Raw(told.at(GO))
        return write_settings(
            tmp_path / "settings.toml", source, name="Story", go_live=live, lookback_days=1, time_zone="UTC"
        )

    def collected(url: str, held: int, wanted: list[int]) -> dict[int, dict[str, Any]]:
        """What is judged at each instant once the server's samples are all stored."""
        config = settings(url)
        with program.started("collect", "--config", config, "--session", session) as collecting:
            calls = sum(told.calls[1:held])

            def all_there() -> bool:
                question = {"name": "throughput", "from": told.at(1), "to": told.at(held)}
                found = program.holder(session, "kpi", **question)
                assert found["n"] <= calls, "a call was counted twice"
                return bool(found["n"] == calls)

            until(all_there, f"{calls} calls were not read", 90)
            found = {
                now: {row["criterion"]: row for row in program.holder(session, "check", at=told.at(now))}
                for now in wanted
            }
            assert collecting.stop() == 0
        return found

    with prometheus(told.samples(LATE_FROM), tmp_path / "first") as url:
        early = collected(url, LATE_FROM, [now for now in instants(TICKS) if now > LATE_FROM - 400])
    with prometheus(told.samples(TICKS), tmp_path / "second") as url:
        late = collected(url, TICKS, instants(TICKS))
    states: dict[str, set[str]] = {"uptime": set(), "error_rate_5xx": set()}
    for held, answers in ((LATE_FROM, early), (TICKS, late)):
        slow = Reading(told, held)
        for now, found in answers.items():
            state, left = slow.uptime(now)
            ours = found["uptime"]
            assert (ours["state"], ours["budget_left_s"]) == (state, pytest.approx(left * 60)), (held, now, ours)
            assert found["error_rate_5xx"]["state"] == slow.errors(now), (held, now, found["error_rate_5xx"])
            assert found["p1_resolved"]["state"] == "unknown"
            states["uptime"].add(state)
            states["error_rate_5xx"].add(slow.errors(now))
    # The script is worth little if a verdict never comes.
    assert states == {"uptime": {"not_met", "unknown", "met"}, "error_rate_5xx": {"not_met", "unknown", "met"}}
