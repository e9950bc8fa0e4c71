"""Asks for what moved in a span and shows it over the window. One panel a screen, made when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from console.model.moment import Moment
from console.present.spike_figures import SpikeFigure
from widgets.bridge import Bridge
from widgets.spike.panel import SpikePanel


class Explaining(QObject):
    """``proof_asked`` carries the ``Number`` of a row. The question runs on the analysis lane."""

    proof_asked = Signal(object)

    def __init__(self, screen: QWidget, bridge: Bridge) -> None:
        super().__init__(screen)
        self._screen, self._bridge = screen, bridge
        self._panel: SpikePanel | None = None
        self._from: QWidget | None = None

    @property
    def panel(self) -> SpikePanel | None:
        return self._panel

    def ask(self, question: Callable[[Moment, int, int], SpikeFigure], moment: Moment, start: int, end: int) -> None:
        """Open the panel and ask; a newer question replaces an older one."""
        if self._panel is None:
            # A child of the screen, not of the window: it goes when its screen goes.
            self._panel = SpikePanel(self._screen)
            self._panel.closed.connect(self._closed)
            self._panel.proof_asked.connect(self.proof_asked)
        if not self._panel.isVisible():
            self._from = QApplication.focusWidget()
        self._panel.wait()
        self._panel.open_over(self._screen)
        self._bridge.attend("spike", self._show, question, moment, start, end, failed=self._fail)

    def _show(self, figure: SpikeFigure) -> None:
        if self._panel is not None:
            self._panel.show_figure(figure)

    def _fail(self, sentence: str) -> None:
        if self._panel is not None:
            self._panel.say(sentence)

    def _closed(self) -> None:
        if self._from is not None and shiboken6.isValid(self._from):
            self._from.setFocus()
        self._from = None
