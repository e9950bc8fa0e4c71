"""The Exit screen: may hypercare end, and what is missing. Rows left; forecast and proof right; every act is a decision.

One would get wrong: letting a refresh take the focus or what was typed, or offering an act where nothing may be decided
(a past moment, a session that is only read).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.artefacts import signed_file
from console.model.change import Change
from console.model.moment import Moment
from console.present.exit_figures import ExitFigure, ExitRow
from console.present.figures import Pill
from console.present.tone import Tone
from widgets import theme
from widgets.actions import Action
from widgets.bridge import Bridge
from widgets.command.asking import Turn
from widgets.exit import specs
from widgets.exit.detail import DetailCard
from widgets.exit.forecast import ForecastCard
from widgets.exit.form import ActForm
from widgets.exit.list import CriteriaList
from widgets.parts.banner import Banner
from widgets.parts.pill import PillButton
from widgets.parts.watching import WatchingScreen

if TYPE_CHECKING:
    from widgets.proof.panel import ProofPanel

_TICK_MS = 1_000
_LIVE_EVERY_S = 5.0
_REST = 8
_SIDE_BY_SIDE = 1_000
_DETAIL = 156
_AT_ONCE = Change.CRITERIA | Change.DECISIONS | Change.SETTINGS | Change.TICKETS
_KEYS = {
    Qt.Key.Key_E: "edit", Qt.Key.Key_S: "sign", Qt.Key.Key_W: "waive", Qt.Key.Key_N: "new", Qt.Key.Key_M: "maintenance",
    Qt.Key.Key_X: "exit",
}  # fmt: skip


class ExitDesk(Protocol):
    """What this screen asks of the desk; blocking, run on the lanes."""

    read_only: bool

    def exit(self, moment: Moment) -> ExitFigure: ...

    def decide_by_form(self, form: str, subject: str, fields: dict[str, str]) -> object: ...


class ExitScreen(WatchingScreen):
    """``proof_asked`` carries the ``Number`` of a row. ``forecast_slot`` and ``proof_slot`` take the cards at the right."""

    def __init__(
        self,
        bridge: Bridge,
        desk: ExitDesk,
        clock: Callable[[], float] = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(bridge, _TICK_MS, parent=parent)
        self._desk = desk
        self._turn = Turn(clock)
        self._faulty = self._wants_focus = self._sending = False
        self.figure: ExitFigure | None = None
        self.proof: ProofPanel | None = None
        self._forecast: ForecastCard | None = None
        self._build()

    @property
    def may_act(self) -> bool:
        """Acts are for the live moment of our own session."""
        return self._moment.live and not self._desk.read_only

    @property
    def row(self) -> ExitRow | None:
        return self.figure.row(self.list.selected) if self.figure is not None else None

    def set_moment(self, moment: Moment) -> None:
        if moment != self._moment:
            self._moment = moment
            if not self.may_act and self.form.spec is not None:
                self.form.put_away()
            # What can be done goes at once, before the answer of that moment comes.
            self.list.new.setVisible(self.may_act)
            self._show_detail()
            if self._forecast is not None:
                self._forecast.set_moment(moment)
            self.refresh()

    def take_proof(self, panel: ProofPanel) -> None:
        """Put the proof at the right, below; where there is no room for it the window shows its sheet."""
        self.proof = panel
        self.proof_slot.addWidget(panel, 1)
        self._arrange()

    def refresh(self) -> None:
        if self.isVisible():
            self._ask()

    def focus_queue(self) -> None:
        """The window gives the focus: to the chosen row, unless something is being typed."""
        self._wants_focus = True
        if self.form.spec is None:
            self.list.choose(self.list.selected)

    def actions_of_screen(self) -> list[Action]:
        """For palette and help; the letters work while the screen has the focus."""
        return [
            Action("exit.edit", "Exit: edit the criterion (E)", "Exit", self.edit, (), self.can_edit),
            Action("exit.sign", "Exit: sign off (S)", "Exit", self.sign, (), self.can_sign),
            Action("exit.waive", "Exit: waive (W)", "Exit", self.waive, (), self.can_edit),
            Action("exit.new", "Exit: new criterion (N)", "Exit", self.new, (), self.can_act),
            Action("exit.maintenance", "Exit: plan maintenance (M)", "Exit", self.maintenance, (), self.can_act),
            Action("exit.leave", "Exit: end hypercare (X)", "Exit", self.leave, (), self.can_act),
        ]

    # -- what can be done -----------------------------------------------------------------------------------------

    def can_act(self) -> bool:
        return self.may_act and self.isVisible() and self.figure is not None

    def can_edit(self) -> bool:
        return self.can_act() and self.row is not None

    def can_sign(self) -> bool:
        row = self.row
        return self.can_act() and row is not None and row.form in ("signed", "known_issues")

    def edit(self) -> None:
        self._open("edit")

    def sign(self) -> None:
        self._open("sign")

    def waive(self) -> None:
        self._open("waive")

    def new(self) -> None:
        self._open("new")

    def maintenance(self) -> None:
        self._open("maintenance")

    def leave(self) -> None:
        self._open("exit")

    def open_proof(self, key: str = "") -> None:
        """Enter: the proof of the row's number, where it has one."""
        row = self.figure.row(key or self.list.selected) if self.figure is not None else None
        if row is not None and row.number is not None:
            self.proof_asked.emit(row.number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        form = _KEYS.get(Qt.Key(event.key()))
        if plain and form is not None and self.can_act():
            self._open(form)
            event.accept()
        elif event.key() == Qt.Key.Key_Escape and self.form.spec is not None:
            self.form.put_away()
            event.accept()
        else:
            event.ignore()

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.banner = Banner(self)
        self.notice = Banner(self)
        self.head = QWidget(self)
        self._pill_row = QHBoxLayout(self.head)
        self._pills: list[PillButton] = []
        self._pill_row.addStretch(1)
        self.list = CriteriaList()
        self.detail = DetailCard()
        self.form = ActForm()
        self.left = QVBoxLayout()
        self.left.addWidget(self.list, 1)
        self.left.addWidget(self.detail)
        self.left.addWidget(self.form, 1)
        self.right = QWidget(self)
        self.right_column = QVBoxLayout(self.right)
        self.right_column.setContentsMargins(0, 0, 0, 0)
        self.forecast_slot, self.proof_slot = QVBoxLayout(), QVBoxLayout()
        self.right_column.addLayout(self.forecast_slot)
        self.right_column.addLayout(self.proof_slot, 1)
        self.body = QHBoxLayout()
        self.body.addLayout(self.left, 2)
        self.body.addWidget(self.right, 1)
        for part in (self.banner, self.notice, self.head):
            outer.addWidget(part)
        outer.addLayout(self.body, 1)
        self.list.chosen.connect(self._chosen)
        self.list.opened.connect(self.open_proof)
        self.list.new_asked.connect(self.new)
        self.detail.acted.connect(self._open)
        self.form.save_asked.connect(self._save)
        self.form.closed.connect(self._form_closed)
        self._fit()

    def _fit(self) -> None:
        look = theme.current()
        gap = look.px(10)
        self.body.setContentsMargins(gap, gap, gap, gap)
        for layout in (self.body, self.left, self.right_column):
            layout.setSpacing(gap)
        self.detail.setFixedHeight(look.px(_DETAIL))
        self._pill_row.setContentsMargins(gap, look.px(8), gap, 0)
        self._pill_row.setSpacing(look.px(8))
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= theme.current().px(_SIDE_BY_SIDE)
        filled = bool(self.forecast_slot.count() or self.proof_slot.count())
        self.right.setVisible(wide and filled)
        self.list.setVisible(self.form.spec is None or self.height() >= theme.current().px(520))
        self.detail.setVisible(self.form.spec is None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_pill_row"):
            self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._arrange()
        self.refresh()

    # -- asking ---------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self._moment.live and self._rested():
            self._ask()

    def _rested(self) -> bool:
        return self._turn.age() >= max(_LIVE_EVERY_S, _REST * self._turn.took)

    def _changed(self, change: Change) -> None:
        if self.isVisible() and (change & _AT_ONCE or self._rested()):
            self._ask()

    def _ask(self) -> None:
        if self._turn.start():
            self._bridge.ask("exit", self._show, self._desk.exit, self._moment, failed=self._fail)

    def _show(self, figure: ExitFigure) -> None:
        again = self._turn.done()
        self.figure = figure
        if self._faulty:
            self._faulty = False
            self.banner.say("")
        self.notice.say(figure.notice, figure.notice_tone)
        self._show_pills(figure.pills)
        # Whoever came here while there were no rows yet lands on the first one, not on a button of the head.
        first = not self.list.rows and (self._wants_focus or self.window().focusWidget() in (None, self.list.new))
        self.list.show_figure(figure, acts=self.may_act)
        self._show_detail()
        if first and self.form.spec is None:
            self.list.choose(self.list.selected)
        if again and self.isVisible():
            self._ask()

    def take_forecast(self, card: ForecastCard) -> None:
        """Put the forecast into its slot; it follows the moment, and its pills stand in the header."""
        self._forecast = card
        card.pills_changed.connect(self.show_pills)
        card.set_moment(self._moment)
        self.forecast_slot.addWidget(card)
        self._arrange()

    def show_pills(self, pills: tuple[Pill, ...]) -> None:
        """More pills behind the counts: what the forecast says."""
        self._more = pills
        if self.figure is not None:
            self._show_pills(self.figure.pills)

    _more: tuple[Pill, ...] = ()

    def _show_pills(self, pills: tuple[Pill, ...]) -> None:
        every = (*pills, *self._more)
        while len(self._pills) < len(every):
            made = PillButton(parent=self.head)
            self._pill_row.insertWidget(len(self._pills), made)
            self._pills.append(made)
        for place, pill in enumerate(self._pills):
            pill.setVisible(place < len(every))
            if place < len(every):
                pill.show_pill(every[place])

    def _show_detail(self) -> None:
        if self.figure is not None:
            self.detail.show_row(self.figure, self.row, self._deeds())

    def _deeds(self) -> list[tuple[str, str, str]]:
        """(form, words, key) of what can be done now."""
        row = self.row
        if not self.may_act or self.figure is None:
            return []
        deeds = []
        if row is not None:
            deeds.append(("edit", "Edit", "E"))
            if row.form in ("signed", "known_issues"):
                deeds.append(("sign", "Sign off", "S"))
                if row.signed_by:
                    deeds.append(("withdraw", "Withdraw a signature", ""))
            deeds.append(("end_waiver", "End the waiver", "") if row.waived else ("waive", "Waive", "W"))
            if row.own:
                deeds.append(("remove", "Remove", ""))
        deeds.append(("maintenance", "Plan maintenance", "M"))
        if any(not p.over for p in self.figure.planned):
            deeds.append(("end_maintenance", "End maintenance", ""))
        deeds.append(("exit", "Take up again" if self.figure.exited else "End hypercare", "X"))
        return deeds

    def _chosen(self, _key: str) -> None:
        self._show_detail()

    def _fail(self, sentence: str) -> None:
        self._turn.done()
        self._faulty = True
        self.banner.say(sentence)

    # -- acts -----------------------------------------------------------------------------------------------------

    def _open(self, form: str) -> None:
        spec = self._spec(form)
        if spec is not None:
            self.form.open(spec, self.list.width())
            self._arrange()

    def _spec(self, form: str) -> specs.FormSpec | None:
        row, figure = self.row, self.figure
        if figure is None or not self.may_act:
            return None
        match form:
            case "new":
                return specs.new(figure)
            case "maintenance":
                return specs.maintenance()
            case "end_maintenance":
                return specs.end_maintenance(figure)
            case "exit":
                return specs.leave(figure)
        if row is None or (form == "sign" and row.form not in ("signed", "known_issues")):
            return None
        match form:
            case "edit":
                return specs.edit(row)
            case "sign":
                return specs.sign(row, figure.me)
            case "withdraw":
                return specs.withdraw(row)
            case "waive":
                return specs.waive(row)
            case "end_waiver":
                return specs.end_waiver(row)
            case "remove":
                return specs.remove(row)
        return None

    def _save(self) -> None:
        spec = self.form.spec
        if spec is None or self._sending:
            return
        # The button stays enabled: a disabled one hands its focus on, and a row that gets it is chosen.
        self._sending = True
        typed = self.form.typed()
        subject = spec.subject or typed.get("name", "").strip() or typed.get("title", "").strip()
        self._bridge.act("decide", self._decided, _Deed(self._desk), spec.form, subject, typed, failed=self._refused)

    def _decided(self, _answer: Any) -> None:
        self._sending = False
        self.form.done()
        self._ask()

    def _refused(self, sentence: str) -> None:
        self._sending = False
        self.form.complain(sentence)

    def _form_closed(self) -> None:
        self._arrange()
        self.list.choose(self.list.selected)

    def say(self, sentence: str, tone: Tone = Tone.WARN) -> None:
        self.banner.say(sentence, tone)


class _Deed:
    """Write a form down (write lane). A path as artefact is read and hashed first, there and not where one types."""

    def __init__(self, desk: ExitDesk) -> None:
        self._desk = desk

    def __call__(self, form: str, subject: str, fields: dict[str, str]) -> object:
        artefact = fields.get("artefact", "").strip()
        if form == "sign" and artefact and (artefact.startswith("file:") or Path(artefact).expanduser().is_file()):
            path = Path(artefact.removeprefix("file:")).expanduser()
            fields = {**fields, "artefact": signed_file(path)}
        return self._desk.decide_by_form(form, subject, fields)
