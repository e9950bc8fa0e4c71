"""What every screen that watches a moment has: its clock, its moment, and the door through which it hears of changes."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from console.model.change import Change
from console.model.moment import LIVE, Moment
from widgets.bridge import Bridge


class WatchingScreen(QWidget):
    """``proof_asked`` carries the ``Number`` whose proof is wanted.

    A screen says how it refreshes. It does each ``tick_ms`` while it is shown, and when something of ``heard`` changed,
    unless it knows better when to ask (``_tick``, ``_changed``).
    """

    proof_asked = Signal(object)

    def __init__(
        self, bridge: Bridge, tick_ms: int, heard: Change = Change.NONE, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._heard = heard
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("role", "screen")
        self._bridge = bridge
        self._moment = LIVE
        self._clock = QTimer(self)
        self._clock.setInterval(tick_ms)
        self._clock.timeout.connect(self._tick)
        bridge.changed.connect(self._changed)

    @property
    def moment(self) -> Moment:
        return self._moment

    def set_moment(self, moment: Moment) -> None:
        """Show another moment; everything is asked again."""
        if moment != self._moment:
            self._moment = moment
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    @abstractmethod
    def refresh(self) -> None:
        """Ask everything again, if anyone is looking."""

    def _tick(self) -> None:
        self.refresh()

    def _changed(self, change: Change) -> None:
        if change & self._heard:
            self.refresh()
