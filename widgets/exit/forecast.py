"""When may we stop? Bars a day, what-ifs that change them, and how good past forecasts were.

One would get wrong: asking for every append. A forecast takes a good part of a second on the analysis lane and says the
same a minute later, so that it rests between two questions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from console.model.change import Change
from console.model.moment import LIVE, Moment
from console.present.figures import Pill
from console.present.forecast_figures import ForecastFigure
from console.present.tone import Tone
from widgets import theme
from widgets.bridge import Bridge
from widgets.command.asking import Turn
from widgets.exit.forecast_bars import CalibrationPlot, ForecastBars
from widgets.parts.card import Card
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Label
from widgets.parts.pill import PillButton
from widgets.parts.twin import TwinPanel

_TICK_MS = 10_000
_EVERY_S = 60.0
_SOON_S = 5.0
_AT_ONCE = Change.CRITERIA | Change.DECISIONS | Change.SETTINGS | Change.TICKETS


class ForecastDesk(Protocol):
    """What the card asks of the desk; blocking, run on the analysis lane."""

    def forecast(self, moment: Moment) -> ForecastFigure: ...


class ForecastCard(Card):
    """``pills_changed`` carries the pills for the screen's header, each time they differ."""

    pills_changed = Signal(object)

    def __init__(
        self,
        bridge: Bridge,
        desk: ForecastDesk,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("When may we stop?", parent=parent)
        self._bridge, self._desk = bridge, desk
        self._moment = LIVE
        self._turn = Turn(clock)
        self._pills: tuple[Pill, ...] = ()
        self._chosen = ""
        self.figure: ForecastFigure | None = None
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        bridge.changed.connect(self._changed)

    @property
    def moment(self) -> Moment:
        return self._moment

    @property
    def chosen(self) -> str:
        """The what-if that is shown, '' for things as they are."""
        return self._chosen

    @property
    def what_ifs(self) -> list[PillButton]:
        return [pill for pill in self._buttons if not pill.isHidden()]

    def set_moment(self, moment: Moment) -> None:
        if moment != self._moment:
            self._moment = moment
            self._chosen = ""
            self.refresh()

    def refresh(self) -> None:
        if self.isVisible():
            self._ask()

    def show_figure(self, figure: ForecastFigure) -> None:
        self.figure = figure
        self.set_aside(figure.aside)
        self.unknown.show_text(figure.unknown)
        self.unknown.setVisible(bool(figure.unknown))
        for part in (self.bars, self.headline):
            part.setVisible(not figure.unknown)
        self.notes.show_text("\n".join(figure.notes))
        self.notes.setVisible(bool(figure.notes))
        self.score.show_text(figure.score.text)
        self.calibration.show_points(figure.score)
        self.calibration.setVisible(bool(figure.score.points))
        if self._chosen not in [line.text for line in figure.what_ifs]:
            self._chosen = ""
        self._show_what_ifs(figure)
        self._show_bars()
        self.as_text.setVisible(bool(figure.bars))
        if figure.pills != self._pills:
            self._pills = figure.pills
            self.pills_changed.emit(figure.pills)

    def show_text(self) -> None:
        """Open the bars as a table over the window; Escape closes it."""
        if self.figure is None or not self.figure.bars:
            return
        panel = TwinPanel(self.figure.title, self.figure.twin(), self.window())
        panel.closed.connect(self.bars.setFocus)
        panel.open_over(self.window())

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._buttons: list[PillButton] = []
        self.headline = Label("", "strong")
        self.unknown = Label("The forecast is being made …", tone=Tone.UNKNOWN, wrap=True)
        self.bars = ForecastBars(self)
        self.bars.text_wanted.connect(self.show_text)
        self.pill_area = QWidget(self)
        self.pill_row = FlowLayout(self.pill_area)
        self.notes = Label("", "muted", wrap=True)
        self.score = Label("", "muted", wrap=True)
        self.calibration = CalibrationPlot(self)
        self.as_text = QPushButton("As text", self)
        self.as_text.setAccessibleName("The forecast as a table of text")
        self.as_text.clicked.connect(self.show_text)
        self.header.addWidget(self.as_text)
        self.body.addWidget(self.unknown)
        self.body.addWidget(self.headline)
        self.body.addWidget(self.bars)
        self.body.addWidget(self.pill_area)
        self.body.addWidget(self.notes)
        self._past = QHBoxLayout()
        self._past.addWidget(self.calibration)
        self._past.addWidget(self.score, 1)
        self.body.addLayout(self._past)
        self.body.addStretch(1)
        for part in (self.bars, self.headline, self.notes, self.calibration, self.as_text, self.pill_area):
            part.setVisible(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_past"):
            self._past.setSpacing(theme.current().px(8))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._chosen:
            self._choose("")
        else:
            super().keyPressEvent(event)

    # -- what-ifs -------------------------------------------------------------------------------------------------

    def _show_what_ifs(self, figure: ForecastFigure) -> None:
        while len(self._buttons) < len(figure.what_ifs):
            made = PillButton(parent=self.pill_area)
            made.setCheckable(True)
            made.acted.connect(self._toggle)
            self.pill_row.addWidget(made)
            self._buttons.append(made)
        for place, button in enumerate(self._buttons):
            button.setVisible(place < len(figure.what_ifs))
            if place < len(figure.what_ifs):
                line = figure.what_ifs[place]
                button.show_pill(Pill(f"{line.text}: {line.value}", action=line.text, spoken=line.spoken))
                button.setChecked(line.text == self._chosen)
        self.pill_area.setVisible(bool(figure.what_ifs))

    def _toggle(self, text: str) -> None:
        self._choose("" if text == self._chosen else text)

    def _choose(self, text: str) -> None:
        self._chosen = text
        if self.figure is not None:
            self._show_what_ifs(self.figure)
            self._show_bars()

    def _show_bars(self) -> None:
        figure = self.figure
        if figure is None:
            return
        line = next((w for w in figure.what_ifs if w.text == self._chosen), None)
        if line is None:
            self.bars.show_bars(figure.bars, figure.target, figure.target_text, spoken=figure.spoken)
            self.headline.show_text(figure.headline)
            return
        spoken = f"{line.spoken}. " + ", ".join(f"{bar.label} {bar.text}" for bar in line.bars)
        self.bars.show_bars(line.bars, figure.target, figure.target_text, figure.bars, spoken)
        self.headline.show_text(f"{line.text}: {line.value}")

    # -- asking ---------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self._moment.live and self._turn.age() >= _EVERY_S:
            self._ask()

    def _changed(self, change: Change) -> None:
        # What is not known yet may be known with the next answer of a source, while history is still coming in.
        concerns = bool(change & _AT_ONCE) or self.figure is None or bool(self.figure.unknown)
        if self.isVisible() and self._moment.live and concerns and self._turn.age() >= _SOON_S:
            self._ask()

    def _ask(self) -> None:
        if self._turn.start():
            self._bridge.attend("forecast", self._show, self._desk.forecast, self._moment, failed=self._fail)

    def _show(self, figure: ForecastFigure) -> None:
        again = self._turn.done()
        if not again:
            self.show_figure(figure)
        elif self.isVisible():
            self._ask()

    def _fail(self, sentence: str) -> None:
        self._turn.done()
        self.show_figure(ForecastFigure("When may we stop?", "", unknown=f"Unknown: {sentence}"))
