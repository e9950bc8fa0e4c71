"""A chart's numbers as a table, in a panel over the window that blocks nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QPushButton, QTableWidget, QTableWidgetItem, QWidget

from widgets import theme
from widgets.parts.card import Card


class TwinPanel(Card):
    """``rows``: header row first. Escape or Close removes it and emits ``closed``."""

    closed = Signal()

    def __init__(self, title: str, rows: list[list[str]], parent: QWidget | None = None) -> None:
        super().__init__(f"{title} as text", snug=True, parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._rows = rows
        header, *body = rows or [[]]
        self.table = QTableWidget(len(body), len(header), self)
        self.table.setHorizontalHeaderLabels(header)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setAccessibleName(f"{title}, {len(body)} rows")
        for y, cells in enumerate(body):
            for x, text in enumerate(cells):
                self.table.setItem(y, x, QTableWidgetItem(text))
        self.table.resizeColumnsToContents()
        self.table.horizontalHeader().setStretchLastSection(True)
        self.copy = QPushButton("Copy", self)
        self.copy.setAccessibleName("Copy the table, columns parted by tabs")
        self.copy.clicked.connect(self.copy_all)
        self.close_button = QPushButton("Close", self)
        self.close_button.setAccessibleName("Close the table")
        self.close_button.clicked.connect(self.close_panel)
        self.header.addWidget(self.copy)
        self.header.addWidget(self.close_button)
        self.body.addWidget(self.table)

    def open_over(self, window: QWidget) -> None:
        """Show it centred over ``window`` with the keyboard in the table."""
        look = theme.current()
        width = min(window.width() - look.px(32), look.px(720))
        height = min(window.height() - look.px(32), look.px(480))
        self.setParent(window)
        self.setGeometry((window.width() - width) // 2, (window.height() - height) // 2, width, height)
        self.show()
        self.raise_()
        self.table.setFocus()

    def copy_all(self) -> None:
        QApplication.clipboard().setText("\n".join("\t".join(row) for row in self._rows))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)

    def close_panel(self) -> None:
        self.closed.emit()
        self.close()
