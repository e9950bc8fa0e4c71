"""Waiting for a window that is to have its picture taken: its event loop runs, and asks every few milliseconds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

_ASK_MS = 5


def until(ready: Callable[[], bool], seconds: float) -> None:
    """Let the window live until it is ready; a picture of what is there is better than none."""
    if ready():
        return
    loop, ask, late = QEventLoop(), QTimer(), QTimer()

    def look() -> None:
        if ready():
            loop.quit()

    ask.timeout.connect(look)
    late.setSingleShot(True)
    late.timeout.connect(loop.quit)
    ask.start(_ASK_MS)
    late.start(round(seconds * 1000))
    loop.exec()
    ask.stop()
    late.stop()


def settle(seconds: float = 1.2) -> None:
    """Answers that are under way arrive within this, and nothing announces the last of them."""
    until(lambda: False, seconds)
