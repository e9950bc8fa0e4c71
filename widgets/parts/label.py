"""Text on the screen. Plain text always: Qt guesses markup unless told not to, and ticket text is hostile."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget

from console.present.tone import Tone


class Label(QLabel):
    """``role``: '', muted, small, tiny, heading, strong, title, big, error; ``tone`` overrides the role's colour."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        tone: Tone | None = None,
        *,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if role:
            self.setProperty("role", role)
        if tone is not None:
            self.setProperty("tone", tone.value)
        self.setText(text)

    def set_tone(self, tone: Tone | None) -> None:
        """Recolour; None falls back to the role's colour."""
        value = tone.value if tone is not None else None
        if self.property("tone") == value:
            return
        self.setProperty("tone", value)
        self.style().unpolish(self)
        self.style().polish(self)

    def show_text(self, text: str) -> None:
        """Set the text only when it differs, so that an unchanged refresh repaints nothing."""
        if text != self.text():
            self.setText(text)


class Elided(Label):
    """One line that gives way: what does not fit ends in '…' and stands in the tool tip."""

    def __init__(self, text: str = "", role: str = "", tone: Tone | None = None, parent: QWidget | None = None) -> None:
        super().__init__(text, role, tone, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(QFontMetrics(self.font()).horizontalAdvance("…") * 3, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def setText(self, text: str) -> None:
        super().setText(text.replace("\n", " "))
        self._explain()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._explain()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        area = self.contentsRect()
        shown = QFontMetrics(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        self.style().drawItemText(
            painter, area, self.alignment().value | Qt.TextFlag.TextSingleLine.value, option.palette,
            bool(option.state & QStyle.StateFlag.State_Enabled), shown, self.foregroundRole(),
        )  # fmt: skip

    def _explain(self) -> None:
        cut = QFontMetrics(self.font()).horizontalAdvance(self.text()) > self.contentsRect().width()
        # A tool tip guesses markup as a label does; the escape keeps hostile text plain.
        self.setToolTip(plain_tip(self.text()) if cut else "")


def plain_tip(text: str) -> str:
    """Text for a tool tip, which has no plain-text switch: escaped and marked, so that nothing in it is markup."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return f"<span>{escaped}</span>" if text else ""
