"""Notices that leave the window: the system's tray within the alert budget, a sound for P1 only. All stay inside too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from console.model.change import Change
from console.model.moment import SECOND
from console.model.notice_budget import NoticeBudget
from console.present.alerts_figures import NoticeRow
from console.present.tone import Tone
from widgets.bridge import Bridge
from widgets.parts.icon import icon


class Tray(Protocol):
    """Where the desktop shows a notice."""

    def tell(self, title: str, text: str) -> None: ...

    def when_clicked(self, then: Callable[[], None]) -> None:
        """``then``: a bound method, called when somebody clicks what was told last."""
        ...

    def close(self) -> None: ...


class SystemTray:
    """The system's own notification area."""

    def __init__(self, parent: QObject) -> None:
        self._icon = QSystemTrayIcon(icon("logo"), parent)
        self._icon.setToolTip("Hypercare Console")
        self._icon.show()

    def tell(self, title: str, text: str) -> None:
        self._icon.showMessage(title, text, QSystemTrayIcon.MessageIcon.Warning)

    def when_clicked(self, then: Callable[[], None]) -> None:
        self._icon.messageClicked.connect(then)

    def close(self) -> None:
        self._icon.hide()


def system_tray(parent: QObject) -> Tray | None:
    """None where the system has no such place."""
    return SystemTray(parent) if QSystemTrayIcon.isSystemTrayAvailable() else None


class AlertNotices(QObject):
    """Hears of new notices and passes each on once. ``loud`` carries that of a P1 for the window's banner.

    ``late`` carries the newest notice of tickets whose time is used up, for the same place; ``open_asked`` one that was clicked.
    """

    loud = Signal(object)
    late = Signal(object)
    open_asked = Signal(object)

    def __init__(self, bridge: Bridge, desk: Any, tray: Tray | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._desk, self._tray = bridge, desk, tray
        self._seen: set[str] | None = None
        self._budget = NoticeBudget()
        self._shown: NoticeRow | None = None
        if tray is not None:
            tray.when_clicked(self._follow)
        bridge.changed.connect(self._changed)
        self._ask()

    def close(self) -> None:
        self._bridge.changed.disconnect(self._changed)
        if self._tray is not None:
            self._tray.close()

    def _changed(self, change: Change) -> None:
        if change & Change.ALERTS:
            self._ask()

    def _ask(self) -> None:
        self._bridge.ask("notices", self._heard, self._desk.alert_notices)

    def _heard(self, notices: tuple[NoticeRow, ...]) -> None:
        known = self._seen
        self._seen = {notice.id for notice in notices}
        if known is None:
            # What was told before this window came up is read on the screen, not shouted again.
            return
        fresh = [notice for notice in notices if notice.id not in known and not notice.kept]
        for notice in fresh:
            self._tell(notice)
        late = [notice for notice in fresh if notice.opens and notice.tone is Tone.BAD and not notice.loud]
        if late:
            self.late.emit(late[-1])

    def _tell(self, notice: NoticeRow) -> None:
        if notice.loud:
            QApplication.beep()
            self.loud.emit(notice)
        allowed = self._budget.spend(round(time.time() * SECOND), loud=notice.loud)
        if self._tray is None:
            return
        if allowed:
            self._shown = notice
            self._tray.tell("Hypercare", notice.text)
        elif self._budget.used_up():
            self._shown = None
            self._tray.tell("Hypercare", "More alerts than anyone can read; the rest are listed in the Alerts screen.")

    def _follow(self) -> None:
        if self._shown is not None and self._shown.opens:
            self.open_asked.emit(self._shown)
