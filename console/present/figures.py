"""The figures a screen shows, as frozen values: already worded, toned and reduced to what fits the pixels.

X values are seconds since 1970 UTC as float64; y values are float64 in the chart's unit with NaN where nothing is known
(drawn as a gap). Widgets draw these and compute nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from console.model.moment import Moment
from console.model.number import Number
from console.present.tone import Tone

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pill:
    """A short statement in the status line. ``action``: id of the action a click runs, '' for none."""

    text: str
    tone: Tone = Tone.NEUTRAL
    badge: str = ""
    action: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class StatusLine:
    session: str
    day: str
    pills: tuple[Pill, ...] = ()
    user: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One KPI. ``value`` is '?' when unknown; ``stale`` greys it and ``fresh`` says its age ('' while live).

    ``number``: what opens its proof; None where there is none.
    """

    key: str
    title: str
    value: str
    tone: Tone
    note: str
    fresh: str = ""
    stale: bool = False
    spark: Floats = field(default_factory=lambda: np.empty(0))
    spoken: str = ""
    why: str = ""
    number: Number | None = None


@dataclass(frozen=True, slots=True)
class Buckets:
    """The stretches of time that a curve's samples stand for, in instants: equally long, the last one may be cut short.

    ``moment`` is what they were asked at, pinned.
    """

    first: int
    step: int
    end: int
    moment: Moment

    def number(self, kpi: str, index: int) -> Number:
        """What the sample at ``index`` shows: the KPI over its own bucket."""
        start = self.first + index * self.step
        return Number(kpi, start, min(start + self.step, self.end), moment=self.moment)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """``colour`` is a tone; ``faint`` curves are thin and dashed (the same time last week).

    ``kpi``: the KPI whose proof a point opens, over its bucket of ``buckets``; '' for none.
    """

    name: str
    colour: Tone
    xs: Floats
    ys: Floats
    faint: bool = False
    kpi: str = ""
    buckets: Buckets | None = None

    def number_near(self, x: float) -> Number | None:
        """What opens the proof of the sample nearest to ``x`` seconds; None where nothing is known or can be proven."""
        if self.buckets is None or not self.kpi or not len(self.xs):
            return None
        index = int(np.abs(self.xs - x).argmin())
        known = np.isfinite(self.ys[index]) and abs(self.xs[index] - x) <= self.buckets.step / 1e6
        return self.buckets.number(self.kpi, index) if known else None


@dataclass(frozen=True, slots=True)
class Threshold:
    y: float
    text: str
    tone: Tone = Tone.WARN


@dataclass(frozen=True, slots=True)
class Marker:
    """A vertical line: a release (dotted, unknown-violet) or an instant of an incident."""

    x: float
    text: str
    tone: Tone = Tone.UNKNOWN


@dataclass(frozen=True, slots=True)
class Band:
    """A shaded stretch: an incident, a back-filled span, a gap."""

    x0: float
    x1: float
    text: str
    tone: Tone = Tone.BAD


@dataclass(frozen=True, slots=True, eq=False)
class ChartFigure:
    """One time chart. ``unit``: percent (y is a share 0..1), ms, per_second or count; ``words.axis`` formats its ticks.

    ``legend`` is what stands right of the title: (text, tone) parts. ``twin``: the chart as text, header row first.
    """

    key: str
    title: str
    unit: str
    x0: float
    x1: float
    curves: tuple[Curve, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    markers: tuple[Marker, ...] = ()
    bands: tuple[Band, ...] = ()
    legend: tuple[tuple[str, Tone], ...] = ()
    y_max: float | None = None
    empty: str = ""
    spoken: str = ""
    zone: str = "UTC"

    def twin(self) -> list[list[str]]:
        """The chart as a table of texts: time and one column a curve (at most 200 rows)."""
        from console.present.twin import chart_rows

        return chart_rows(self)


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    tone: Tone = Tone.NEUTRAL
    badge: bool = False
    number: Number | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """``sort`` is the name SQL sorts by, '' when the column does not sort. ``width`` in pixels at 100 %, 0: takes the rest."""

    key: str
    title: str
    width: int
    right: bool = False
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """``key`` is 'SOURCE:TICKET' and survives refreshes; ``spoken`` is the row as one sentence."""

    key: str
    cells: tuple[Cell, ...]
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class TableWindow:
    """Rows [offset, offset + len(rows)) of ``total``. ``selected_at``: where the selected key stands now, -1 if it left."""

    columns: tuple[Column, ...]
    total: int
    offset: int
    rows: tuple[Row, ...]
    selected_at: int = -1
    empty: str = ""
    chips: tuple[Pill, ...] = ()


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One exit criterion in the panel: glyph and tone, title, value, aside (clock, n, why)."""

    key: str
    tone: Tone
    title: str
    value: str
    aside: str
    why: str = ""
    spoken: str = ""
    number: Number | None = None


@dataclass(frozen=True, slots=True)
class CriteriaPanel:
    summary: str
    lines: tuple[CriterionLine, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """One entry of a ticket's conversation or history."""

    head: str
    body: str
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """``facts`` are (label, value) pairs; all texts are plain text, never markup."""

    key: str
    severity: str
    title: str
    status: str
    meta: tuple[tuple[str, Tone], ...]
    body: str
    facts: tuple[tuple[str, str], ...] = ()
    remarks: tuple[Remark, ...] = ()
    url: str = ""
    can_acknowledge: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class TimelineFigure:
    """The strip under everything: errors as a line, opened tickets as bars, over the planned days. Heights are 0..1.

    ``word`` and ``tone`` say beside the clock how far the strip can be trusted: LIVE, PARTIAL, LATE, LOST, REVIEW.
    """

    x0: float
    x1: float
    now: float
    live: bool
    clock: str
    days: tuple[tuple[float, str], ...] = ()
    error_xs: Floats = field(default_factory=lambda: np.empty(0))
    error_ys: Floats = field(default_factory=lambda: np.empty(0))
    bar_xs: Floats = field(default_factory=lambda: np.empty(0))
    bar_heights: Floats = field(default_factory=lambda: np.empty(0))
    bar_width: float = 3600.0
    markers: tuple[Marker, ...] = ()
    bands: tuple[Band, ...] = ()
    spoken: str = ""
    word: str = "LIVE"
    tone: Tone = Tone.GOOD


@dataclass(frozen=True, slots=True, eq=False)
class CommandFigure:
    """Everything the Command screen shows but the queue's rows and the ticket's detail, which are asked for apart."""

    status: StatusLine
    tiles: tuple[Tile, ...]
    charts: tuple[ChartFigure, ...]
    criteria: CriteriaPanel
    timeline: TimelineFigure


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source on the Sources screen. ``progress`` 0..1 while a back-fill runs, None otherwise."""

    name: str
    kind: str
    title: str
    state: str
    tone: Tone
    address: str
    last_good: str
    next_poll: str
    trouble: str = ""
    note: str = ""
    progress: float | None = None
    progress_words: str = ""
    paused: bool = False
    rows: str = ""


@dataclass(frozen=True, slots=True)
class SourcesFigure:
    summary: str
    lines: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session file known here."""

    path: str
    name: str
    when: str
    size: str
    state: str
    current: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class SessionsFigure:
    free: str
    lines: tuple[SessionLine, ...] = ()
