"""A short statement in a rounded frame; a click runs its action where it has one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.present.figures import Pill
from console.present.tone import SEVERITY_TONE, Tone
from widgets import theme
from widgets.parts.badge import badge_size, paint_badge
from widgets.parts.key_hint import hint_width, paint_hint

_PLAIN = (Tone.NEUTRAL, Tone.MUTED)


class PillButton(QAbstractButton):
    """Draws a ``Pill``; ``acted`` carries its action id. Without an action it takes no focus and no clicks.

    ``keys`` shows a key cap behind the text. Checkable pills (filter chips) show checked as selected.
    """

    acted = Signal(str)

    def __init__(self, pill: Pill | None = None, keys: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pill = Pill("")
        self._keys = keys
        self._primary = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._click)
        self.show_pill(pill or Pill(""))

    @property
    def pill(self) -> Pill:
        return self._pill

    def show_pill(self, pill: Pill) -> None:
        if pill == self._pill and self.accessibleName():
            return
        self._pill = pill
        self.setText(pill.text.replace("&", "&&"))
        self.setAccessibleName(pill.spoken or " ".join(part for part in (pill.badge, pill.text) if part) or "empty")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if pill.action else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if pill.action else Qt.CursorShape.ArrowCursor)
        self.updateGeometry()
        self.update()

    def set_primary(self, primary: bool) -> None:
        """The one of several that is meant most often stands out."""
        self._primary = primary
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        width = 2 * look.px(11) + self._text_width()
        if self._pill.badge:
            width += badge_size(self._pill.badge).width() + look.px(7)
        if self._keys:
            width += hint_width(self._keys) + look.px(7)
        return QSize(width, look.px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = self._pill.tone
        edge = look.colour("line") if tone in _PLAIN else look.tone(tone)
        fill = look.colour("raised")
        if self.isChecked() or self.isDown():
            fill, edge = look.colour("selection"), look.colour("accent")
        elif self._primary and self.isEnabled():
            fill = edge = look.colour("selection")
        elif self.underMouse() and self._pill.action:
            edge = look.colour("muted") if tone in _PLAIN else edge
        painter.setBrush(fill)
        painter.setPen(edge)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.hasFocus():
            pen = painter.pen()
            pen.setColor(look.colour("accent"))
            pen.setWidthF(2)
            painter.setPen(pen)
            area = area.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        self._paint_inside(painter, look)

    def _paint_inside(self, painter: QPainter, look: theme.Theme) -> None:
        left = float(look.px(11))
        middle = self.height() / 2
        if self._pill.badge:
            size = badge_size(self._pill.badge)
            area = QRectF(left, middle - size.height() / 2, size.width(), size.height())
            severity = Tone.NEUTRAL if self._pill.tone in _PLAIN else self._pill.tone
            paint_badge(painter, area, self._pill.badge, SEVERITY_TONE.get(self._pill.badge, severity))
            left += size.width() + look.px(7)
        coloured = self._pill.tone not in _PLAIN and not self._pill.badge
        plain = look.colour("text" if self.isEnabled() else "quiet")
        painter.setPen(look.tone(self._pill.tone) if coloured else plain)
        painter.setFont(look.font(theme.SMALL, theme.MEDIUM if coloured else theme.REGULAR))
        width = self._text_width()
        painter.drawText(QRectF(left, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, self._pill.text)
        if self._keys:
            left += width + look.px(7)
            paint_hint(painter, QRectF(left, middle - look.px(9), hint_width(self._keys), look.px(18)), self._keys)

    def _text_width(self) -> int:
        metrics = QFontMetricsF(theme.current().font(theme.SMALL, theme.MEDIUM))
        return round(metrics.horizontalAdvance(self._pill.text)) + 1

    def _click(self) -> None:
        if self._pill.action:
            self.acted.emit(self._pill.action)
