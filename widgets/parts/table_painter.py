"""Paints the cells of a virtual table: the row's ground, a badge or plain elided text, a thin line below."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from console.present.figures import Cell
from console.present.tone import Tone
from widgets import theme
from widgets.parts.badge import badge_size, paint_badge
from widgets.parts.table_model import CELL, MARKED, TableModel


class RowPainter(QStyledItemDelegate):
    """Paints one cell: the row's ground, a badge or plain elided text, a thin line below."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look = theme.current()
        cell = index.data(CELL)
        area = QRectF(option.rect)
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, look.colour("selection"))
        if index.data(MARKED):
            painter.fillRect(area, look.colour("accent", 46))
            if index.column() == 0:
                painter.fillRect(QRectF(area.left(), area.top(), look.px(3), area.height()), look.colour("accent"))
        painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), look.colour("line", 140))
        if isinstance(cell, Cell):
            self._paint_cell(painter, look, area, cell, index)
        else:
            painter.fillRect(_bar(area, look), look.colour("raised"))
        table = self.parent()
        if isinstance(table, QTableView) and table.hasFocus() and index.row() == table.currentIndex().row():
            painter.fillRect(QRectF(area.left(), area.top(), area.width(), 1), look.colour("accent"))
            painter.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), look.colour("accent"))
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        look = theme.current()
        return QSize(look.px(60), look.px(27))

    def _paint_cell(
        self,
        painter: QPainter,
        look: theme.Theme,
        area: QRectF,
        cell: Cell,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        inner = area.adjusted(look.px(8), 0, -look.px(8), 0)
        table = self.parent()
        mirrored = isinstance(table, QTableView) and table.layoutDirection() == Qt.LayoutDirection.RightToLeft
        if cell.badge and cell.text:
            size = badge_size(cell.text)
            left = inner.right() - size.width() if mirrored else inner.left()
            place = QRectF(left, inner.center().y() - size.height() / 2, size.width(), size.height())
            paint_badge(painter, place, cell.text, cell.tone)
            return
        model = index.model()
        right = isinstance(model, TableModel) and model.columns[index.column()].right
        side = Qt.AlignmentFlag.AlignRight if right != mirrored else Qt.AlignmentFlag.AlignLeft
        painter.setFont(look.font(theme.BASE))
        painter.setPen(look.tone(cell.tone) if cell.tone is not Tone.NEUTRAL else look.colour("text"))
        text = cell.text.replace("\n", " ")
        shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(inner, flags | Qt.TextFlag.TextSingleLine, shown)


def _bar(area: QRectF, look: theme.Theme) -> QRectF:
    return QRectF(area.left() + look.px(8), area.center().y() - look.px(4), max(8.0, area.width() * 0.6), look.px(8))
