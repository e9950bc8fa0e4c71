"""The Numbers screen: the catalogue by category, beside it one number with its chart and breakdown, or the editor of an own one.

One would get wrong: asking all numbers again on every poll. They come by the clock, and rest a multiple of what they took.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from console.model.change import Change
from console.model.moment import Moment
from console.present.kpis_figures import KpiFigure, NumbersFigure, OwnKpi
from console.present.tone import Tone
from widgets import theme
from widgets.actions import Action
from widgets.bridge import Bridge
from widgets.command.asking import Turn
from widgets.fields import Choice
from widgets.kpis.detail import KpiCard
from widgets.kpis.editor import OwnKpiEditor
from widgets.kpis.faults import FaultList
from widgets.parts.banner import Banner
from widgets.parts.card import Card
from widgets.parts.label import Elided, Label
from widgets.parts.table import Table
from widgets.parts.watching import WatchingScreen

_TICK_MS = 2_000
_LIVE_EVERY_S = 15.0
_REST = 5
_LEFT, _RIGHT = 960, 520
_USUAL_WINDOW = "day"
_AT_ONCE = Change.SETTINGS | Change.RELEASES


class Counter(Protocol):
    """What this screen asks; blocking, run on the lanes."""

    def numbers(self, moment: Moment, window: str) -> NumbersFigure: ...

    def kpi(self, moment: Moment, name: str, window: str, by: str) -> KpiFigure: ...

    def own(self, name: str) -> OwnKpi: ...

    def check(self, draft: OwnKpi) -> str: ...

    def save(self, draft: OwnKpi, before: str = "") -> str: ...

    def remove(self, name: str) -> str: ...


class KpisScreen(WatchingScreen):
    """``proof_asked`` carries the ``Number`` whose proof is wanted: of a row of either table, or of a point of the chart."""

    def __init__(
        self,
        bridge: Bridge,
        counter: Counter,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(bridge, _TICK_MS, _AT_ONCE, parent)
        self._counter = counter
        self._way = ""
        self.figure: NumbersFigure | None = None
        self._turn, self._detail_turn = Turn(clock), Turn(clock)
        self._build()

    def refresh(self) -> None:
        """Ask everything again, if anyone is looking."""
        if self.isVisible():
            self._ask()
            self._ask_detail()

    def focus_queue(self) -> None:
        """Where the keyboard goes when the window turns to this screen."""
        self.table.setFocus()

    @property
    def window_name(self) -> str:
        """Which window is looked at: hour, day, week or launch."""
        return str(self.windows.currentData() or _USUAL_WINDOW)

    def add_own(self) -> None:
        """Open the editor for a new number."""
        self._show_editor()
        self.editor.open_new()

    def edit_own(self, name: str) -> None:
        """Open the editor on a user's file, right or wrong."""
        self._bridge.ask("own", self._edit, self._counter.own, name, failed=self._fault)

    def actions_of_screen(self) -> list[Action]:
        """What the palette and the menu offer of this screen."""
        return [Action("kpis.add", "Add an own number", "Numbers", self.add_own)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.editor.isVisibleTo(self):
            self.close_editor()
            event.accept()
            return
        event.ignore()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.window().focusWidget() is None:
            self.table.setFocus()
        self.refresh()

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look = theme.current()
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(12), look.px(10), look.px(12), look.px(10))
        column.setSpacing(look.px(8))
        column.addLayout(self._head())
        self.banner = Banner(self)
        column.addWidget(self.banner)
        self.faults = FaultList(self)
        self.faults.edit_asked.connect(self.edit_own)
        column.addWidget(self.faults)
        card = Card(snug=True, parent=self)
        self.table = Table("Numbers", card)
        card.body.addWidget(self.table)
        self.detail = KpiCard(self)
        self.detail.hide()
        self.editor = OwnKpiEditor(self)
        self.editor.hide()
        self.sides = QSplitter(Qt.Orientation.Horizontal, self)
        self.sides.setChildrenCollapsible(False)
        self.sides.setHandleWidth(look.px(8))
        for place, (side, share) in enumerate(((card, 5), (self.detail, 3), (self.editor, 3))):
            self.sides.addWidget(side)
            self.sides.setStretchFactor(place, share)
        self.sides.setSizes([look.px(_LEFT), look.px(_RIGHT), look.px(_RIGHT)])
        column.addWidget(self.sides, 1)
        self.table.chosen.connect(self._choose)
        self.table.proof_asked.connect(self.proof_asked)
        self.detail.table.proof_asked.connect(self.proof_asked)
        self.detail.chart.proof_asked.connect(self.proof_asked)
        self.detail.way_chosen.connect(self._choose_way)
        self.detail.edit_asked.connect(self.edit_own)
        self.detail.remove_asked.connect(self._remove)
        self.editor.check_asked.connect(self._check)
        self.editor.save_asked.connect(self._save)
        self.editor.closed.connect(self.close_editor)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        self.summary = Elided("counting …", "muted")
        self.windows = Choice(self)
        self.windows.setAccessibleName("Window")
        self.windows.addItem("Last 24 h", _USUAL_WINDOW)
        self.windows.activated.connect(self._choose_window)
        self.add = QPushButton("＋ Own number", self)
        self.add.setProperty("role", "primary")
        self.add.setAccessibleName("Add an own number")
        self.add.clicked.connect(self.add_own)
        head.addWidget(Label("Numbers", "title"))
        head.addWidget(self.summary, 1)
        head.addWidget(self.windows)
        head.addWidget(self.add)
        return head

    # -- the catalogue --------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self._moment.live and self._turn.age() >= max(_LIVE_EVERY_S, _REST * self._turn.took):
            self.refresh()

    def _ask(self) -> None:
        if self._turn.start():
            self._bridge.ask(
                "numbers", self._show, self._counter.numbers, self._moment, self.window_name, failed=self._not_shown
            )

    def _ask_detail(self) -> None:
        name = self.table.selected_key
        if name and self._detail_turn.start():
            self._bridge.ask(
                "kpi", self._show_detail, self._counter.kpi, self._moment, name, self.window_name, self._way,
                failed=self._no_detail,
            )  # fmt: skip

    def _show(self, figure: NumbersFigure) -> None:
        again = self._turn.done()
        self.figure = figure
        self.summary.show_text(figure.summary)
        self._offer(figure.windows)
        self.table.show_window(figure.table)
        self.faults.show_faults(figure.faults)
        if not self.table.selected_key and figure.table.rows:
            self.table.select_key(figure.table.rows[0].key)
            self._ask_detail()
        if again and self.isVisible():
            self._ask()

    def _offer(self, windows: tuple[tuple[str, str], ...]) -> None:
        if self.windows.count() == len(windows):
            return
        chosen = self.window_name
        self.windows.clear()
        for name, title in windows:
            self.windows.addItem(title, name)
        self.windows.setCurrentIndex(max(0, self.windows.findData(chosen)))

    def _show_detail(self, figure: KpiFigure) -> None:
        again = self._detail_turn.done()
        if figure.kpi == self.table.selected_key:
            self.detail.show_figure(figure)
            # Before the first answer it would be a chart of nothing, with axes that begin in 1970.
            self.detail.setVisible(self.editor.isHidden())
        if again and self.isVisible():
            self._ask_detail()

    def _not_shown(self, sentence: str) -> None:
        self._turn.done()
        self.banner.say(sentence)

    def _no_detail(self, sentence: str) -> None:
        self._detail_turn.done()
        self.banner.say(sentence)

    def _choose(self, _name: str) -> None:
        self._way = ""
        self._ask_detail()

    def _choose_way(self, way: str) -> None:
        self._way = way
        self._ask_detail()

    def _choose_window(self, _place: int) -> None:
        self.refresh()

    def _fault(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.BAD)

    # -- own numbers ----------------------------------------------------------------------------------------------

    def _edit(self, own: OwnKpi) -> None:
        self._show_editor()
        self.editor.open_edit(own)

    def _show_editor(self) -> None:
        self.detail.hide()
        self.editor.show()

    def close_editor(self) -> None:
        """Back to the number; what was typed in a new one stays for the next time."""
        self.editor.hide()
        self.detail.show()
        self.add.setFocus()

    def _check(self, draft: OwnKpi) -> None:
        self._bridge.ask("check", self.editor.say_good, self._counter.check, draft, failed=self.editor.say_wrong)

    def _save(self, draft: OwnKpi, before: str) -> None:
        self._bridge.act("save", self._saved, self._counter.save, draft, before, failed=self.editor.say_wrong)

    def _saved(self, sentence: str) -> None:
        name = self.editor.saved()
        self.close_editor()
        self.banner.say(sentence, Tone.GOOD)
        self.table.select_key(name)
        self.refresh()

    def _remove(self, name: str) -> None:
        self._bridge.act("remove", self._removed, self._counter.remove, name, failed=self._fault)

    def _removed(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.GOOD)
        self.table.select_key("")
        self.refresh()
