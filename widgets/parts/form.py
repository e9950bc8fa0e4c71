"""A row of a form: label above, control, help below, and the sentence of what is wrong with it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from widgets import theme
from widgets.parts.label import Label


class FormRow(QWidget):
    """Names the control for screen readers; ``complain('')`` takes a complaint back. Typed text is never touched."""

    def __init__(self, label: str, control: QWidget, help_text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.control = control
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(3))
        self.label = Label(label, "small", parent=self)
        self.label.setBuddy(control)
        control.setAccessibleName(label)
        control.setAccessibleDescription(help_text)
        self.help = Label(help_text, "tiny", wrap=True, parent=self)
        self.help.setVisible(bool(help_text))
        self.error = Label("", "error", wrap=True, parent=self)
        self.error.hide()
        for part in (self.label, control, self.help, self.error):
            column.addWidget(part)

    def complain(self, sentence: str) -> None:
        """Show what is wrong below the control and mark it; '' marks it right again."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.control.setProperty("invalid", bool(sentence))
        self.control.setAccessibleDescription(sentence or self.help.text())
        self.control.style().unpolish(self.control)
        self.control.style().polish(self.control)
