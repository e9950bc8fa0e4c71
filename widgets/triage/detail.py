"""One ticket in full, beside the queue. All of its text came from strangers: plain, never markup, nothing fetched.

The sections are built once and refilled; another ticket costs no new widgets once as many lines were ever shown.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

from console.present.figures import Pill, Row
from console.present.tone import SEVERITY_TONE, Tone
from console.present.triage_figures import AroundLine, HistoryLine, OutboxLine, TriageContext, TriageDetail
from widgets import theme
from widgets.parts.badge import Badge
from widgets.parts.card import Card
from widgets.parts.label import Elided, Label
from widgets.parts.line_list import Line, LineList, Part
from widgets.parts.pill import PillButton
from widgets.parts.pill_flow import PillFlow
from widgets.parts.remarks import Remarks
from widgets.parts.twin import TwinPanel
from widgets.triage.around import Around, around_lines
from widgets.triage.attachments import Attachments
from widgets.triage.clocks import Clocks
from widgets.triage.conflict import ConflictBox
from widgets.triage.scores import Scores
from widgets.triage.section import Section
from widgets.triage.stage_strip import StageStrip


class DetailCard(Card):
    """Signals: ``opened`` the key of another ticket, ``edit_asked`` (act, what to begin the prompt with), ``settled``
    (decision, mine or theirs), ``outbox_asked`` the wish for the outbox, ``proof_asked`` a ``Number``, ``left`` the key
    that leads back.
    """

    opened = Signal(str)
    edit_asked = Signal(str, str)
    settled = Signal(str, str)
    outbox_asked = Signal()
    proof_asked = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Ticket", parent=parent)
        self.key = ""
        self.detail: TriageDetail | None = None
        self.context: TriageContext | None = None
        self._may = True
        self._build_header()
        self._inside = QWidget()
        self._parts: list[QWidget] = []
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._build_upper()
        self._build_lower()
        self._column.addStretch(1)
        self.scroller = QScrollArea(self)
        self.scroller.setWidget(self._inside)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setAccessibleName("The ticket in full")
        self.scroller.installEventFilter(self)
        self.body.addWidget(self.scroller)
        self.fit()
        self.say("Choose a ticket to read it here.")

    def _build_header(self) -> None:
        self.badge, self.name = Badge(), Elided("", "heading")
        self.pending, self.system = PillButton(), Label("", "muted")
        self.header.removeWidget(self.title)
        self.title.hide()
        self.header.removeWidget(self.aside)
        self.aside.hide()
        self.name.setSizePolicy(self.name.sizePolicy().Policy.Maximum, self.name.sizePolicy().Policy.Preferred)
        self.copy = PillButton(Pill("Copy link", action="copy", spoken="Copy the ticket's address"))
        self.copy.acted.connect(self._copy)
        for part in (self.badge, self.name, self.pending):
            self.header.addWidget(part)
        self.header.addStretch(1)
        self.header.addWidget(self.system)
        self.header.addWidget(self.copy)

    def _build_upper(self) -> None:
        self.sentence = Label("", "muted", wrap=True)
        self.stages, self.owes = StageStrip(), Label("", "muted", wrap=True)
        self.owed = PillFlow("Fields this stage owes")
        self.owed.acted.connect(self._edit_owed)
        self.conflicts = ConflictBox()
        self.conflicts.settled.connect(self.settled)
        self.conflicts.left.connect(self.left)
        self.clocks = Clocks()
        self.quote = QFrame()
        self.quote.setProperty("role", "raised")
        quoted = QVBoxLayout(self.quote)
        quoted.setContentsMargins(0, 0, 0, 0)
        self.words, self.said = Label("", wrap=True), Label("", "muted", wrap=True)
        self.words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.words.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        quoted.addWidget(self.words)
        quoted.addWidget(self.said)
        self.around = Around()
        self.around.opened.connect(self.opened)
        self.scores, self.doubt = Scores(), Label("", "", Tone.WARN, wrap=True)
        self.scores.edit_asked.connect(self._edit_score)
        self.scores.proof_asked.connect(self.proof_asked)
        self.scores.reach_asked.connect(self.open_reach)
        self.priority = Section("RICE", self.scores)
        self.history = LineList("History", (0.25, 0.45, 0.3))
        self._history = Section("History", self.history)
        self._column.addWidget(self.sentence)
        self._parts = [
            self.stages, self.conflicts, self.owes, self.owed, self.clocks, self.quote, self.around,
            self.priority, self.doubt, self._history,
        ]  # fmt: skip
        for part in self._parts:
            self._column.addWidget(part)

    def _build_lower(self) -> None:
        self.undelivered = LineList("Not delivered yet")
        self.undelivered.opened.connect(self._about_outbox)
        self.conversation, self.facts = Remarks("Conversation"), LineList("Facts", (0.24, 0.76))
        self.attachments = Attachments()
        self.attachments.open_asked.connect(self._open_address)
        self.calls, self.releases = LineList("Calls around the time"), LineList("Releases before")
        self.others, self.articles = LineList("The customer's other tickets"), LineList("Articles")
        self.joined, self.proposals = LineList("Joined with"), LineList("Rules propose", (0.24, 0.76))
        for part in (self.others, self.joined):
            part.opened.connect(self.opened)
        self._lower = {
            name: Section(title, part)
            for name, title, part in (
                ("outbox", "Not delivered yet", self.undelivered),
                ("proposals", "Rules propose · Y accepts, Shift+Y dismisses", self.proposals),
                ("conversation", "Conversation", self.conversation),
                ("facts", "Facts", self.facts),
                ("attachments", "Attachments · nothing is loaded before you ask", self.attachments),
                ("joined", "Joined with it", self.joined),
                ("others", "The customer's other tickets", self.others),
                ("calls", "Calls of the reporter around the time", self.calls),
                ("releases", "Releases just before", self.releases),
                ("articles", "Articles", self.articles),
            )
        }
        self._parts += self._lower.values()
        for section in self._lower.values():
            self._column.addWidget(section)

    # -- filling --------------------------------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        """Nothing to show, and why."""
        self.detail, self.context, self.key = None, None, ""
        self.name.setText("Ticket")
        self._dress_header("", (), "", linked=False)
        self.setAccessibleName(sentence)
        self.sentence.show_text(sentence)
        self._show_parts(shown=False)

    def show_row(self, key: str, row: Row | None) -> None:
        """What the queue's row already tells, until the ticket's answer is there; None for one not in the queue."""
        if key == self.key and self.detail is not None:
            return
        self.detail, self.context, self.key = None, None, key
        cells = row.cells if row is not None else ()
        self._dress_header(cells[0].text if cells and cells[0].badge else "", (), "", linked=False)
        self.name.setText(f"{_short(key)} · {cells[2].text}" if len(cells) > 2 else _short(key))
        self.setAccessibleName(f"Ticket {row.spoken if row is not None else _short(key)}")
        self.sentence.show_text("Reading the ticket …")
        self._show_parts(shown=False)

    def show_detail(self, key: str, detail: TriageDetail, *, may: bool) -> None:
        """The same ticket again keeps its scroll position and what stands around it."""
        may = may and detail.can_act
        if detail == self.detail and key == self.key and may == self._may:
            return
        if key != self.key or self.detail is None:
            self.scroller.verticalScrollBar().setValue(0)
        if key != self.key:
            self.context = None
        fresh = self.detail is None or key != self.key
        self.detail, self.key, self._may = detail, key, may
        self._dress_header(detail.severity, detail.pending, detail.system, linked=bool(detail.url))
        self.name.setText(f"{_short(key)} · {detail.title}")
        self.setAccessibleName(f"Ticket {_short(key)}, {detail.severity or 'no severity'}, {detail.title}")
        self.sentence.show_text("")
        self._show_parts(shown=True)
        self._fill(detail, may=may)
        if fresh:
            self.show_context(self.context)

    def show_context(self, context: TriageContext | None) -> None:
        """None while it is looked for."""
        self.context = context
        self.around.show_context(context)
        rows = () if context is None else context.reach
        self.scores.show_reach(len(rows) > 1)
        none: tuple[AroundLine, ...] = ()
        self._list("calls", self.calls, around_lines(none if context is None else context.calls))
        self._list("releases", self.releases, around_lines(none if context is None else context.releases))
        self._list("others", self.others, around_lines(none if context is None else context.others))

    def fail_context(self, sentence: str) -> None:
        self.show_context(None)
        self.around.say(sentence)

    def _fill(self, detail: TriageDetail, *, may: bool) -> None:
        self.stages.show_steps(detail.stages)
        self.owes.show_text(detail.owes)
        self.owes.setVisible(bool(detail.owes))
        self.owed.show_pills([_owed_pill(one.field, one.title, one.value, may=may) for one in detail.owed])
        self.conflicts.show_conflicts(detail.conflicts, may=may)
        self.clocks.show_strips(detail.strips)
        self.words.show_text(detail.body)
        self.said.show_text(detail.said)
        self.quote.setVisible(bool(detail.body or detail.said))
        self.scores.show_scores(detail.scores, may=may)
        self.priority.setVisible(bool(detail.scores))
        self.doubt.show_text(detail.doubt)
        self.doubt.setVisible(bool(detail.doubt))
        self.history.show_lines([_history(line) for line in detail.history])
        self._history.setVisible(bool(detail.history))
        self._list("outbox", self.undelivered, [_undelivered(line) for line in detail.outbox])
        self._list("proposals", self.proposals, [_pair(*pair) for pair in detail.proposals])
        self.conversation.show_remarks(detail.conversation)
        self._lower["conversation"].setVisible(bool(detail.conversation))
        self._list("facts", self.facts, [_pair(*pair) for pair in detail.facts])
        self.attachments.show_files(detail.attachments)
        self._lower["attachments"].setVisible(bool(detail.attachments))
        joined = [Line((Part(_short(key)), Part("joined here", Tone.MUTED)), key) for key in detail.members]
        if detail.duplicate_of:
            whole = Line(
                (Part(_short(detail.duplicate_of)), Part("it is a duplicate of this", Tone.MUTED)), detail.duplicate_of
            )
            joined.insert(0, whole)
        joined += [Line((Part(name), Part(f"task, {state}", Tone.MUTED))) for name, state in detail.tasks]
        self._list("joined", self.joined, joined)
        self._list("articles", self.articles, [Line((Part(text),)) for text in detail.articles])

    def _list(self, name: str, part: LineList, lines: list[Line]) -> None:
        part.show_lines(lines)
        self._lower[name].setVisible(bool(lines))

    def _show_parts(self, *, shown: bool) -> None:
        self.sentence.setVisible(not shown)
        for part in self._parts:
            part.setVisible(shown)

    def _dress_header(self, severity: str, pending: tuple[str, ...], system: str, *, linked: bool) -> None:
        self.badge.show_badge(severity, SEVERITY_TONE.get(severity, Tone.QUIET))
        if pending:
            more = f" and {len(pending) - 1} more" if len(pending) > 1 else ""
            self.pending.show_pill(Pill(f"pending: {pending[0]}{more}", Tone.WARN))
        self.pending.setVisible(bool(pending))
        self.system.show_text(system)
        self.copy.setVisible(linked)

    # -- deeds ----------------------------------------------------------------------------------------------------

    def copy_link(self) -> None:
        if self.detail is not None and self.detail.url:
            QApplication.clipboard().setText(self.detail.url)

    def open_reach(self) -> None:
        """The consumers that failed, as a table."""
        if self.context is not None and len(self.context.reach) > 1:
            panel = TwinPanel("Consumers that failed", [list(row) for row in self.context.reach], self)
            panel.closed.connect(self._back)
            panel.open_over(self.window())

    def focus_first(self) -> None:
        self.scroller.setFocus()

    def fit(self) -> None:
        super().fit()
        if hasattr(self, "scroller"):
            look = theme.current()
            self._column.setSpacing(look.px(11))
            layout = self.quote.layout()
            if layout is not None:
                layout.setContentsMargins(look.px(12), look.px(9), look.px(12), look.px(9))
                layout.setSpacing(look.px(2))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The scroll area has no frame to show that it holds the keyboard; the card shows it. It would keep Left too."""
        if watched is self.scroller and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("held", event.type() == QEvent.Type.FocusIn)
            self.style().unpolish(self)
            self.style().polish(self)
        if watched is self.scroller and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Left:
            if event.type() == QEvent.Type.KeyPress:
                self.left.emit()
            return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._inside.updateGeometry()

    def _back(self) -> None:
        self.scroller.setFocus()

    def _copy(self, _action: str) -> None:
        self.copy_link()

    def _edit_owed(self, field: str) -> None:
        self.edit_asked.emit("set", f"{field}=")

    def _edit_score(self, field: str) -> None:
        self.edit_asked.emit("score", f"{field}=")

    def _about_outbox(self, _decision: str) -> None:
        self.outbox_asked.emit()

    def _open_address(self, url: str) -> None:
        QDesktopServices.openUrl(QUrl(url, QUrl.ParsingMode.StrictMode))


def _short(key: str) -> str:
    return key.split(":", 1)[-1]


def _owed_pill(field: str, title: str, value: str, *, may: bool) -> Pill:
    words = f"{title}: {value}" if value else f"{title} ?"
    spoken = f"{title}, {value or 'owed'}" + (", set it" if may else "")
    return Pill(words, Tone.NEUTRAL if value else Tone.WARN, action=field if may else "", spoken=spoken)


def _history(line: HistoryLine) -> Line:
    return Line(
        (
            Part(line.when, Tone.MUTED),
            Part(line.text),
            Part(line.who, line.tone if line.tone is not Tone.NEUTRAL else Tone.MUTED),
        )
    )


def _undelivered(line: OutboxLine) -> Line:
    return Line(
        (Part(f"{line.text} · {line.why}" if line.why else line.text), Part(line.state, line.tone)), line.decision
    )


def _pair(name: str, value: str) -> Line:
    return Line((Part(name, Tone.MUTED), Part(value)))
