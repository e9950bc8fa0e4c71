"""The whole minutes that alert rules are sampled over, and the series that come of them.

A minute that is not covered is unknown, whatever stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from console.model.alert_watch import Samples
from console.model.moment import MINUTE, Span, minute_of
from console.model.rolling import Bools, Floats
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.series import Grid, coverage_of

Labels = tuple[tuple[str, str], ...]
"""Sorted pairs: the name of a series inside a rule."""

_WHOLE_S = 59.999


@dataclass(frozen=True, eq=False)
class Family:
    """All series of a rule over [first, first + count minutes). ``known``: which minutes are covered, for every series.

    ``make`` gives the samples of one series. ``blank``: a series of which nothing was heard still has its known minutes.
    ``why``: what is missing when no minute can be known.
    """

    first: int
    known: Bools
    series: dict[Labels, Any]
    why: str = ""
    share: bool = False

    def __len__(self) -> int:
        return len(self.known)

    def labels(self) -> list[Labels]:
        return sorted(self.series)

    def of(self, labels: Labels) -> Samples:
        found = self.series.get(labels)
        if found is None:
            zeros = np.zeros(len(self.known))
            if self.share:
                return Samples(self.first, self.known, np.full(len(zeros), np.nan), zeros, zeros)
            return Samples(self.first, self.known, np.full(len(zeros), np.nan))
        made: Samples = found() if callable(found) else found
        return made

    def each(self) -> Iterator[tuple[Labels, Samples]]:
        for labels in self.labels():
            yield labels, self.of(labels)


@dataclass(eq=False)
class Minutes:
    """Whole minutes [start, end). ``periods``: seconds between two polls, by source. ``held``: what several rules ask for."""

    reader: Reader
    periods: Mapping[str, float]
    start: int
    end: int
    held: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start, self.end = minute_of(self.start), max(minute_of(self.start), minute_of(self.end))

    @property
    def count(self) -> int:
        return (self.end - self.start) // MINUTE

    @cached_property
    def traffic_known(self) -> Bools:
        return self.covered(self.reader.traffic_coverage)

    def covered(self, spans: list[Span], start: int | None = None) -> Bools:
        """Which whole minutes lie inside the spans."""
        begin = self.start if start is None else start
        if begin >= self.end:
            return np.zeros(0, np.bool_)
        seconds = coverage_of(spans, Grid(Span(begin, self.end), MINUTE))
        return np.asarray(seconds >= _WHOLE_S)

    @cached_property
    def nothing(self) -> Floats:
        return np.full(self.count, np.nan)

    def place(self, column: str = "minute") -> str:
        return f"(epoch_us({column}) - {self.start}) // {MINUTE}"

    def spread(self, places: Any, values: Any) -> Floats:
        """Values at their minutes, 0 elsewhere."""
        found = np.zeros(self.count)
        at = np.asarray(places, np.int64)
        inside = (at >= 0) & (at < self.count)
        found[at[inside]] = np.asarray(np.ma.filled(values, 0), np.float64)[inside]
        return found

    def known_by(self) -> str:
        return "" if self.reader.known is None else f" AND known_at <= {stamp(self.reader.known)}"
