"""A chart in its frame: title, legend, and in the legend's place the values under the cross-hair."""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.model.moment import from_seconds
from console.present import words
from console.present.figures import ChartFigure, Curve
from console.present.tone import Tone
from widgets import theme
from widgets.parts.card import Card
from widgets.parts.chart import Plot
from widgets.parts.crosshair import CrossHair
from widgets.parts.label import Label
from widgets.parts.twin import TwinPanel

_SLOTS = 6
_UNIT = {"percent": "share", "ms": "ms", "per_second": "per_second", "count": "count"}


class Chart(Card):
    """``zoomed`` carries seconds since 1970 UTC; ``reset`` asks for the usual span. The keyboard goes to ``plot``.

    ``why_wanted`` carries a span to be explained.
    """

    zoomed = Signal(float, float)
    why_wanted = Signal(float, float)
    reset = Signal()
    proof_asked = Signal(object)

    def __init__(self, crosshair: CrossHair, parent: QWidget | None = None) -> None:
        super().__init__("\u00a0", ruled=False, snug=True, parent=parent)
        self.plot = Plot(crosshair, self)
        self.body.addWidget(self.plot)
        self._crosshair = crosshair
        self._legend = [Label() for _ in range(_SLOTS)]
        strip = QHBoxLayout()
        strip.setSpacing(theme.current().px(5))
        for label in self._legend:
            strip.addWidget(label)
        self.header.addLayout(strip)
        self.plot.zoomed.connect(self.zoomed)
        self.plot.reset.connect(self.reset)
        self.plot.proof_asked.connect(self.proof_asked)
        self.plot.why_wanted.connect(self.why_wanted)
        self.plot.text_wanted.connect(self.show_text)
        crosshair.moved.connect(self._read_out)
        self.setFocusProxy(self.plot)

    @property
    def figure(self) -> ChartFigure:
        return self.plot.figure

    def show_figure(self, figure: ChartFigure) -> None:
        self.set_title(figure.title)
        self.plot.show_figure(figure)
        self.plot.setAccessibleName(figure.title)
        self.plot.setAccessibleDescription(figure.spoken or figure.empty)
        self._read_out(self._crosshair.x)

    def show_text(self) -> None:
        """Open the chart's numbers as a table over the window; Escape closes it."""
        panel = TwinPanel(self.figure.title, self.figure.twin(), self.window())
        panel.closed.connect(self.plot.setFocus)
        panel.open_over(self.window())

    def fit(self) -> None:
        super().fit()
        look = theme.current()
        self.head.setMinimumHeight(look.px(28))
        self.body.setContentsMargins(2, 0, 2, look.px(3))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            # Time runs from left to right whatever the language.
            self.plot.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    def _read_out(self, x: float) -> None:
        figure = self.figure
        if math.isnan(x) or not figure.x0 <= x <= figure.x1 or not figure.curves:
            self._say(figure.legend)
            return
        parts: list[tuple[str, Tone]] = [(_clock(figure, x), Tone.MUTED)]
        for curve in figure.curves:
            if not curve.faint:
                many = len(figure.curves) > 1 and not all(other.faint for other in figure.curves if other is not curve)
                value = value_text(figure.unit, value_at(curve, x))
                parts.append((f"{curve.name} {value}" if many else value, curve.colour))
        self._say(tuple(parts))

    def _say(self, parts: tuple[tuple[str, Tone], ...]) -> None:
        for index, label in enumerate(self._legend):
            text, tone = parts[index] if index < len(parts) else ("", Tone.MUTED)
            label.show_text(text)
            label.set_tone(tone)
            label.setVisible(bool(text))


def value_at(curve: Curve, x: float) -> float:
    """The sample nearest to ``x``; NaN in a gap, beyond the ends, or farther than two usual steps from any sample."""
    if not len(curve.xs):
        return math.nan
    index = int(np.searchsorted(curve.xs, x))
    near = [i for i in (index - 1, index) if 0 <= i < len(curve.xs)]
    nearest = min(near, key=lambda i: abs(float(curve.xs[i]) - x))
    step = float(np.median(np.diff(curve.xs))) if len(curve.xs) > 1 else math.inf
    return float(curve.ys[nearest]) if abs(float(curve.xs[nearest]) - x) <= 2 * step else math.nan


def value_text(unit: str, value: float) -> str:
    """A value of a chart in words; 'unknown' in a gap."""
    return "unknown" if math.isnan(value) else words.value_of(_UNIT[unit], value)


def _clock(figure: ChartFigure, x: float) -> str:
    zone = ZoneInfo(figure.zone)
    if figure.x1 - figure.x0 > 36 * 3600:
        return words.day_and_clock(from_seconds(x), zone)
    return words.clock(from_seconds(x), zone, seconds=figure.x1 - figure.x0 <= 1800)
