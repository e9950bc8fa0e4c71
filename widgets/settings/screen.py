"""The Settings screen. Edits wait here, marked, until they are saved or undone; leaving it does not lose them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from console.model.change import Change
from console.model.errors import SettingsError
from console.present.tone import Tone
from console.settings import Settings
from widgets import theme
from widgets.actions import Action
from widgets.bridge import Bridge
from widgets.fields import TextField
from widgets.geometry import Preferences
from widgets.parts.banner import Banner
from widgets.parts.label import Label
from widgets.refused import RefusedError
from widgets.settings.cards import SettingsCards
from widgets.settings.document import Typed, settings_from, typed_from, typed_of
from widgets.settings.items import ItemsEditor
from widgets.settings.loading import Loaded, load, save, settings_or_none
from widgets.settings.sla_cards import holiday_notes
from widgets.settings.sla_document import terms_of
from widgets.settings.whatif import WhatIf

_TWO_COLUMNS = 1_060
"""Pixels at 100 % text from which the sections stand in two columns."""


class SettingsScreen(SettingsCards):
    """``unsaved``: True as soon as something differs from what is saved. ``drafts`` keeps edits over a restart."""

    unsaved = Signal(bool)

    def __init__(
        self, bridge: Bridge, desk: Any, drafts: Preferences | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._desk, self._drafts = bridge, desk, drafts
        self._loaded: Loaded | None = None
        self._saved = Typed()
        self._marked = False
        self._wanted: Settings | None = None
        self._build()
        bridge.changed.connect(self._changed)

    def actions_of_screen(self) -> list[Action]:
        """Joined to the window's book while the screen exists."""
        return [
            Action("settings.save", "Save the settings", "Session", self.save, ("Ctrl+S",), self.can_save),
            Action("settings.undo", "Undo unsaved changes of the settings", "Session", self.undo, (), self.can_save),
            Action(
                "settings.try",
                "What would the calendars and policies change?",
                "Session",
                self.try_terms,
                (),
                self.may_edit,
            ),
            Action("settings.calendars", "Edit working calendars", "Session", self.go_calendars, (), self.may_edit),
            Action("settings.policies", "Edit SLA policies", "Session", self.go_policies, (), self.may_edit),
            Action("settings.ladder", "Edit the escalation ladder", "Session", self.go_ladder, (), self.may_edit),
        ]

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look = theme.current()
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(16), look.px(12), look.px(16), look.px(12))
        column.setSpacing(look.px(10))
        head = QHBoxLayout()
        self.state_words = Label("", "strong", Tone.WARN)
        self.undo_button = QPushButton("Undo changes", self)
        self.undo_button.setProperty("role", "quiet")
        self.undo_button.clicked.connect(self.undo)
        self.save_button = QPushButton("Save", self)
        self.save_button.setProperty("role", "primary")
        self.save_button.setAccessibleName("Save the settings")
        self.save_button.clicked.connect(self.save)
        head.addWidget(Label("Settings", "title"))
        head.addWidget(self.state_words, 1)
        head.addWidget(self.undo_button)
        head.addWidget(self.save_button)
        column.addLayout(head)
        self.banner = Banner(self)
        column.addWidget(self.banner)
        self.whatif = WhatIf(self)
        self.whatif.confirmed.connect(self._confirmed)
        self.whatif.closed.connect(self._not_now)
        column.addWidget(self.whatif)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName("Sections of the settings")
        self._inside = QWidget()
        self._columns = QHBoxLayout(self._inside)
        self._columns.setContentsMargins(0, 0, look.px(4), 0)
        self._columns.setSpacing(look.px(12))
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        for side in (self._left, self._right):
            side.setSpacing(look.px(12))
            side.addStretch(1)
            self._columns.addLayout(side, 1)
        self._sides = self._cards_left(), self._cards_right()
        self.area.setWidget(self._inside)
        column.addWidget(self.area, 1)
        self._two = True
        self._spread()
        self._mark()
        self.area.setEnabled(False)

    def _choose_list(self) -> None:
        """A list takes the place of all customers, at once: it may hold more than fit into this form."""
        dialog = QFileDialog(self, "Import a list of customers", "", "CSV (*.csv *.tsv *.txt);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.import_list)
        dialog.open()

    def import_list(self, path: str) -> None:
        self._bridge.attend("import", self._imported, self._desk.import_customers, path, failed=self._fault)

    def _imported(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.WARN if "left out" in sentence else Tone.GOOD)

    # -- what is saved and what is typed --------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._marked:
            self._ask()

    def _changed(self, change: Change) -> None:
        if change & Change.SETTINGS:
            self._ask()

    def _ask(self) -> None:
        self._bridge.ask("settings", self._show, load, self._desk, failed=self._fault)

    def _show(self, loaded: Loaded) -> None:
        saved = typed_from(loaded.settings, loaded.zone)
        first, edited = self._loaded is None, self._marked
        differs = saved != self._saved
        self._loaded, self._saved = loaded, saved
        zone = self.texts["time_zone"]
        if isinstance(zone, TextField):
            zone.offer(loaded.zones)
        self._show_calendars(loaded)
        self.area.setEnabled(not self._desk.read_only)
        if edited:
            if differs:
                # What was to be saved was put together before, and would take back what came since.
                self._wanted = None
                self.whatif.hide()
                sentence = "The settings were changed elsewhere meanwhile; saving puts yours in their place."
                self.banner.say(sentence, Tone.WARN)
        elif first or differs:
            self._fill(saved)
        if first:
            self._take_up_draft()
        self._mark()

    def typed(self) -> Typed:
        """Everything that stands in the form now."""
        texts = {name: field.text() for name, field in self.texts.items()}
        return Typed(texts, {name: editor.rows() for name, editor in self.tables.items()})

    def _fill(self, typed: Typed) -> None:
        for name, field in self.texts.items():
            field.set_text(typed.texts.get(name, ""))
            field.complain("")
        for name, editor in self.tables.items():
            editor.set_rows(typed.tables.get(name, []))
            editor.complain("")

    def _take_up_draft(self) -> None:
        draft = typed_of(self._drafts.get(self._draft_key(), None)) if self._drafts is not None else None
        if draft is not None and draft != self._saved:
            # A draft of an earlier version knows nothing of sections that came since.
            self._fill(Typed({**self._saved.texts, **draft.texts}, {**self._saved.tables, **draft.tables}))
            self.banner.say("These are changes from last time that were not saved yet.", Tone.INFO)

    def _draft_key(self) -> str:
        return f"settings draft {self._desk.path}"

    def _edited(self) -> None:
        self._wanted = None
        self.whatif.hide()
        self._mark()
        if self._drafts is not None:
            self._drafts.set(self._draft_key(), self.typed().plain() if self._marked else None)

    def _mark(self) -> None:
        marked = self._loaded is not None and self.typed() != self._saved
        self.save_button.setEnabled(marked and not self._desk.read_only)
        self.undo_button.setVisible(marked)
        words = "a review: nothing can be changed" if self._desk.read_only else "unsaved changes" if marked else ""
        self.state_words.show_text(words)
        if marked != self._marked:
            self._marked = marked
            self.unsaved.emit(marked)

    def may_edit(self) -> bool:
        return self.isVisible() and self.area.isEnabled()

    def can_save(self) -> bool:
        """True while there are edits to save."""
        return self.save_button.isEnabled()

    def undo(self) -> None:
        """Back to what is saved."""
        self._fill(self._saved)
        self.banner.dismiss()
        self._edited()

    def save(self) -> None:
        """Judge and save; what is wrong is shown where it stands, and first what other terms would change in the clocks."""
        settings = self._as_typed()
        if settings is None:
            return
        assert self._loaded is not None
        self.save_button.setEnabled(False)
        if terms_of(settings) == terms_of(self._loaded.settings):
            self._write(settings)
        else:
            self._wanted = settings
            self._bridge.attend(
                "terms", self._foreseen, self._desk.sla_preview, settings, failed=self._not_foreseen
            )  # fmt: skip

    def _write(self, settings: Settings) -> None:
        self._bridge.act("save", self._was_saved, save, self._desk, settings, failed=self._not_saved)

    def _as_typed(self) -> Settings | None:
        """The settings as typed; None where something is wrong, which is said then."""
        if self._loaded is None:
            return None
        self.banner.dismiss()
        self.whatif.hide()
        try:
            return settings_from(self.typed(), self._loaded.settings, self._loaded.zone, self._loaded.kpis)
        except RefusedError as refused:
            self._complain(refused)
        except SettingsError as error:
            self.banner.say(error.message, Tone.BAD)
        return None

    # -- what other terms would change ----------------------------------------------------------------------------

    def show_section(self, editor: QWidget) -> None:
        card = editor.parentWidget()
        self.area.verticalScrollBar().setValue(0 if card is None else card.y())

    def try_terms(self) -> None:
        """Show what the calendars and policies as typed would change; nothing is saved."""
        settings = self._as_typed()
        if settings is not None:
            self._bridge.attend("try", self._tried, self._desk.sla_preview, settings, failed=self._not_foreseen)

    def _tried(self, lines: list[str]) -> None:
        if lines:
            self.whatif.show_lines(lines, may_save=False)
        else:
            self.banner.say("No SLA clock would be told otherwise.", Tone.GOOD)

    def _foreseen(self, lines: list[str]) -> None:
        wanted = self._wanted
        if wanted is None:
            # Something was typed since.
            self._mark()
        elif lines:
            self.whatif.show_lines(lines, may_save=True)
            self._mark()
        else:
            self._write(wanted)

    def _not_foreseen(self, sentence: str) -> None:
        """A file of holidays that cannot be used is said at its calendar."""
        self._mark()
        rows = self.tables["calendar"].rows()
        place = next((n for n, row in enumerate(rows) if row[-1] and row[-1] in sentence), None)
        if place is None:
            self.banner.say(sentence, Tone.BAD)
        else:
            self._complain(RefusedError("calendar", sentence, place))

    def _confirmed(self) -> None:
        if self._wanted is not None:
            self.save_button.setEnabled(False)
            self._write(self._wanted)

    def _not_now(self) -> None:
        self._wanted = None
        self.save_button.setFocus()

    def _show_calendars(self, loaded: Loaded) -> None:
        editor = self.tables["calendar"]
        assert isinstance(editor, ItemsEditor)
        zone = editor.field("time_zone")
        if isinstance(zone, TextField):
            zone.offer(loaded.zones)
        editor.set_notes("holidays_from", holiday_notes(loaded.settings.calendar, loaded.today))

    def _complain(self, refused: RefusedError) -> None:
        field = self.texts.get(refused.field)
        if field is not None:
            field.complain(refused.sentence)
            field.focus()
            self.area.ensureWidgetVisible(field)
            return
        editor = self.tables[refused.field]
        editor.complain(refused.sentence, refused.row)
        self.area.ensureWidgetVisible(editor)

    def _was_saved(self, settings: Settings) -> None:
        assert self._loaded is not None
        kept = self.typed()
        zone = ZoneInfo(settings.session.time_zone) if settings.session.time_zone else self._loaded.zone
        self._loaded = msgspec.structs.replace(self._loaded, settings=settings, zone=zone)
        self._saved = typed_from(settings, zone)
        if settings_or_none(kept, self._loaded) == settings:
            self._fill(self._saved)
        self._edited()
        self.banner.say("The settings are saved.", Tone.GOOD)

    def _not_saved(self, sentence: str) -> None:
        self._mark()
        self.banner.say(sentence, Tone.BAD)

    def _fault(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.BAD)

    # -- room -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        two = self.width() >= theme.current().px(_TWO_COLUMNS)
        if two != self._two:
            self._two = two
            self._spread()

    def _spread(self) -> None:
        # Taken out as widgets: an item that ``takeAt`` hands to Python lives on for a while, and as long as it does the new
        # one keeps the first height it was asked for.
        for side in (self._left, self._right):
            for card in (*self._sides[0], *self._sides[1]):
                side.removeWidget(card)
        for side, cards in zip((self._left, self._right if self._two else self._left), self._sides, strict=True):
            for card in cards:
                side.insertWidget(side.count() - 1, card)
        self._columns.setStretch(1, 1 if self._two else 0)
