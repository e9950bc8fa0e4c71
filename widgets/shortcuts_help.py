"""All keys on one sheet, read off the action book each time it opens, so that it agrees with what the keys do."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from widgets import theme
from widgets.actions import Action, key_words
from widgets.parts.layer import Layer


def by_group(actions: Iterable[Action]) -> dict[str, list[tuple[str, str]]]:
    """Group → (keys as people write them, text), actions without keys left out. Pure."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in actions:
        if action.keys:
            words = "  or  ".join(key_words(key) for key in action.keys)
            groups.setdefault(action.group, []).append((words, action.text))
    return groups


class ShortcutsHelp(Layer):
    def __init__(self, window: QWidget) -> None:
        super().__init__("All keys", window)
        self.setProperty("role", "raised")
        self.setObjectName("shortcuts-help")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

        title = QLabel("All keys", self)
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setProperty("role", "title")
        self.done = QPushButton("Close", self)
        self.done.setAccessibleName("Close the list of keys")
        self.done.clicked.connect(self.close_up)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.done)

        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName("Keys by group")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._area, 1)

    def open(self, actions: Iterable[Action]) -> None:
        """Show the keys of these actions."""
        self._area.setWidget(_sheet(by_group(actions)))
        self.come_up(self)

    def place(self) -> None:
        window = self.window()
        look = theme.current()
        width = min(window.width() - look.px(48), look.px(880))
        sheet = self._area.widget()
        wanted = (sheet.sizeHint().height() if sheet is not None else 0) + look.px(100)
        height = min(window.height() - look.px(48), wanted)
        self.setGeometry((window.width() - width) // 2, (window.height() - height) // 2, width, height)


def _sheet(groups: dict[str, list[tuple[str, str]]]) -> QWidget:
    sheet = QWidget()
    columns = (QVBoxLayout(), QVBoxLayout())
    lengths = [0, 0]
    for group, lines in groups.items():
        shorter = lengths.index(min(lengths))
        columns[shorter].addWidget(_group(group, lines))
        lengths[shorter] += len(lines) + 2
    row = QHBoxLayout(sheet)
    row.setContentsMargins(0, 0, 8, 0)
    row.setSpacing(32)
    for column in columns:
        column.setSpacing(16)
        column.addStretch(1)
        row.addLayout(column, 1)
    return sheet


def _group(group: str, lines: list[tuple[str, str]]) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    heading = QLabel(group)
    heading.setTextFormat(Qt.TextFormat.PlainText)
    heading.setProperty("role", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for place, (keys, text) in enumerate(lines, 1):
        what, how = QLabel(text), QLabel(keys)
        for label in (what, how):
            label.setTextFormat(Qt.TextFormat.PlainText)
        what.setWordWrap(True)
        how.setProperty("role", "muted")
        how.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(what, place, 0)
        grid.addWidget(how, place, 1)
    return made
