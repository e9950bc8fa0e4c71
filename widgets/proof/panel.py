"""The proof of one number: value, interval, n and target, coverage, definition, statement, sources, rows, copies.

Stands as a panel in a screen or in the sheet over one. It asks the desk for a number and keeps showing that number: a
proof that moved while it is read would prove nothing. One would get wrong: an older number's late answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from console.model.number import Number
from console.present import words
from console.present.figures import Pill, TableWindow
from console.present.proof_figures import ProofFigure
from console.present.tone import GLYPH, Tone
from widgets import theme
from widgets.bridge import Bridge
from widgets.parts.card import Card
from widgets.parts.flow import FlowLayout
from widgets.parts.label import Elided, Label
from widgets.parts.pill import PillButton
from widgets.parts.table import Table
from widgets.proof.facts import FactsRow
from widgets.proof.saving import SaveAs
from widgets.proof.strip import CoverageStrip

PAGE = 100
_NOTHING = "Enter on any number shows here how it is made, from which rows, and how much of its time is known."
_ACTS = (
    ("link", "Copy link", "Ctrl L", "Copy a link that opens this number again"),
    ("text", "Copy as text", "", "Copy the proof as text"),
    ("markdown", "Copy as Markdown", "", "Copy the proof as Markdown"),
    ("csv", "Rows as CSV", "", "Save all rows as CSV"),
    ("json", "Rows as JSON", "", "Save all rows as JSON"),
)


class ProofDesk(Protocol):
    """What a proof asks of the desk; blocking, run on the lanes."""

    def proof(self, number: Number) -> ProofFigure: ...

    def proof_rows(self, number: Number, offset: int, limit: int) -> TableWindow: ...

    def proof_total(self, number: Number) -> int: ...

    def export_proof(self, number: Number, form: str, target: str) -> str: ...


class ProofPanel(Card):
    """``show_number`` asks for a proof and shows it. ``shown`` carries the ``ProofFigure`` once it is drawn."""

    shown = Signal(object)

    def __init__(self, bridge: Bridge, desk: ProofDesk, parent: QWidget | None = None) -> None:
        super().__init__("Proof", "Enter on any number", parent=parent)
        self._bridge, self._desk = bridge, desk
        self._asked: Number | None = None
        self._counted: Number | None = None
        self._figure: ProofFigure | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._build()
        self.fit()
        self.clear()

    @property
    def figure(self) -> ProofFigure | None:
        """What is on show; None before the first answer and after a fault."""
        return self._figure

    def show_number(self, number: Number) -> None:
        """Ask for the proof of a number; what was on show stays until the answer comes."""
        self._asked = number
        self.set_aside("asking …")
        self._bridge.ask("proof", self._show, _Asked(self._desk), number, failed=self._fail)

    def clear(self) -> None:
        """Nothing is proven here."""
        self._asked = self._figure = None
        self._say(_NOTHING, Tone.MUTED)
        self.set_title("Proof")
        self.set_aside("Enter on any number")

    def copy_link(self) -> None:
        self._copy("link", "The link is on the clipboard.")

    def copy_text(self) -> None:
        self._copy("text", "The proof is on the clipboard as text.")

    def copy_markdown(self) -> None:
        self._copy("markdown", "The proof is on the clipboard as Markdown.")

    def save_rows(self, form: str = "csv") -> None:
        """Ask for a place and write every row there."""
        if self._figure is not None and self._figure.rows_title:
            self._saving.ask(f"{self._figure.number.kpi}-rows", form)

    def fit(self) -> None:
        super().fit()
        if not hasattr(self, "sql"):
            return
        look = theme.current()
        self._column.setSpacing(look.px(8))
        self._column.setContentsMargins(0, 0, look.px(4), 0)
        self.sql.setFont(look.mono(theme.TINY))
        self.sql.setFixedHeight(look.px(104))
        self.rows.setMinimumHeight(look.px(25 + 27 * 4))
        self._foot.setSpacing(look.px(8))

    def _build(self) -> None:
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self.facts = FactsRow(inside)
        self.sentence = Label("", wrap=True)
        self.window_label = Label("", "small", wrap=True)
        self.judged = Label("", wrap=True)
        self.why = Label("", "small", wrap=True)
        self.coverage = Label("", "small", wrap=True)
        self.strip = CoverageStrip(inside)
        self.definition = Label("", wrap=True)
        self.formula = Label("", "small", wrap=True)
        self.deeds = Label("", wrap=True)
        self.sources = QWidget(inside)
        self._sources = QVBoxLayout(self.sources)
        self._sources.setContentsMargins(0, 0, 0, 0)
        self._sources.setSpacing(2)
        self._source_labels: list[Elided] = []
        self.sql = QPlainTextEdit(inside)
        self.sql.setReadOnly(True)
        self.sql.setTabChangesFocus(True)
        self.sql.setAccessibleName("The statement behind the number, as it can be run on the session")
        self.rows_title = Label("", "small")
        self.rows = Table("Rows behind the number", inside)
        self.rows.wanted.connect(self._page)
        for widget in (
            self.sentence, self.facts, self.window_label, self.judged, self.deeds, self.coverage, self.strip, self.why,
            self.definition, self.formula, self.sql, self.sources, self.rows_title,
        ):  # fmt: skip
            self._column.addWidget(widget)
        for label in (self.judged, self.definition, self.formula, self.deeds, self.window_label):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column.addWidget(self.rows, 1)
        # Without rows to fill the panel, what is above keeps to its top.
        self._column.addStretch(0)
        scroll = QScrollArea(self)
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller = scroll
        self.body.addWidget(scroll, 1)
        self.body.addWidget(self._build_foot())
        self._saving = SaveAs(self)
        self._saving.chosen.connect(self._export)

    def _build_foot(self) -> QWidget:
        self.foot = QWidget(self)
        self._foot = QVBoxLayout(self.foot)
        self._foot.setContentsMargins(0, 0, 0, 0)
        strip = QWidget(self.foot)
        acts = FlowLayout(strip, gap=8)
        self.buttons: dict[str, PillButton] = {}
        for name, text, keys, spoken in _ACTS:
            button = PillButton(Pill(text, action=name, spoken=spoken), keys, strip)
            button.acted.connect(self._act)
            acts.addWidget(button)
            self.buttons[name] = button
        self.told = Elided("", "small")
        self.told.hide()
        self._foot.addWidget(strip)
        self._foot.addWidget(self.told)
        return self.foot

    def _show(self, answer: tuple[Number, ProofFigure]) -> None:
        asked, figure = answer
        if asked != self._asked:
            return
        self._figure = figure
        self.set_title(f"Proof · {figure.title}")
        self.set_aside(figure.moment)
        self.setAccessibleDescription(f"{figure.spoken}, {figure.moment}")
        self._fill(figure)
        self._page(0, PAGE)
        self.shown.emit(figure)

    def _fill(self, figure: ProofFigure) -> None:
        self.sentence.hide()
        self.facts.show_facts(figure.facts)
        self.facts.setVisible(bool(figure.facts))
        self._text(self.window_label, figure.window)
        self._text(self.judged, figure.judged)
        self._text(self.deeds, "\n".join(figure.deeds))
        self._text(self.coverage, figure.coverage)
        self._text(self.why, figure.why)
        self._text(self.definition, figure.definition)
        self._text(self.formula, figure.formula)
        self.strip.show_parts(figure.strip, figure.coverage)
        self.strip.setVisible(bool(figure.strip))
        if self.sql.toPlainText() != figure.sql:
            self.sql.setPlainText(figure.sql)
        self.sql.setVisible(bool(figure.sql))
        self._fill_sources(figure)
        self._text(self.rows_title, f"the {figure.rows_title} it read, newest first" if figure.rows_title else "")
        self.rows.setVisible(bool(figure.rows_title))
        self._tell("")
        self.foot.show()
        for name in ("csv", "json"):
            self.buttons[name].setVisible(bool(figure.rows_title))

    def _fill_sources(self, figure: ProofFigure) -> None:
        while len(self._source_labels) < len(figure.sources):
            label = Elided("", "small")
            self._source_labels.append(label)
            self._sources.addWidget(label)
        for index, label in enumerate(self._source_labels):
            label.setVisible(index < len(figure.sources))
            if index < len(figure.sources):
                source = figure.sources[index]
                label.show_text(f"{GLYPH[source.tone]} {source.name} · {source.words}")
                label.set_tone(source.tone if source.tone in (Tone.WARN, Tone.BAD, Tone.UNKNOWN) else None)
        self.sources.setVisible(bool(figure.sources))

    def _text(self, label: Label, text: str) -> None:
        label.show_text(text)
        label.setVisible(bool(text))

    def _say(self, sentence: str, tone: Tone) -> None:
        """A sentence in place of a proof."""
        for widget in (
            self.facts, self.window_label, self.judged, self.deeds, self.coverage, self.strip, self.why,
            self.definition, self.formula, self.sql, self.sources, self.rows_title, self.rows, self.foot,
        ):  # fmt: skip
            widget.hide()
        self.sentence.show_text(sentence)
        self.sentence.set_tone(tone)
        self.sentence.show()
        self.setAccessibleDescription(sentence)

    def _fail(self, sentence: str) -> None:
        self._figure = None
        self.set_aside("")
        self._say(sentence, Tone.BAD)

    def _page(self, offset: int, limit: int) -> None:
        figure = self._figure
        if figure is None or not figure.rows_title:
            return
        first = offset - offset % PAGE
        pages = -(-(offset + limit - first) // PAGE)
        self._bridge.ask(
            "proof rows", self._show_rows, _Rows(self._desk), figure.number, first, pages * PAGE, failed=self._fail_rows
        )

    def _show_rows(self, answer: tuple[Number, TableWindow]) -> None:
        number, window = answer
        if self._figure is None or number != self._figure.number:
            return
        if window.offset == 0 and not self.rows.hasFocus():
            self.rows.select_key("")
            self.rows.scrollToTop()
        self.rows.show_window(window)
        if self._counted != number and len(window.rows) >= PAGE:
            # Millions of rows take longer to count than a page takes to show.
            self._text(self.rows_title, f"the {self._figure.rows_title} it read, newest first; counting …")
            self._bridge.attend("proof total", self._count, _Total(self._desk), number, failed=self._fail_rows)
        else:
            self._name_rows(window.total)

    def _count(self, answer: tuple[Number, int]) -> None:
        number, total = answer
        if self._figure is None or number != self._figure.number:
            return
        self._counted = number
        self.rows.show_window(replace(self.rows.rows.window, total=total))
        self._name_rows(total)

    def _name_rows(self, total: int) -> None:
        figure = self._figure
        if figure is not None:
            self._text(self.rows_title, f"{words.count(total)} {figure.rows_title} it read, newest first")

    def _fail_rows(self, sentence: str) -> None:
        self._tell(sentence)

    def _act(self, name: str) -> None:
        match name:
            case "link":
                self.copy_link()
            case "text":
                self.copy_text()
            case "markdown":
                self.copy_markdown()
            case _:
                self.save_rows(name)

    def _copy(self, what: str, said: str) -> None:
        figure = self._figure
        if figure is None:
            return
        made: dict[str, Any] = {"link": figure.link, "text": figure.words, "markdown": figure.markdown}
        text = made[what]
        QApplication.clipboard().setText(text if isinstance(text, str) else text())
        self._tell(said)

    def _export(self, target: str, form: str) -> None:
        if self._figure is not None:
            self._tell("Writing the rows …")
            self._bridge.attend(
                "proof export", self._exported, self._desk.export_proof, self._figure.number, form, target,
                failed=self._fail_rows,
            )  # fmt: skip

    def _exported(self, target: str) -> None:
        self._tell(f"Written to {target}")

    def _tell(self, sentence: str) -> None:
        """What became of the last act; '' for nothing."""
        self._text(self.told, sentence)


class _Asked:
    """The proof together with the number it was asked for: answers may land after the user moved on."""

    def __init__(self, desk: ProofDesk) -> None:
        self._desk = desk

    def __call__(self, number: Number) -> tuple[Number, ProofFigure]:
        return number, self._desk.proof(number)


class _Total:
    """How many rows there are, together with their number."""

    def __init__(self, desk: ProofDesk) -> None:
        self._desk = desk

    def __call__(self, number: Number) -> tuple[Number, int]:
        return number, self._desk.proof_total(number)


class _Rows:
    """A page of rows together with its number."""

    def __init__(self, desk: ProofDesk) -> None:
        self._desk = desk

    def __call__(self, number: Number, offset: int, limit: int) -> tuple[Number, TableWindow]:
        return number, self._desk.proof_rows(number, offset, limit)
