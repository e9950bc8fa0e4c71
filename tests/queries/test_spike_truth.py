"""Explanations against the simulated launch: what was planted is found, and what was shuffled is not claimed.

All fifty launches with everything planted in each: ``python -m tests.soak spike``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from console.model.comparing import troubled
from console.model.moment import HOUR, MINUTE, Span
from console.model.spike import FALSE_CLAIMS, Counts, Family, Levels, State, weigh
from console.queries import spike
from console.queries.shelf import TicketShelf
from console.queries.spike_gateway import failures
from tests.launch_truth import PLANTED, families, launched, now_of, planted, ranks, span_of


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(100, 108))
def test_what_was_planted_is_among_the_first_three(seed: int) -> None:
    kinds = (PLANTED[seed % len(PLANTED)],)
    found = ranks(seed, kinds)
    assert all(1 <= rank <= 3 for rank in found.values()), found


@pytest.mark.thorough
def test_shuffled_minutes_are_claimed_in_fewer_than_one_list_of_twenty(tmp_path: Path) -> None:
    """The launch's own counts, troubles and all, with the time taken out of them: no span is special any more."""
    seed = 60
    span = span_of(planted(seed)["release_that_breaks"], seed)
    rng = np.random.default_rng(seed)
    lists = 60
    with launched(tmp_path, seed, [span]) as made:
        told = families(made, span)
    assert claims(told) > 0
    false = sum(claims(shuffled(told, rng)) > 0 for _ in range(lists))
    assert false / lists <= FALSE_CLAIMS


def claims(told: list[Family]) -> int:
    return sum(f.state is State.MOVED for f in weigh(told, troubled(*failures(told))))


def shuffled(told: list[Family], rng: np.random.Generator) -> list[Family]:
    """Every candidate with the same slots in another order: what moved together still does."""
    found: list[Family] = []
    orders: dict[tuple[int, int], np.ndarray] = {}
    for family in told:
        cells = (family.events if isinstance(family, Counts) else family.values).shape[1:]
        order = orders.setdefault((cells[0], cells[1]), rng.permutation(cells[0] * cells[1]))
        if isinstance(family, Levels):
            found.append(Levels(family.kind, family.measure, family.unit, family.names, moved(family.values, order)))
            continue
        exposure = np.broadcast_to(family.exposure, family.events.shape)
        found.append(
            Counts(
                family.kind,
                family.measure,
                family.unit,
                family.names,
                moved(family.events, order),
                moved(exposure, order),
            )
        )
    return found


def moved(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    return values.reshape(len(values), -1)[:, order].reshape(values.shape)


@pytest.mark.thorough
def test_an_ordinary_hour_has_little_to_tell(tmp_path: Path) -> None:
    """Hours in which nothing begins: what moves then is at most a handful of rows, never the whole list."""
    seed = 61
    now = now_of(seed)
    spans = [Span(now - n * HOUR - 30 * MINUTE, now - (n - 1) * HOUR - 30 * MINUTE) for n in (9, 12, 15)]
    with launched(tmp_path, seed, spans) as made:
        shelf = TicketShelf()
        claimed = [
            sum(f.state is State.MOVED for f in spike.ask(made.reader(), shelf, s.start, s.end).findings) for s in spans
        ]
    assert sum(claimed) <= 3, claimed
