"""The seven stages as columns of cards. Arrows walk, Shift and an arrow moves a card's stage, Enter opens its ticket."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console.present.tone import SEVERITY_TONE, Tone
from console.present.triage_figures import BoardCard, BoardColumn, BoardFigure
from widgets import theme
from widgets.parts.badge import badge_size, paint_badge
from widgets.parts.card import Card
from widgets.parts.empty import Empty
from widgets.parts.label import Elided, Label

_WIDE = 158


class TicketTile(QAbstractButton):
    """One ticket of the board, painted. ``walked`` carries the key event: a button and the scroll areas around it would
    each take the arrows for themselves.
    """

    walked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.card = BoardCard("", "", "", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_card(self, card: BoardCard, column: BoardColumn) -> None:
        self.card = card
        pending = ", pending" if card.pending else ""
        self.setAccessibleName(
            f"{card.severity} {card.name}: {card.title}, stage {column.number} {column.title}, {card.aside}{pending}"
        )
        self.update()

    def sizeHint(self) -> QSize:
        look = theme.current()
        return QSize(look.px(_WIDE - 16), look.px(72))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.walked.emit(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look, card = theme.current(), self.card
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setBrush(look.colour("selection" if self.hasFocus() else "raised"))
        painter.setPen(QPen(look.colour("accent" if self.hasFocus() else "line"), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(area, look.px(6), look.px(6))
        inner = area.adjusted(look.px(8), look.px(7), -look.px(8), -look.px(6))
        size = badge_size(card.severity or "—")
        paint_badge(
            painter, QRectF(inner.left(), inner.top(), size.width(), size.height()), card.severity or "—",
            SEVERITY_TONE.get(card.severity, Tone.QUIET),
        )  # fmt: skip
        small = look.font(theme.TINY)
        painter.setFont(small)
        left = inner.left() + size.width() + look.px(6)
        aside = QFontMetricsF(small).horizontalAdvance(card.aside) + 1
        head = QRectF(left, inner.top(), inner.right() - left, size.height())
        painter.setPen(look.tone(card.tone) if card.tone is not Tone.NEUTRAL else look.colour("muted"))
        painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, card.aside)
        painter.setPen(look.colour("muted"))
        name = QFontMetricsF(small).elidedText(
            card.name, Qt.TextElideMode.ElideRight, head.width() - aside - look.px(4)
        )
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(look.font(theme.BASE))
        painter.setPen(look.colour("text"))
        text = QRectF(inner.left(), inner.top() + size.height() + look.px(4), inner.width(), look.px(34))
        _two_lines(painter, text, card.title)
        if card.pending:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.tone(Tone.WARN))
            side = look.px(6)
            painter.drawEllipse(QRectF(area.right() - side - look.px(5), area.bottom() - side - look.px(5), side, side))


class StageColumn(Card):
    """``figure`` and its tiles; more tickets than tiles are told below them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Stage", " ", snug=True, parent=parent)
        self.tiles: list[TicketTile] = []
        self.setMinimumWidth(theme.current().px(_WIDE))
        self.outcome = Elided("", "tiny")
        self.outcome.setContentsMargins(*(theme.current().px(n) for n in (12, 6, 12, 0)))
        self.body.addWidget(self.outcome)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(*(theme.current().px(8) for _ in range(4)))
        self._column.setSpacing(theme.current().px(6))
        self.more = Label("", "small", wrap=True)
        self._column.addWidget(self.more)
        self._column.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        self.body.addWidget(self.area, 1)

    def show_column(self, column: BoardColumn) -> list[TicketTile]:
        """The tiles made new, to be wired."""
        self.set_title(f"{column.number} {column.title}")
        self.setAccessibleName(f"Stage {column.number} {column.title}, {column.total} tickets, until {column.outcome}")
        self.set_aside(str(column.total))
        self.outcome.show_text(f"→ {column.outcome}" if column.outcome else "")
        made = []
        while len(self.tiles) < len(column.cards):
            tile = TicketTile(self)
            self._column.insertWidget(len(self.tiles), tile)
            self.tiles.append(tile)
            made.append(tile)
        for place, tile in enumerate(self.tiles):
            if place < len(column.cards):
                tile.show_card(column.cards[place], column)
            tile.setVisible(place < len(column.cards))
        beyond = column.total - len(column.cards)
        self.more.show_text(f"and {beyond} more" if column.cards else f"{beyond} not shown")
        self.more.setVisible(beyond > 0)
        return made


class Board(QWidget):
    """Signals: ``opened`` a ticket's key, ``moved`` (key, stage), ``closed`` Escape.

    A key pressed faster than the board is read again counts from where the last one put the ticket.
    """

    opened = Signal(str)
    moved = Signal(str, int)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Board of the seven stages")
        self.figure: BoardFigure | None = None
        self.key = ""
        self._ways: dict[str, list[int]] = {}
        self.columns: list[StageColumn] = []
        inside = QWidget()
        self._row = QHBoxLayout(inside)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.current().px(8))
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.nothing = Empty("Reading the board …")
        outer.addWidget(self.nothing)
        outer.addWidget(self.area)
        self.area.hide()

    def show_figure(self, figure: BoardFigure) -> None:
        """The ticket under the keyboard keeps it, also in another column."""
        focused = any(tile.hasFocus() for column in self.columns for tile in column.tiles)
        self.figure = figure
        self._ways = _still_on_the_way(self._ways, figure)
        self.nothing.say("There are no stages to show.")
        self.nothing.setVisible(not figure.columns)
        self.area.setVisible(bool(figure.columns))
        while len(self.columns) < len(figure.columns):
            column = StageColumn(self)
            self._row.addWidget(column, 1)
            self.columns.append(column)
        for place, column in enumerate(self.columns):
            if place < len(figure.columns):
                for tile in column.show_column(figure.columns[place]):
                    tile.clicked.connect(self._clicked)
                    tile.walked.connect(self._walk)
            column.setVisible(place < len(figure.columns))
        if focused or self.hasFocus():
            self.focus_ticket(self.key)

    def focus_ticket(self, key: str = "") -> None:
        """The keyboard to a ticket; to the first one when it is not on the board."""
        tiles = [tile for column in self.columns for tile in column.tiles if not tile.isHidden()]
        chosen = next((tile for tile in tiles if tile.card.key == key), tiles[0] if tiles else None)
        if chosen is None:
            self.setFocus()
            return
        self._go(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = self._place()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        event.accept()
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif place is None:
            event.ignore()
        elif step is not None and shift:
            self._shift(place[0], step)
        elif step is not None:
            self._across(place, step)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_J):
            self._go_to(place[0], place[1] + 1)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_K):
            self._go_to(place[0], place[1] - 1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.key)
        else:
            event.ignore()

    def _walk(self, event: QKeyEvent) -> None:
        self.keyPressEvent(event)

    def _place(self) -> tuple[int, int] | None:
        for across, column in enumerate(self.columns):
            for down, tile in enumerate(column.tiles):
                if tile.hasFocus():
                    self.key = tile.card.key
                    return across, down
        return None

    def _shift(self, across: int, step: int) -> None:
        if self.figure is None:
            return
        numbers = [column.number for column in self.figure.columns]
        way = self._ways.get(self.key, [numbers[across]])
        to = numbers.index(way[-1]) + step
        if 0 <= to < len(numbers):
            self._ways[self.key] = [*way, numbers[to]]
            self.moved.emit(self.key, numbers[to])

    def forget_ways(self) -> None:
        """A move was not written: what the board shows counts again."""
        self._ways.clear()

    def _across(self, place: tuple[int, int], step: int) -> None:
        to = place[0] + step
        while 0 <= to < len(self.columns):
            if any(not tile.isHidden() for tile in self.columns[to].tiles):
                self._go_to(to, place[1])
                return
            to += step

    def _go_to(self, across: int, down: int) -> None:
        tiles = [tile for tile in self.columns[across].tiles if not tile.isHidden()]
        if tiles:
            self._go(tiles[min(len(tiles) - 1, max(0, down))])

    def _go(self, tile: TicketTile) -> None:
        self.key = tile.card.key
        tile.setFocus(Qt.FocusReason.OtherFocusReason)
        column = next(column for column in self.columns if tile in column.tiles)
        column.area.ensureWidgetVisible(tile)
        self.area.ensureWidgetVisible(column)

    def _clicked(self) -> None:
        tile = self.sender()
        if isinstance(tile, TicketTile):
            self._go(tile)


def _still_on_the_way(ways: dict[str, list[int]], figure: BoardFigure) -> dict[str, list[int]]:
    """The moves that the figure does not show yet; a ticket anywhere off its way was moved by somebody else."""
    found: dict[str, list[int]] = {}
    for column in figure.columns:
        for card in column.cards:
            way = ways.get(card.key, [])
            if column.number in way[:-1] and column.number != way[-1]:
                found[card.key] = way
    return found


def _two_lines(painter: QPainter, area: QRectF, text: str) -> None:
    metrics = QFontMetricsF(painter.font())
    first, rest = text, ""
    if metrics.horizontalAdvance(text) > area.width():
        words, first = text.split(" "), ""
        while words and metrics.horizontalAdvance(f"{first} {words[0]}".strip()) <= area.width():
            first = f"{first} {words.pop(0)}".strip()
        rest = " ".join(words)
        if not first:
            first, rest = text, ""
    high = metrics.height()
    for row, line in enumerate((first, rest)):
        shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, area.width())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(QRectF(area.left(), area.top() + row * high, area.width(), high), flags, shown)
