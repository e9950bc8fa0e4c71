"""The editor of a user's own number: name, the lines of its head, its statement. Everything is text until it is checked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from console.present.kpis_figures import OwnKpi
from console.present.tone import Tone
from console.queries.kpi_file import CHOICES, SLICES
from widgets import theme
from widgets.fields import ChoiceField, Field, LinesField, TextField
from widgets.parts.card import Card
from widgets.parts.label import Label
from widgets.parts.scrolled import Scrolled

_EXAMPLE = """SELECT count(*)::DOUBLE AS value, count(*) AS n FROM tickets_at($moment)
WHERE created_at >= $from AND created_at < $to AND title ILIKE '%refund%' AND $part"""
_AS_USUAL = {"category": "business", "method": "none"}
"""What a file that leaves them out means."""
_NEW = OwnKpi(
    "",
    (("category", "business"), ("unit", "count"), ("direction", "down"), ("feeds", "tickets"), ("method", "none")),
    "",
)


class OwnKpiEditor(Card):
    """``check_asked`` carries the draft, ``save_asked`` the draft and the name it had before, ``closed`` puts it away."""

    check_asked = Signal(object)
    save_asked = Signal(object, str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Own number", snug=True, parent=parent)
        self._before = ""
        self._fresh = True
        self._parts = ""
        self._rest: dict[str, str] = {}
        look = theme.current()
        area = Scrolled("Own number", sides=12, ends=8, gap=8, parent=self)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.name = TextField("Name", "What commands and links call it; also the name of its file.", hint="lost_carts")
        self.fields: dict[str, Field] = {
            "title": TextField("Title", hint="Lost carts"),
            "means": TextField("What it means for stability"),
            "category": ChoiceField("Category", CHOICES["category"]),
            "unit": ChoiceField("Unit", ("count", "share", "ms", "s", "per_second", "bytes_per_second", "score")),
            "direction": ChoiceField("Better is", ("up", "down", "none"), titles=("more", "less", "neither")),
            "feeds": ChoiceField("Fed by", CHOICES["feeds"], "Whose coverage decides what is known."),
            "method": ChoiceField(
                "Interval", CHOICES["method"], "wilson and poisson need the column k, bootstrap a WITH samples(ms)."
            ),
            "target": TextField("Target", hint="none"),
            "evidence": TextField("Least evidence", "With a smaller n it is unknown.", hint="1"),
            "slices": TextField("Can be told by", f"Any of {', '.join(SLICES)}; the statement then says $part."),
            "formula": TextField("Formula in words"),
        }
        self.sql = LinesField(
            "Statement", "One SELECT over the facts that returns value, and n and k where it has them.",
            hint=_EXAMPLE, rows=9,
        )  # fmt: skip
        for field in (self.name, *self.fields.values(), self.sql):
            field.edited.connect(self._edited)
            area.column.addWidget(field)
        area.column.addStretch(1)
        self.body.addWidget(area, 1)
        self.verdict = Label("", wrap=True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.verdict.setContentsMargins(look.px(12), look.px(4), look.px(12), look.px(4))
        self.body.addWidget(self.verdict)
        self.body.addLayout(self._buttons())
        self._fill(_NEW)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.current().px(6))
        side = theme.current().px(12)
        row.setContentsMargins(side, 0, side, theme.current().px(10))
        self.check, self.save, self.cancel = (QPushButton(text, self) for text in ("Check", "Save", "Close"))
        self.save.setProperty("role", "primary")
        for button, name, act in (
            (self.check, "Check this number", self._check),
            (self.save, "Save this number", self._save),
            (self.cancel, "Close the editor", self.closed.emit),
        ):
            button.setAccessibleName(name)
            button.clicked.connect(act)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def open_new(self) -> None:
        """A new number, with what was typed there before."""
        if not self._fresh:
            self._fill(_NEW)
        self._before, self._fresh = "", True
        self.set_title("Own number")
        self.name.focus()

    def open_edit(self, own: OwnKpi) -> None:
        """A file that is there."""
        self._fill(own)
        self._before, self._fresh = own.name, False
        self.set_title(f"Own number {own.name}")
        self.sql.focus()

    def draft(self) -> OwnKpi:
        """What is typed now."""
        head = {name: field.text().strip() for name, field in self.fields.items()}
        given = {**{name: text for name, text in head.items() if text}, **self._rest}
        return OwnKpi(self.name.text().strip(), tuple(given.items()), self.sql.text(), self._parts)

    def say_good(self, sentence: str) -> None:
        self._say(sentence, Tone.GOOD)

    def say_wrong(self, sentence: str) -> None:
        """``sentence`` as the check gives it, which may begin in the middle."""
        self._say(sentence[:1].upper() + sentence[1:], Tone.BAD)

    def saved(self) -> str:
        """It was saved: the next new one begins empty. Returns its name."""
        name, self._before, self._fresh = self.name.text().strip(), "", False
        return name

    def _fill(self, own: OwnKpi) -> None:
        head = dict(own.head)
        self.name.set_text(own.name)
        for name, field in self.fields.items():
            field.set_text(head.pop(name, "") or _AS_USUAL.get(name, ""))
        self._rest, self._parts = head, own.parts
        self.sql.set_text(own.sql)
        self._say("", Tone.NEUTRAL)

    def _say(self, sentence: str, tone: Tone) -> None:
        for button in (self.check, self.save):
            button.setEnabled(True)
        self.verdict.set_tone(tone)
        self.verdict.setText(sentence)
        self.verdict.setVisible(bool(sentence))

    def _edited(self) -> None:
        self._say("", Tone.NEUTRAL)

    def _check(self) -> None:
        self._say("Checking …", Tone.MUTED)
        self.check.setEnabled(False)
        self.check_asked.emit(self.draft())

    def _save(self) -> None:
        self._say("Saving …", Tone.MUTED)
        self.save.setEnabled(False)
        self.save_asked.emit(self.draft(), self._before)
