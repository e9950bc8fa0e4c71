"""What every screen that watches a moment has: its clock, its moment, and the door through which it hears of changes."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from console.model.change import Change
from console.model.moment import LIVE, Moment
from widgets.bridge import Bridge


class WatchingScreen(QWidget):
    """``proof_asked`` carries the ``Number`` whose proof is wanted. The clock runs only while the screen is shown.

    A screen says what to do on ``refresh``, ``_tick`` (each ``tick_ms``) and ``_changed`` (something was appended).
    """

    proof_asked = Signal(object)

    def __init__(self, bridge: Bridge, tick_ms: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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

    def refresh(self) -> None:
        """Ask everything again, if anyone is looking."""
        raise NotImplementedError

    def _tick(self) -> None:
        raise NotImplementedError

    def _changed(self, change: Change) -> None:
        raise NotImplementedError
