"""The shipped rules on the simulated launch: what was planted is noticed in time, calm hours stay calm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.model.moment import HOUR, MINUTE, Span, parse_instant
from console.queries.alert_book import all_rules
from console.queries.alert_records import Firing
from console.queries.backtest import BacktestAnswer, backtest
from console.queries.shelf import TicketShelf
from console.sources.launch import inside, session
from console.sources.launch.truth import truth
from tests.builders import Bench, bench

NOW = parse_instant("2026-11-20T14:21:00Z")
SEEDS = (7, 11, 23)


def planted(seed: int, kind: str) -> tuple[Span, dict[str, Any]]:
    item = next(i for i in truth(seed, NOW)["items"] if i["kind"] == kind)
    return Span(parse_instant(item["start"]), parse_instant(item["end"])), item


@contextmanager
def launched(folder: Path, seed: int, span: Span) -> Iterator[Bench]:
    """The launch's calls and tickets of a span."""
    with bench(folder, NOW, f"{seed}-{span.start}.hypercare") as made:
        document = session.settings("http://127.0.0.1:1", NOW, seed)
        document["source"] = [s for s in document["source"] if s["name"] in ("edge", "shop")]
        made.settings(**document)
        made.add(inside.facts(seed, NOW, span.start, span.end, tables=("traffic",)))
        yield made


def tried(made: Bench, name: str) -> BacktestAnswer:
    reader = made.reader()
    rule = next(r for r in all_rules(reader) if r.name == name)
    return backtest(reader, TicketShelf(), {"edge": 10.0, "shop": 30.0}, rule)


def of_route(firings: tuple[Firing, ...], route: str) -> list[Firing]:
    return [f for f in firings if dict(f.labels).get("route") == route]


@pytest.mark.thorough
@pytest.mark.parametrize("seed", SEEDS)
def test_the_incident_is_noticed_within_ten_minutes_and_ends_with_it(tmp_path: Path, seed: int) -> None:
    incident, _ = planted(seed, "incident")
    span = Span(incident.start - 2 * HOUR, incident.end + HOUR)
    with launched(tmp_path, seed, span) as made:
        critical = tried(made, "critical-5xx")
        first = min(critical.firings, key=lambda f: f.fired)
        assert incident.start <= first.fired <= incident.start + 10 * MINUTE
        assert first.ended is not None
        assert incident.end - 5 * MINUTE <= first.ended <= incident.end + 20 * MINUTE
        routes = tried(made, "route-5xx")
        assert len(routes.firings) >= 3
        told = [n for n in routes.notices if not n.kept]
        assert len(told) < len(routes.firings)
        assert not [f for f in routes.firings if f.fired < incident.start]


@pytest.mark.thorough
@pytest.mark.parametrize("seed", SEEDS)
def test_the_release_that_breaks_payments_is_noticed_within_ten_minutes(tmp_path: Path, seed: int) -> None:
    broken, item = planted(seed, "release_that_breaks")
    with launched(tmp_path, seed, Span(broken.start - 3 * HOUR, NOW)) as made:
        found = of_route(tried(made, "critical-5xx").firings, item["routes"][0])
        assert [f.ended for f in found] == [None]
        assert broken.start <= found[0].fired <= broken.start + 15 * MINUTE


@pytest.mark.thorough
@pytest.mark.parametrize("seed", SEEDS)
def test_calm_hours_stay_calm(tmp_path: Path, seed: int) -> None:
    incident, _ = planted(seed, "incident")
    with launched(tmp_path, seed, Span(incident.end + 4 * HOUR, incident.end + 16 * HOUR)) as made:
        for name in ("critical-5xx", "route-5xx", "burn-5xx"):
            assert tried(made, name).firings == (), name


@pytest.mark.thorough
def test_what_nobody_reports_leaks_and_is_found_by_the_slow_rule(tmp_path: Path) -> None:
    silent, item = planted(7, "silent_errors")
    with launched(tmp_path, 7, Span(silent.start - 6 * HOUR, silent.start + 24 * HOUR)) as made:
        assert of_route(tried(made, "route-5xx").firings, item["routes"][0]) == []
        leaks = of_route(tried(made, "route-leak").firings, item["routes"][0])
        assert leaks
        assert leaks[0].fired >= silent.start
