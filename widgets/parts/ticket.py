"""One ticket in full. All of its text came from strangers: plain, never markup, never a link that acts by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from console.present.figures import Pill, Remark, TicketDetail
from console.present.tone import SEVERITY_TONE, Tone
from widgets import theme
from widgets.parts.badge import Badge
from widgets.parts.card import Card
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Elided, Label
from widgets.parts.pill import PillButton

ACKNOWLEDGE = "acknowledge"
COPY_LINK = "copy_link"


class TicketCard(Card):
    """Shows a ``TicketDetail``; ``acknowledged`` carries the key the screen asked for when the button is pressed."""

    acknowledged = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Ticket", parent=parent)
        self._detail: TicketDetail | None = None
        self._asked = ""
        self.badge = Badge()
        self.header.insertWidget(0, self.badge)
        self.name = Elided("", "heading")
        self.header.removeWidget(self.title)
        self.title.hide()
        self.header.insertWidget(1, self.name, 1)
        self.header.removeWidget(self.aside)
        self.aside.hide()
        self.status = Label("", "muted")
        self.header.addWidget(self.status)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._meta = FlowLayout(gap=8)
        self._column.addLayout(self._meta)
        self.text = Label("", wrap=True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._column.addWidget(self.text)
        self._facts = QFrame()
        self._facts.setProperty("role", "raised")
        self._grid = QGridLayout(self._facts)
        self._column.addWidget(self._facts)
        self._foot = QWidget(self)
        self._acts = FlowLayout(self._foot, gap=8)
        self.acknowledge = PillButton(
            Pill("Acknowledge", Tone.NEUTRAL, action=ACKNOWLEDGE, spoken="Acknowledge this ticket, key A"), "A"
        )
        self.acknowledge.setCheckable(False)
        self.copy = PillButton(Pill("Copy link", action=COPY_LINK, spoken="Copy the ticket's address"))
        for button in (self.acknowledge, self.copy):
            button.acted.connect(self._act)
            self._acts.addWidget(button)
        self._remarks = QVBoxLayout()
        self._column.addLayout(self._remarks)
        self._column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidget(self._inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("The ticket's text and history")
        self.scroller = scroll
        self.body.addWidget(scroll)
        # What can be done stays in sight, however long the ticket is.
        self.body.addWidget(self._foot)
        self.fit()
        self.say("Choose a ticket to read it here.")

    @property
    def detail(self) -> TicketDetail | None:
        return self._detail

    @property
    def can_acknowledge(self) -> bool:
        return self._detail is not None and self._detail.can_acknowledge

    def say(self, sentence: str) -> None:
        """Nothing to show, and why."""
        self._detail, self._asked = None, ""
        self.badge.show_badge("", Tone.NEUTRAL)
        self.name.setText("Ticket")
        self.status.setText("")
        self.setAccessibleName(sentence)
        _clear(self._meta)
        self._fill_facts(())
        self._fill_remarks(())
        self.text.setText(sentence)
        self.text.set_tone(Tone.MUTED)
        self.acknowledge.hide()
        self.copy.hide()
        self._foot.hide()

    def show_detail(self, asked: str, detail: TicketDetail) -> None:
        """``asked``: the row's key. The same ticket again keeps its scroll position."""
        if detail == self._detail and asked == self._asked:
            return
        another = asked != self._asked
        self._detail, self._asked = detail, asked
        self.badge.show_badge(detail.severity, SEVERITY_TONE.get(detail.severity, Tone.QUIET))
        key = detail.key.split(":", 1)[-1]
        self.name.setText(f"{key} · {detail.title}")
        self.setAccessibleName(f"Ticket {key}, {detail.severity or 'no severity'}, {detail.title}")
        self.status.show_text(detail.status)
        _clear(self._meta)
        for text, tone in detail.meta:
            self._meta.addWidget(Label(text, "muted", tone))
        self.text.set_tone(None)
        self.text.show_text(detail.body)
        self.text.setVisible(bool(detail.body))
        self._fill_facts(detail.facts)
        self._fill_remarks(detail.remarks)
        self.acknowledge.setVisible(detail.can_acknowledge)
        self.copy.setVisible(bool(detail.url))
        self._foot.setVisible(detail.can_acknowledge or bool(detail.url))
        if another:
            self.scroller.verticalScrollBar().setValue(0)

    def fit(self) -> None:
        super().fit()
        if not hasattr(self, "_grid"):
            return
        look = theme.current()
        self._column.setSpacing(look.px(10))
        self._grid.setContentsMargins(look.px(10), look.px(8), look.px(10), look.px(8))
        self._grid.setHorizontalSpacing(look.px(12))
        self._grid.setVerticalSpacing(look.px(4))
        self._remarks.setSpacing(look.px(8))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._inside.updateGeometry()

    def _fill_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        _clear(self._grid)
        self._facts.setVisible(bool(facts))
        for row, (label, value) in enumerate(facts):
            name = Label(label, "small")
            name.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(name, row, 0)
            self._grid.addWidget(Label(value, wrap=True), row, 1)
        self._grid.setColumnStretch(1, 1)

    def _fill_remarks(self, remarks: tuple[Remark, ...]) -> None:
        _clear(self._remarks)
        for remark in remarks:
            box = QWidget()
            column = QVBoxLayout(box)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(theme.current().px(2))
            column.addWidget(Label(remark.head, "small", remark.tone if remark.tone is not Tone.NEUTRAL else None))
            if remark.body:
                column.addWidget(Label(remark.body, wrap=True))
            self._remarks.addWidget(box)

    def _act(self, action: str) -> None:
        if action == ACKNOWLEDGE and self._asked:
            self.acknowledged.emit(self._asked)
        elif action == COPY_LINK and self._detail is not None:
            QApplication.clipboard().setText(self._detail.url)


def _clear(layout: QVBoxLayout | QHBoxLayout | QGridLayout | FlowLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
