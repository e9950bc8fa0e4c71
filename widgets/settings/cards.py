"""The sections of the Settings screen, as cards of fields and tables. They hold what is typed and judge nothing."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from widgets import theme
from widgets.fields import ChoiceField, Field, FlagField, LinesField, TextField
from widgets.parts.card import Card
from widgets.settings.items import ItemsEditor
from widgets.settings.rows import RowColumn, RowsEditor
from widgets.settings.sla_cards import calendars_editor, ladder_editor, policies_editor


class SettingsCards(QWidget):
    """``texts`` and ``tables`` hold every control by the name it has in ``document.Typed``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts: dict[str, Field] = {}
        self.tables: dict[str, RowsEditor | ItemsEditor] = {}

    @abstractmethod
    def _edited(self) -> None:
        """Something was typed."""

    @abstractmethod
    def _choose_list(self) -> None:
        """Ask for the file of a customer list."""

    @abstractmethod
    def try_terms(self) -> None:
        """Show what the calendars and policies as typed would change."""

    @abstractmethod
    def show_section(self, editor: QWidget) -> None:
        """Bring the card around an editor into view."""

    def _cards_left(self) -> list[Card]:
        return [
            self._session_card(), self._me_card(), self._privacy_card(), self._routes_card(), self._flows_card(),
            self._targets_card(), self._releases_card(),
        ]  # fmt: skip

    def _cards_right(self) -> list[Card]:
        return [
            self._calendars_card(), self._policies_card(), self._ladder_card(), self._segments_card(), self._customers_card(),
            self._consumers_card(),
        ]  # fmt: skip

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

    def _calendars_card(self) -> Card:
        return self._holds("calendar", "Working calendars", "always and office are there already", calendars_editor())

    def _policies_card(self) -> Card:
        card = self._holds("sla", "SLA policies", "the first that meets a ticket counts", policies_editor())
        self.tries = QPushButton("What would change?", card)
        self.tries.setAccessibleName("What would the calendars and policies as typed change?")
        self.tries.clicked.connect(self.try_terms)
        card.body.addWidget(self.tries, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _ladder_card(self) -> Card:
        card = self._holds("escalation", "Escalation ladder", "who is told as a clock runs out", ladder_editor())
        grid = _grid()
        share = TextField("Forgotten after", "Silent for this share of its target once taken up.", hint="0.25")
        self._place(grid, 0, 0, "forgotten_share", share)
        after = TextField("Without a target after", "A length such as 3 d.", hint="3 d")
        self._place(grid, 0, 1, "forgotten_after", after)
        card.body.addLayout(grid)
        return card

    def go_calendars(self) -> None:
        self._go("calendar")

    def go_policies(self) -> None:
        self._go("sla")

    def go_ladder(self) -> None:
        self._go("escalation")

    def _go(self, table: str) -> None:
        """The keyboard to a section, on its list, or on what adds to it while there is nothing."""
        editor = self.tables[table]
        filled = bool(editor.rows())
        goal = editor.add if not filled else editor.names if isinstance(editor, ItemsEditor) else editor.grid
        self.show_section(editor)
        goal.setFocus(Qt.FocusReason.OtherFocusReason)

    def _holds(self, name: str, title: str, aside: str, editor: RowsEditor | ItemsEditor) -> Card:
        card = Card(title, aside)
        editor.edited.connect(self._edited)
        self.tables[name] = editor
        card.body.addWidget(editor)
        return card


def _grid() -> QGridLayout:
    grid = QGridLayout()
    look = theme.current()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(look.px(12))
    grid.setVerticalSpacing(look.px(10))
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    return grid
