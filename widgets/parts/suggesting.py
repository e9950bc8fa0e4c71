"""A text field that offers words while one types: a list inside the window, never a window of its own.

The words come from elsewhere and may come late; what was typed meanwhile makes an older offer void.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from widgets import theme

_TYPING_MS = 150
_MOST_SHOWN = 8


class SuggestField(QLineEdit):
    """Signals: ``paused`` the text once typing pauses, ``asked`` (text, cursor) words are wanted, ``entered`` Enter,
    ``left`` Escape or Down without an offer: the keyboard should go back to where it was.

    An offer replaces the word under the cursor. Up and Down choose in it, Tab or Enter take, Escape puts it away.
    """

    paused = Signal(str)
    asked = Signal(str, int)
    entered = Signal()
    left = Signal()

    def __init__(self, name: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.offers = QListWidget(parent)
        self.offers.setObjectName("offers")
        self.offers.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.offers.setAccessibleName(f"Words for {name.lower()}")
        self.offers.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.offers.itemClicked.connect(self._clicked)
        self.offers.hide()
        self.whole = False
        """Whether an offer is the whole answer: it replaces all of the text, and Enter on it is Enter."""
        self.stands_in: QWidget = self
        """What an offer must not cover when there is no room below: the field, or the strip around it."""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_MS)
        self._pause.timeout.connect(self._paused)
        self.textEdited.connect(self._edited)

    def set_text(self, text: str) -> None:
        """Fill in from outside; no words are offered for it."""
        self._pause.stop()
        self.setText(text)
        self.offers.hide()

    def offer(self, text: str, words: tuple[str, ...]) -> None:
        """Show words for ``text``; ignored when something else stands here by now, or the keyboard is elsewhere."""
        self.offers.clear()
        if text != self.text() or not self.hasFocus() or not words or words == (text,):
            self.offers.hide()
            return
        for word in words[:50]:
            self.offers.addItem(QListWidgetItem(word))
        self._place()
        self.offers.show()
        self.offers.raise_()
        # The field may have come into sight just now and stand elsewhere once it is laid out.
        QTimer.singleShot(0, self._place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, open_ = event.key(), self.offers.isVisible()
        if open_ and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._walk(1 if key == Qt.Key.Key_Down else -1)
        elif open_ and key == Qt.Key.Key_Tab:
            self._take(max(0, self.offers.currentRow()))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if open_ and self.offers.currentRow() >= 0:
                self._take(self.offers.currentRow())
                if self.whole and not self.text().endswith("="):
                    self.settle()
                    self.entered.emit()
            else:
                self.offers.hide()
                self.settle()
                self.entered.emit()
        elif key == Qt.Key.Key_Escape and open_:
            self.offers.hide()
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def event(self, event: QEvent) -> bool:
        tab = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab
        if tab and self.offers.isVisible() and isinstance(event, QKeyEvent):
            # Qt would move the focus with it before the field hears of the key.
            self.keyPressEvent(event)
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.offers.hide()

    def settle(self) -> None:
        """What was typed counts now, without waiting for a pause."""
        if self._pause.isActive():
            self._pause.stop()
            self.paused.emit(self.text())

    def _edited(self) -> None:
        self._pause.start()
        self.asked.emit(self.text(), self.cursorPosition())

    def _paused(self) -> None:
        self.paused.emit(self.text())

    def _walk(self, by: int) -> None:
        count = self.offers.count()
        self.offers.setCurrentRow((self.offers.currentRow() + by) % count)

    def _clicked(self, item: QListWidgetItem) -> None:
        self._take(self.offers.row(item))

    def _take(self, row: int) -> None:
        word = self.offers.item(row).text()
        text, cursor = self.text(), self.cursorPosition()
        start = 0 if self.whole else text.rfind(" ", 0, cursor) + 1
        self.setText((text[:start] + word) if self.whole else text[:start] + word + text[cursor:])
        self.setCursorPosition(len(text[:start] + word))
        self.offers.hide()
        self._pause.start()
        if self.text().endswith("="):
            self.asked.emit(self.text(), self.cursorPosition())

    def _place(self) -> None:
        """Below the field, or above it where there is no room."""
        look = theme.current()
        inside = self.offers.parentWidget()
        if inside is None:
            return
        rows = min(self.offers.count(), _MOST_SHOWN)
        if not rows:
            return
        height = rows * self.offers.sizeHintForRow(0) + look.px(4)
        widest = self.offers.sizeHintForColumn(0) + look.px(32)
        width = min(max(widest, look.px(200)), inside.width())
        corner = self.mapTo(inside, QPoint(0, self.height() + look.px(2)))
        if corner.y() + height > inside.height():
            corner.setY(self.stands_in.mapTo(inside, QPoint(0, -height - look.px(2))).y())
        self.offers.setGeometry(min(corner.x(), inside.width() - width), corner.y(), width, height)
