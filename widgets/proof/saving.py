"""Asks for the place of a file without waiting for the answer: a dialog that is opened, never executed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget


class SaveAs(QObject):
    """``chosen`` carries the path and the format (csv, json). Nothing is emitted when the user changes their mind."""

    chosen = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._form = "csv"
        self.dialog: QFileDialog | None = None

    def ask(self, name: str, form: str) -> None:
        """Offer ``name`` in the user's documents."""
        self._form = form
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or str(Path.home())
        dialog = QFileDialog(self._over, f"Save the rows as {form.upper()}", folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{form.upper()} (*.{form})")
        dialog.setDefaultSuffix(form)
        dialog.selectFile(f"{name}.{form}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._selected)
        self.dialog = dialog
        dialog.open()

    def _selected(self, path: str) -> None:
        self.dialog = None
        if path:
            self.chosen.emit(path, self._form)
