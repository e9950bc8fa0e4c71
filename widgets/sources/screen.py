"""The Sources screen: every source with its state and last trouble in full, beside it the form to add or edit one."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QWidget

from console.model.change import Change
from console.ports import Seen
from console.present.figures import SourceLine, SourcesFigure
from console.present.mapping import MappingFigure
from console.present.tone import Tone
from console.settings import Settings
from widgets import theme
from widgets.bridge import Bridge
from widgets.geometry import Preferences
from widgets.parts.empty import Empty
from widgets.parts.label import Elided
from widgets.parts.page import Page
from widgets.parts.refill import refill
from widgets.parts.scrolled import Scrolled
from widgets.sources.form import SourceForm
from widgets.sources.line import SourceCard
from widgets.sources.look_job import LookJob
from widgets.sources.mapping import MappingPanel
from widgets.sources.specs import KindForm, KindName, offer

_AGES_MS = 2_000
"""Ages and next polls are asked again this often while the screen is on show."""

_TYPING_MS = 400
"""A pause in typing after which a draft is written down, so that a kill costs no more than the last word."""

_SIDE_BY_SIDE = 1_000
"""Pixels at 100 % text from which list and form stand beside each other; below, the form takes the list's place."""


class SourcesScreen(QWidget):
    """Asks the desk, draws what it answers, and hands acts to the write lane."""

    said = Signal(str)

    def __init__(
        self, bridge: Bridge, desk: Any, drafts: Preferences | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._desk, self._kept = bridge, desk, drafts
        self.cards: dict[str, SourceCard] = {}
        self._drafts: dict[str, dict[str, str]] = self._drafts_kept()
        self._look: LookJob | None = None
        self._previewing: LookJob | None = None
        self._wanted_edit = ""
        self._saving = ""
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(_TYPING_MS)
        self._still.timeout.connect(self._keep_draft)
        self._build()
        bridge.changed.connect(self._changed)
        self._clock = QTimer(self)
        self._clock.setInterval(_AGES_MS)
        self._clock.timeout.connect(self._ask)

    def _build(self) -> None:
        look = theme.current()
        self.summary = Elided("", "muted")
        self.add = QPushButton("＋ Add a source", self)
        self.add.setProperty("role", "primary")
        self.add.setAccessibleName("Add a source")
        self.add.clicked.connect(self.add_source)
        self.add.setVisible(not self._desk.read_only)
        column = Page(self, "Sources", self.summary, self.add)
        self.banner = column.banner
        self.area = Scrolled("Sources", gap=10, parent=self)
        self.area.column.setContentsMargins(0, 0, look.px(4), 0)
        self.area.column.addStretch(1)
        self.empty = Empty("No source yet. Hypercare shows nothing until something is asked.", "Add a source")
        self.empty.acted.connect(self.add_source)
        self.empty.hide()
        self.form = SourceForm(self)
        self.form.hide()
        self.form.kind_asked.connect(self._ask_kind)
        self.form.typed.connect(self._still.start)
        self.form.save_asked.connect(self._save)
        self.form.test_asked.connect(self._test)
        self.form.test_cancelled.connect(self._cancel_test)
        self.form.preview_asked.connect(self._preview)
        self.form.closed.connect(self.close_form)
        self.mapping = MappingPanel(self)
        self.mapping.hide()
        self.mapping.word_chosen.connect(self._set_word)
        self.mapping.closed.connect(self.close_mapping)
        row = self._row = QHBoxLayout()
        row.setSpacing(look.px(12))
        row.addWidget(self.area, 3)
        row.addWidget(self.empty, 3)
        row.addWidget(self.mapping, 3)
        row.addWidget(self.form, 2)
        column.addLayout(row, 1)

    # -- the list -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    def _changed(self, change: Change) -> None:
        if self.isVisible() and change & (Change.SOURCES | Change.SETTINGS):
            self._ask()

    def _ask(self) -> None:
        self._bridge.ask("sources", self._show, self._desk.sources, failed=self._fault)

    def _show(self, figure: SourcesFigure) -> None:
        self.summary.show_text(figure.summary)
        lines = {line.name: line for line in figure.lines}
        refill(self.area.column, self.cards, lines, self._card, SourceCard.refresh)
        if self._desk.read_only:
            self.empty.say("No source in this session.")
        self._arrange()

    def _card(self, line: SourceLine) -> SourceCard:
        card = SourceCard(line, self._desk.read_only, self)
        card.poll_asked.connect(self._poll)
        card.pause_asked.connect(self._pause)
        card.edit_asked.connect(self.edit_source)
        card.remove_confirmed.connect(self._remove)
        card.cancel_asked.connect(self._cancel_backfill)
        return card

    def _poll(self, name: str) -> None:
        self._desk.poll_now(name)

    def _cancel_backfill(self, name: str) -> None:
        self._desk.cancel_backfill(name)

    def _pause(self, name: str, paused: bool) -> None:
        self._bridge.act("pause", self._done, self._desk.pause_source, name, paused, failed=self._fault)

    def _remove(self, name: str) -> None:
        self._bridge.act("remove", self._done, self._desk.remove_source, name, failed=self._fault)

    def _done(self, _answer: object) -> None:
        self._ask()

    def _fault(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.BAD)

    # -- the form -------------------------------------------------------------------------------------------------

    def add_source(self) -> None:
        """Open the form for a new source, with what was typed there before."""
        if self._desk.read_only:
            return
        self._keep_draft()
        self._open_form()
        self.form.open_new(self._drafts.get(""), frozenset(self.cards))

    def edit_source(self, name: str) -> None:
        """Open the form of a source; its settings are asked for first."""
        self._wanted_edit = name
        self._bridge.ask("edit", self._edit, self._desk.settings, failed=self._fault)

    def _edit(self, settings: Settings) -> None:
        source = next((s for s in settings.source if s.name == self._wanted_edit), None)
        if source is None:
            self._fault(f"The source {self._wanted_edit} is not among the settings any more; the list is read again.")
            self._ask()
            return
        self._keep_draft()
        self._open_form()
        self.form.open_edit(source, self._drafts.get(source.name), frozenset(self.cards))

    def _open_form(self) -> None:
        self._cancel_test()
        self.close_mapping()
        self.form.show()
        self._arrange()

    def close_form(self) -> None:
        """Put the form away; what was typed is kept for the next time, the secret is not."""
        self._cancel_test()
        self.close_mapping()
        self._keep_draft()
        self.form.forget_secret()
        self.form.hide()
        self._arrange()
        card = self.cards.get(self.form.editing)
        (card.edit if card is not None else self.add).setFocus()

    def _keep_draft(self) -> None:
        if self.form.isVisibleTo(self) and self.form.fields:
            self._drafts[self.form.editing] = self.form.state()
            self._write_drafts()

    def _drafts_kept(self) -> dict[str, dict[str, str]]:
        """What was typed and not saved before this program ended; nothing when it makes no sense any more."""
        held = self._kept.get(self._draft_key(), None) if self._kept is not None else None
        if not isinstance(held, dict):
            return {}
        return {
            name: {key: text for key, text in draft.items() if isinstance(text, str)}
            for name, draft in held.items()
            if isinstance(draft, dict)
        }

    def _write_drafts(self) -> None:
        if self._kept is not None:
            self._kept.set(self._draft_key(), {name: dict(draft) for name, draft in self._drafts.items()} or None)

    def _draft_key(self) -> str:
        return f"source drafts {self._desk.path}"

    def _ask_kind(self, kind: str) -> None:
        self._bridge.ask("kind", self._kind, offer, kind, failed=self.form.complain)

    def _kind(self, offered: tuple[list[KindName], KindForm]) -> None:
        if self.form.isVisibleTo(self):
            self.form.show_kind(*offered)

    def _save(self) -> None:
        source = self.form.read()
        if source is None:
            return
        self._saving = source.name
        self.form.save.setEnabled(False)
        self._bridge.act("save", self._saved, self._desk.save_source, source, self.form.secret, failed=self._not_saved)

    def _saved(self, sentence: str) -> None:
        self.form.save.setEnabled(True)
        editing = self.form.editing
        self.close_mapping()
        self.form.forget_secret()
        self.form.hide()
        self._still.stop()
        self._drafts.pop(editing, None)
        self._write_drafts()
        self.banner.say(sentence, Tone.GOOD)
        self._arrange()
        self._ask()
        card = self.cards.get(editing)
        (card.edit if card is not None else self.add).setFocus()

    def _not_saved(self, sentence: str) -> None:
        self.form.save.setEnabled(True)
        self.form.refuse(sentence)

    def _test(self) -> None:
        source = self.form.read()
        if source is None:
            return
        self._look = LookJob(self._desk.look(source, self.form.secret))
        self.form.show_testing()
        self._bridge.look("look", self._seen, self._look.run(), failed=self._unseen)

    def _cancel_test(self) -> None:
        look, self._look = self._look, None
        if look is not None:
            look.cancel()
        self.form.show_untested()

    def _seen(self, seen: Seen) -> None:
        if self._look is not None:
            self._look = None
            self.form.show_seen(seen)

    def _unseen(self, sentence: str) -> None:
        if self._look is not None:
            self._look = None
            self.form.show_trouble(sentence)

    # -- the mapping on real tickets ------------------------------------------------------------------------------

    def _preview(self) -> None:
        source = self.form.read()
        if source is None:
            return
        self._give_up_preview()
        self._previewing = LookJob(self._desk.preview_mapping(source, self.form.secret))
        self.mapping.wait()
        self.mapping.show()
        self._arrange()
        self._bridge.look("mapping", self._previewed, self._previewing.run(), failed=self._not_previewed)

    def _previewed(self, figure: MappingFigure) -> None:
        if self._previewing is not None:
            self._previewing = None
            self.mapping.show_figure(figure)

    def _not_previewed(self, sentence: str) -> None:
        if self._previewing is not None:
            self._previewing = None
            self.mapping.show_trouble(sentence)

    def _set_word(self, field: str, word: str, meaning: str) -> None:
        self.form.set_word(field, word, meaning)
        self._preview()

    def _give_up_preview(self) -> None:
        job, self._previewing = self._previewing, None
        if job is not None:
            job.cancel()

    def close_mapping(self) -> None:
        """Put the preview away; what was chosen in it stands in the form."""
        if self.mapping.isHidden():
            return
        self._give_up_preview()
        self.mapping.hide()
        self._arrange()
        if self.form.isVisibleTo(self):
            self.form.preview.setFocus()

    # -- room -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= theme.current().px(_SIDE_BY_SIDE)
        form, mapping = not self.form.isHidden(), not self.mapping.isHidden()
        room = (wide or not form) and not mapping
        beside = wide or not (form and mapping)
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self.area.setVisible(bool(self.cards) and room)
        self.empty.setVisible(not self.cards and room)
