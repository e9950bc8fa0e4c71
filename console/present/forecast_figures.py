"""The figures of the forecast card: worded, toned, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.present.figures import Pill


@dataclass(frozen=True, slots=True)
class Bar:
    """One coming day. ``share`` 0..1 is its height; ``first``: the first day with 80 %."""

    label: str
    date: str
    share: float
    text: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class WhatIfLine:
    """A pill, and the bars it changes to. ``spoken``: what it says as a sentence."""

    text: str
    value: str
    bars: tuple[Bar, ...]
    spoken: str


@dataclass(frozen=True, slots=True)
class Point:
    """One group of past forecasts: said ``forecast``, came true ``came``, between ``low`` and ``high``; all 0..1."""

    forecast: float
    came: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class ScoreFigure:
    """``text``: how good past forecasts were; ``points`` may be empty, then ``text`` says why."""

    text: str
    points: tuple[Point, ...] = ()
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class ForecastFigure:
    """``unknown``: the sentence shown in place of bars. ``target``: the dashed line. ``pills``: for the screen's header."""

    title: str
    aside: str
    bars: tuple[Bar, ...] = ()
    target: float = 0.8
    target_text: str = ""
    headline: str = ""
    what_ifs: tuple[WhatIfLine, ...] = ()
    notes: tuple[str, ...] = ()
    unknown: str = ""
    score: ScoreFigure = field(default_factory=lambda: ScoreFigure(""))
    pills: tuple[Pill, ...] = ()
    spoken: str = ""

    def twin(self) -> list[list[str]]:
        """The bars as a table of texts, header row first: a day, and a column for now and each what-if."""
        head = ["Exit by the end of", "Probability", *(line.text for line in self.what_ifs)]
        rows = [[bar.date, bar.text, *(line.bars[i].text for line in self.what_ifs)] for i, bar in enumerate(self.bars)]
        last = [["Past forecasts", self.score.text, *("" for _ in self.what_ifs)]] if self.score.text else []
        return [head, *rows, *last]
