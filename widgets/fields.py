"""One field of a form for each shape of value, all read and written as text, so that anything may be typed.

Numbers and times are plain text fields on purpose: a half-typed value stays as it is and is judged when it is used.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QLineEdit, QPlainTextEdit, QWidget

from widgets import theme
from widgets.parts.form import FormRow


class Choice(QComboBox):
    """A list of words. The wheel scrolls the page, not the choice, unless the choice has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.view().setAccessibleName("Choices")

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Field(FormRow):
    """A labelled control. ``edited`` comes with every change by hand, not with ``set_text``."""

    edited = Signal()

    @abstractmethod
    def text(self) -> str: ...

    @abstractmethod
    def set_text(self, text: str) -> None: ...

    def focus(self) -> None:
        self.control.setFocus(Qt.FocusReason.OtherFocusReason)

    def _was_edited(self) -> None:
        self.complain("")
        self.edited.emit()


class TextField(Field):
    """One line. ``hint`` stands in it while it is empty: what applies then. ``secret``: shown as dots."""

    def __init__(
        self,
        label: str,
        help_text: str = "",
        *,
        hint: str = "",
        secret: bool = False,
        words: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        self.line = QLineEdit()
        super().__init__(label, self.line, help_text, parent)
        self.line.setPlaceholderText(hint)
        if secret:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.textEdited.connect(self._was_edited)
        if words:
            self.offer(words)

    def offer(self, words: Sequence[str]) -> None:
        """Complete what is typed from these words."""
        if self.line.completer() is not None:
            return
        completer = QCompleter(list(words), self.line)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.line.setCompleter(completer)
        # A choice from the list is no edit to the line itself.
        self.line.textChanged.connect(self._was_edited)

    def text(self) -> str:
        return self.line.text()

    def set_text(self, text: str) -> None:
        blocked = self.line.blockSignals(True)
        self.line.setText(text)
        self.line.blockSignals(blocked)


class LinesField(Field):
    """Several lines. Tab leaves the field instead of writing a tab."""

    def __init__(
        self, label: str, help_text: str = "", *, hint: str = "", rows: int = 3, parent: QWidget | None = None
    ) -> None:
        self.box = QPlainTextEdit()
        super().__init__(label, self.box, help_text, parent)
        self._rows = rows
        self.box.setTabChangesFocus(True)
        self.box.setPlaceholderText(hint)
        self.box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.box.installEventFilter(self)
        self._fit()
        self.box.textChanged.connect(self._was_edited)

    def text(self) -> str:
        return self.box.toPlainText()

    def set_text(self, text: str) -> None:
        blocked = self.box.blockSignals(True)
        self.box.setPlainText(text)
        self.box.blockSignals(blocked)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FontChange:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        self.box.setFixedHeight(self.box.fontMetrics().lineSpacing() * self._rows + theme.current().px(20))


class ChoiceField(Field):
    """A word out of a list; an unknown word that stands in the settings already is kept and offered too.

    ``titles`` show instead of the words themselves.
    """

    def __init__(
        self,
        label: str,
        words: Sequence[str],
        help_text: str = "",
        *,
        titles: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        self.choice = Choice()
        super().__init__(label, self.choice, help_text, parent)
        for place, word in enumerate(words):
            self.choice.addItem(titles[place] if titles else word or "as usual", word)
        self.choice.activated.connect(self._was_edited)

    def text(self) -> str:
        return str(self.choice.currentData() or "")

    def set_text(self, text: str) -> None:
        place = self.choice.findData(text)
        if place < 0:
            self.choice.addItem(text, text)
            place = self.choice.count() - 1
        self.choice.setCurrentIndex(place)


class FlagField(Field):
    """Yes or no, as 'yes' or ''."""

    def __init__(self, label: str, help_text: str = "", *, parent: QWidget | None = None) -> None:
        self.box = QCheckBox(label)
        super().__init__(label, self.box, help_text, parent)
        self.label.hide()
        self.box.clicked.connect(self._was_edited)

    def text(self) -> str:
        return "yes" if self.box.isChecked() else ""

    def set_text(self, text: str) -> None:
        self.box.setChecked(bool(text))
