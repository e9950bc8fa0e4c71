"""Pictures of the Command screen in its frame, from canned figures: ``python -m tests.pictures.command FOLDER``.

To be looked at by eye beside the design; nothing here judges them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from tests.widgets import figures
from tests.widgets.command_desk import CommandDesk, PromptLanes
from widgets import theme
from widgets.bridge import Bridge
from widgets.command.screen import CommandScreen
from widgets.statusline import StatusLineBar
from widgets.timeline import TimelineStrip

SHOTS = (
    ("dark", 1600, 900, theme.Look.DARK, 1.0),
    ("light", 1600, 900, theme.Look.LIGHT, 1.0),
    ("contrast", 1600, 900, theme.Look.CONTRAST, 1.0),
    ("double", 1600, 900, theme.Look.DARK, 2.0),
    ("small", 1280, 720, theme.Look.DARK, 1.0),
    ("full_hd", 1920, 1080, theme.Look.DARK, 1.0),
    ("uhd", 3840, 2160, theme.Look.DARK, 2.0),
)


def frame(bridge: Bridge, desk: CommandDesk) -> QWidget:
    """Status line, an empty rail, the screen and the timeline, as the window places them."""
    window = QWidget()
    window.setProperty("role", "screen")
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    status, timeline, screen = StatusLineBar(), TimelineStrip(), CommandScreen(bridge, desk)
    status.show_figure(figures.status())
    timeline.show_figure(figures.timeline())
    row = QHBoxLayout()
    row.addSpacing(theme.current().px(56))
    row.addWidget(screen)
    column.addWidget(status)
    column.addLayout(row, 1)
    column.addWidget(timeline)
    return window


def main(folder: Path) -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, look, scale in SHOTS:
        theme.apply(app, theme.Theme(look, scale))
        bridge = Bridge(PromptLanes())
        window = frame(bridge, CommandDesk())
        window.resize(width, height)
        window.show()
        window.findChild(CommandScreen).focus_queue()
        for _ in range(20):
            app.processEvents()
        window.grab().save(str(folder / f"command_{name}.png"))
        window.close()
        bridge.close()
        window.deleteLater()
        app.processEvents()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "pictures"))
