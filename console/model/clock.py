"""Clocks of sustained criteria: how long something has held, judged from stretches of good, bad and unknown time. Pure.

Unknown time neither counts nor resets. Time that was left out (planned maintenance) is no stretch at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.model.moment import SECOND, Span, merge

GOOD, BAD, UNKNOWN = "good", "bad", "unknown"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span that was judged as one; ``state`` is good, bad or unknown."""

    span: Span
    state: str


@dataclass(frozen=True, slots=True)
class Clock:
    """``held``: good microseconds since the last bad stretch, no more than ``needed``. ``unknown``: microseconds among
    them that nobody could judge. ``since``: where the run begins; ``reset_at``: the end of the last bad stretch, None
    when there was none.
    """

    held: int
    unknown: int
    needed: int
    since: int
    reset_at: int | None = None

    @property
    def full(self) -> bool:
        return self.held >= self.needed

    @property
    def could_be_full(self) -> bool:
        """Whether it would be full had all unknown time been good."""
        return self.held + self.unknown >= self.needed

    @property
    def coverage(self) -> float:
        """The known share of the run; 0 when there is no run at all."""
        whole = self.held + self.unknown
        return self.held / whole if whole else 0.0


def run(stretches: Sequence[Stretch], needed: int, at: int) -> Clock:
    """Walk back from ``at`` through stretches in the order of time, until something was bad or enough has held."""
    held = unknown = 0
    since = at
    for stretch in reversed(stretches):
        span = stretch.span.clip(Span(stretch.span.start, at))
        if not span.length:
            continue
        if stretch.state == BAD:
            return Clock(held, unknown, needed, since, span.end)
        if held + span.length >= needed and stretch.state == GOOD:
            return Clock(needed, unknown, needed, span.end - (needed - held))
        since = span.start
        if stretch.state == GOOD:
            held += span.length
        else:
            unknown += span.length
    return Clock(held, unknown, needed, since)


def without(spans: Sequence[Span], left_out: Sequence[Span]) -> list[Span]:
    """The time of ``spans`` that lies in none of ``left_out``; sorted, merged."""
    found: list[Span] = []
    holes = merge(list(left_out))
    for span in merge(list(spans)):
        start = span.start
        for hole in holes:
            if hole.end <= start or hole.start >= span.end:
                continue
            if hole.start > start:
                found.append(Span(start, hole.start))
            start = max(start, hole.end)
        if start < span.end:
            found.append(Span(start, span.end))
    return found


def trailing(end: int, length: int, floor: int, left_out: Sequence[Span]) -> Span:
    """The window that ends at ``end`` and holds ``length`` of time that counts, begun no earlier than ``floor``.

    Time that is left out makes the window reach further back, so that seven days are seven days that were judged.
    """
    start, missing = end, length
    for hole in reversed(merge([h.clip(Span(floor, max(floor, end))) for h in left_out])):
        if start - hole.end >= missing:
            break
        missing -= start - hole.end
        start = hole.start
    return Span(min(end, max(floor, start - missing)), end)


def counted(window: Span, left_out: Sequence[Span]) -> float:
    """Seconds of the window that count."""
    return sum(s.length for s in without([window], left_out)) / SECOND
