"""The span that moved and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.model.moment import DAY, HOUR, MINUTE, Span

DAYS_BACK = 7
SHORTEST = 2 * MINUTE


@dataclass(frozen=True, slots=True)
class Windows:
    """The span and what it is compared with; ``slot`` divides each of them, for measuring scatter."""

    span: Span
    before: tuple[Span, ...]
    slot: int
    every: tuple[Span, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "every", (self.span, *self.before))

    @property
    def slots(self) -> int:
        return max(1, -(-self.span.length // self.slot))


_SLOTS = tuple(m * MINUTE for m in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40))
_LONG_SLOTS = tuple(h * HOUR for h in (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 144, 240, 480))
_MOST_SLOTS = 12
_BY_THE_HOUR = 6 * HOUR


def by_the_hour(span: Span) -> bool:
    """Whether a span is so long that it is counted in whole hours."""
    return span.length > _BY_THE_HOUR


def windows(span: Span, earliest: int) -> Windows:
    """The same length just before, and the same hours of up to seven earlier days, as far back as anything is known.

    The span is cut to whole minutes, over six hours to whole hours. Spans longer than half a day are compared with whole
    days back only, where "just before" would be another time of day.
    """
    grain = HOUR if by_the_hour(span) else MINUTE
    start = span.start - span.start % grain
    length = max(SHORTEST, -(-(span.end - start) // grain) * grain)
    whole = Span(start, start + length)
    step = -(-length // DAY) * DAY
    shifts = [n * step for n in range(1, DAYS_BACK + 1)]
    if 2 * length <= step:
        shifts.insert(0, length)
    found = [Span(start - s, start - s + length) for s in shifts]
    slots = _LONG_SLOTS if grain == HOUR else _SLOTS
    slot = next((s for s in slots if length <= s * _MOST_SLOTS), slots[-1])
    return Windows(whole, tuple(s for s in found if s.end > earliest), slot)
