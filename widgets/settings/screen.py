"""The Settings screen. Edits wait here, marked, until they are saved or undone; leaving it does not lose them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from console import paths
from console.model.change import Change
from console.model.errors import SettingsError
from console.present.tone import Tone
from console.settings import Settings
from widgets import theme, zones
from widgets.actions import Action
from widgets.bridge import Bridge
from widgets.fields import ChoiceField, Field, FlagField, LinesField, TextField
from widgets.geometry import Preferences
from widgets.parts.banner import Banner
from widgets.parts.card import Card
from widgets.parts.label import Label
from widgets.refused import RefusedError
from widgets.settings.document import Typed, settings_from, typed_from, typed_of
from widgets.settings.rows import RowColumn, RowsEditor

_TWO_COLUMNS = 1_060
"""Pixels at 100 % text from which the sections stand in two columns."""


class Loaded(msgspec.Struct, frozen=True):
    """What the screen asks for at once."""

    settings: Settings
    zone: ZoneInfo
    kpis: frozenset[str]
    zones: tuple[str, ...]


def load(desk: Any) -> Loaded:
    """For the read lane."""
    files: list[Path] = sorted((paths.resources() / "kpis").glob("*.sql"))
    return Loaded(desk.settings(), desk.session_zone(), frozenset(file.stem for file in files), zones.names())


def save(desk: Any, settings: Settings) -> Settings:
    """For the write lane: what other forms edit (sources, criteria, alert rules) is taken as it stands now."""
    now = desk.settings()
    whole = msgspec.structs.replace(settings, source=now.source, criterion=now.criterion, alert=now.alert)
    desk.save_settings(whole)
    return whole


class SettingsScreen(QWidget):
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
        self.texts: dict[str, Field] = {}
        self.tables: dict[str, RowsEditor] = {}
        self._build()
        bridge.changed.connect(self._changed)

    def actions_of_screen(self) -> list[Action]:
        """Joined to the window's book while the screen exists."""
        return [
            Action("settings.save", "Save the settings", "Session", self.save, ("Ctrl+S",), self.can_save),
            Action("settings.undo", "Undo unsaved changes of the settings", "Session", self.undo, (), self.can_save),
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
            self._columns.addLayout(side, 1)
        self._cards = [
            self._session_card(), self._me_card(), self._privacy_card(), self._routes_card(),
            self._flows_card(), self._targets_card(), self._releases_card(), self._segments_card(),
            self._customers_card(), self._consumers_card(),
        ]  # fmt: skip
        self.area.setWidget(self._inside)
        column.addWidget(self.area, 1)
        self._two = True
        self._spread()
        self._mark()
        self.area.setEnabled(False)

    def _session_card(self) -> Card:
        card = Card("Session", "times are in the session's zone")
        grid = _grid()
        self._place(grid, 0, 0, "name", TextField("Name"), span=2)
        go_live = TextField("Go-live", "When everything counts from; write 2026-11-14 09:00.", hint="2026-11-14 09:00")
        self._place(grid, 1, 0, "go_live", go_live)
        help_text = "Of days, weeks and calendars; empty is this machine's."
        zone = TextField("Time zone", help_text, hint="Europe/Berlin")
        self._place(grid, 1, 1, "time_zone", zone)
        self._place(grid, 2, 0, "planned_days", TextField("Planned days", hint="14"))
        self._place(grid, 2, 1, "week_start", ChoiceField("Week starts on", ("monday", "sunday", "saturday")))
        lookback = TextField("Look-back (days)", "History before go-live to read, for baselines.", hint="14")
        self._place(grid, 3, 0, "lookback_days", lookback)
        bad = TextField("Bad minute from", "The share of 5xx that makes a minute bad, such as 5 %.", hint="0.05")
        self._place(grid, 3, 1, "bad_minute_5xx", bad)
        titles = ("not chosen yet", "a fixed number a day", "the mean before go-live", "a flat trend")
        kinds = ("", "fixed", "pre_launch", "flat")
        self._place(grid, 4, 0, "baseline", ChoiceField("Ticket volume is normal at", kinds, titles=titles))
        self._place(grid, 4, 1, "per_day", TextField("Tickets a day", "For a fixed number or a flat trend.", hint="40"))
        guard = TextField("Guard after exit (days)", "So long the criteria are still judged, for relapses.", hint="14")
        self._place(grid, 5, 0, "guard_days", guard)
        card.body.addLayout(grid)
        return card

    def _me_card(self) -> Card:
        card = Card("Me")
        grid = _grid()
        self._place(grid, 0, 0, "me", TextField("Name", "Stands on your decisions and signatures."), span=2)
        card.body.addLayout(grid)
        return card

    def _privacy_card(self) -> Card:
        card = Card("Privacy")
        grid = _grid()
        help_text = "Older ones are deleted; the counts stay. Query strings are never kept."
        keep = TextField("Keep single calls (days)", help_text, hint="3")
        self._place(grid, 0, 0, "keep_calls_days", keep)
        flag = FlagField("Keep client addresses", "Off unless you need them and may keep them.")
        self._place(grid, 0, 1, "client_address", flag)
        card.body.addLayout(grid)
        return card

    def _routes_card(self) -> Card:
        card = Card("Routes", "patterns, one a line; * stands for anything")
        grid = _grid()
        internal = LinesField("Internal", "Not part of what users see.", hint="/health*", rows=4)
        self._place(grid, 0, 0, "internal", internal)
        critical = LinesField("Critical", "Watched more closely.", hint="POST /v3/payments/confirm", rows=4)
        self._place(grid, 0, 1, "critical", critical)
        card.body.addLayout(grid)
        return card

    def _flows_card(self) -> Card:
        columns = (
            RowColumn("name", "Name", 110),
            RowColumn("routes", "Routes"),
            RowColumn("statistic", "Statistic", 78),
            RowColumn("slo_ms", "SLO (ms)", 78),
        )
        help_text = "Several routes: divide them by “;”. Statistics: p50 p75 p90 p95 p99 mean."
        return self._table("flow", "Flows and SLOs", columns, "a flow", help_text)

    def _targets_card(self) -> Card:
        columns = (RowColumn("kpi", "KPI"), RowColumn("target", "Target", 120))
        help_text = "Shares as 0.001 or 0.1 %; durations in seconds; latency in ms."
        return self._table("targets", "Targets", columns, "a target", help_text)

    def _releases_card(self) -> Card:
        columns = (
            RowColumn("version", "Version", 90),
            RowColumn("at", "At", 150),
            RowColumn("kind", "Kind", 86),
            RowColumn("share", "Share", 64),
            RowColumn("note", "Note"),
        )
        help_text = "Kinds: version config rollback canary; a share for a canary, such as 10 %."
        return self._table("release", "Releases", columns, "a release", help_text)

    def _segments_card(self) -> Card:
        columns = (RowColumn("name", "Segment"), RowColumn("weight", "Weight", 90))
        help_text = "How much a segment's tickets count in the order of the queue; 1 where nothing is said."
        return self._table("segment", "Segments", columns, "a segment", help_text)

    def _customers_card(self) -> Card:
        columns = (
            RowColumn("customer", "Customer"),
            RowColumn("segment", "Segment", 96),
            RowColumn("plan", "Plan", 70),
            RowColumn("value", "Value", 80),
            RowColumn("domain", "E-mail domains", 130),
            RowColumn("consumer", "API keys", 100),
        )
        help_text = "Who a ticket is from: by its reporter's domain, or the key it was sent with. Ctrl+V pastes rows."
        card = self._table("customer", "Customers", columns, "a customer", help_text)
        self.imports = QPushButton("Import a list (CSV) …", card)
        self.imports.setAccessibleName("Import a list of customers from a CSV file")
        self.imports.clicked.connect(self._choose_list)
        card.body.addWidget(self.imports, 0, Qt.AlignmentFlag.AlignLeft)
        return card

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

    def _consumers_card(self) -> Card:
        columns = (RowColumn("id", "Id"), RowColumn("customer", "Customer"), RowColumn("segment", "Segment", 120))
        help_text = "Who is behind an API key. Ctrl+V in the table pastes rows from a spreadsheet or CSV."
        return self._table("consumer", "Consumers", columns, "a consumer", help_text)

    def _table(self, name: str, title: str, columns: tuple[RowColumn, ...], one: str, help_text: str) -> Card:
        card = Card(title)
        editor = RowsEditor(title, columns, one, help_text)
        editor.edited.connect(self._edited)
        self.tables[name] = editor
        card.body.addWidget(editor)
        return card

    def _place(self, grid: QGridLayout, row: int, column: int, name: str, field: Field, span: int = 1) -> None:
        field.edited.connect(self._edited)
        self.texts[name] = field
        grid.addWidget(field, row, column, 1, span, Qt.AlignmentFlag.AlignTop)

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
        self.area.setEnabled(not self._desk.read_only)
        if edited:
            if differs:
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
            self._fill(draft)
            self.banner.say("These are changes from last time that were not saved yet.", Tone.INFO)

    def _draft_key(self) -> str:
        return f"settings draft {self._desk.path}"

    def _edited(self) -> None:
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

    def can_save(self) -> bool:
        """True while there are edits to save."""
        return self.save_button.isEnabled()

    def undo(self) -> None:
        """Back to what is saved."""
        self._fill(self._saved)
        self.banner.dismiss()
        self._edited()

    def save(self) -> None:
        """Judge and save; what is wrong is shown where it stands."""
        if self._loaded is None:
            return
        self.banner.dismiss()
        try:
            settings = settings_from(self.typed(), self._loaded.settings, self._loaded.zone, self._loaded.kpis)
        except RefusedError as refused:
            self._complain(refused)
            return
        except SettingsError as error:
            self.banner.say(error.message, Tone.BAD)
            return
        self.save_button.setEnabled(False)
        self._bridge.act("save", self._was_saved, save, self._desk, settings, failed=self._not_saved)

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
        self._loaded = Loaded(settings, zone, self._loaded.kpis, self._loaded.zones)
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
        for side in (self._left, self._right):
            while side.count():
                side.takeAt(0)
        for place, card in enumerate(self._cards):
            (self._right if self._two and place >= 4 else self._left).addWidget(card)
        for side in (self._left, self._right):
            side.addStretch(1)
        self._columns.setStretch(1, 1 if self._two else 0)


def settings_or_none(typed: Typed, loaded: Loaded) -> Settings | None:
    """The settings as typed, None while they cannot be used."""
    try:
        return settings_from(typed, loaded.settings, loaded.zone, loaded.kpis)
    except (RefusedError, SettingsError):
        return None


def _grid() -> QGridLayout:
    grid = QGridLayout()
    look = theme.current()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(look.px(12))
    grid.setVerticalSpacing(look.px(10))
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    return grid
