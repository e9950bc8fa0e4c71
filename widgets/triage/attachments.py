"""Files of a ticket: names and sizes only. Opening one asks first, beside it, and hands it to the system's browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.present.triage_figures import Attachment
from widgets import theme
from widgets.parts.label import Elided

_SAFE = ("http", "https")


class AttachmentRow(QWidget):
    """``open_asked`` carries the address, after a second press."""

    open_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file = Attachment("", "", "")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.current().px(8), 0, 0, 0)
        self.name = Elided("")
        self.open, self.keep = QPushButton("Open …", self), QPushButton("No", self)
        for button in (self.open, self.keep):
            button.setProperty("role", "quiet")
        self.open.clicked.connect(self._open)
        self.keep.clicked.connect(self._keep)
        row.addWidget(self.name, 1)
        row.addWidget(self.open)
        row.addWidget(self.keep)

    def show_file(self, file: Attachment) -> None:
        if file != self._file:
            self._file = file
            self._calm()

    def _calm(self) -> None:
        self._asking = False
        self.name.show_text(f"{self._file.name} · {self._file.size}" if self._file.size else self._file.name)
        self.open.setText("Open …")
        self.open.setAccessibleName(f"Open {self._file.name}; asks first")
        # A ticket may name any address it likes; only a web page is handed on.
        self.open.setEnabled(urlsplit(self._file.url).scheme in _SAFE)
        self.keep.hide()

    def _open(self) -> None:
        if self._asking:
            self.open_asked.emit(self._file.url)
            self._calm()
            return
        self._asking = True
        host = urlsplit(self._file.url).hostname or self._file.url
        self.name.show_text(f"Open {self._file.name} from {host} in the browser?")
        self.open.setText("Yes, open")
        self.open.setAccessibleName(f"Yes, open {self._file.name} from {host} in the browser")
        self.keep.setAccessibleName(f"Do not open {self._file.name}")
        self.keep.show()

    def _keep(self) -> None:
        self._calm()
        self.open.setFocus()


class Attachments(QWidget):
    open_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Attachments")
        self.rows: list[AttachmentRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_files(self, files: tuple[Attachment, ...]) -> None:
        while len(self.rows) < len(files):
            row = AttachmentRow(self)
            row.open_asked.connect(self.open_asked)
            self._column.addWidget(row)
            self.rows.append(row)
        for place, row in enumerate(self.rows):
            if place < len(files):
                row.show_file(files[place])
            row.setVisible(place < len(files))
