"""A session eight days after go-live and its criteria by key: what the stories about criteria share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from console.model.criterion import Criterion
from console.model.facts import Facts
from console.model.moment import DAY, LIVE, Moment
from console.queries import criteria
from tests.builders import T0, Bench, bench, covered, feed, jira, launch, scrape

GO = T0
NOW = T0 + 8 * DAY


@contextmanager
def session(folder: Path, days: float = 8, **session_keys: Any) -> Iterator[Bench]:
    """So many days after go-live, a gateway, a ticket system and a feed connected, nothing heard."""
    with bench(folder, GO) as made:
        made.settings(**launch(scrape("edge"), jira(), feed(), live=GO, **session_keys))
        made.clock.forward(days * 86_400)
        yield made


def judged(made: Bench, moment: Moment = LIVE) -> dict[str, Criterion]:
    return {c.criterion: c for c in criteria.ask(made.reader(moment), made.shelf)}


def heard(source: str, start: int = GO, end: int = NOW) -> Facts:
    return Facts(covered=[covered(source, start, end)])


def add(made: Bench, key: str, **table: Any) -> None:
    """A criterion of one's own, by decision."""
    made.decide("add_criterion", key, msgspec.json.encode(table).decode())


def edit(made: Bench, key: str, restart: bool = False, **change: Any) -> None:
    made.decide("edit_criterion", key, msgspec.json.encode({**change, "restart": restart}).decode(), comment="agreed")
