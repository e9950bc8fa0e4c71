"""The frame: status line on top, rail on the left, one screen at a time, timeline below. Attaches to a desk, lets go.

What one would get wrong: everything heavy (the charts' library above all) is imported after the first paint, and
nothing here may open a dialog or take the focus by itself, because a wall screen has nobody to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from console import frugal
from console.model.change import Change
from console.model.moment import LIVE, Moment
from console.present.alerts_figures import NoticeRow
from console.present.figures import CommandFigure, StatusLine
from console.present.tone import Tone
from widgets import geometry, standing
from widgets.actions import ActionBook
from widgets.appearance import Appearance
from widgets.bridge import Bridge
from widgets.geometry import Preferences
from widgets.notices import AlertNotices, system_tray
from widgets.palette import Palette
from widgets.parts.banner import Banner
from widgets.proof.showing import Proofs
from widgets.rail import STOPS, Rail
from widgets.screens import MAKERS, Maker
from widgets.shortcuts_help import ShortcutsHelp
from widgets.stack import ScreenStack
from widgets.statusline import StatusLineBar
from widgets.window_actions import GROUPS, NEEDS_DESK, window_actions

if TYPE_CHECKING:
    from console.settings import Settings
    from console.work.lanes import Lanes

_TITLE = "Hypercare Console"
_OPEN = "Open in Triage"
_ELSEWHERE_MS = 10_000
"""How often status line and timeline are asked for while another screen than Command is on show."""

_WINDOW_S = 21_600
_FEW_PIXELS = 120


class Workplace(Protocol):
    """What the window needs of the workplace. What opens a desk waits for other lanes: the analysis lane runs it."""

    desk: Any
    on_change: Callable[[Change], None] | None

    @property
    def lanes(self) -> Lanes: ...

    def sessions(self) -> Any: ...

    def name_of(self, session_id: str) -> str: ...

    def open(self, path: Path) -> Any: ...

    def create(self, settings: Settings) -> Any: ...

    def start_demo(self, seed: int = 7) -> Any: ...

    def archive(self, path: Path) -> None: ...

    def delete(self, path: Path) -> None: ...


class MainWindow(QMainWindow):
    """Made and shown by ``main``; screens are built when they are first shown."""

    def __init__(self, workplace: Workplace, preferences: Preferences, makers: Mapping[str, Maker] = MAKERS) -> None:
        super().__init__()
        self.setWindowTitle(_TITLE)
        self.setAccessibleName(_TITLE)
        self.workplace = workplace
        self.preferences = preferences
        self.desk: Any = None
        self.notices: AlertNotices | None = None
        self.moment: Moment = LIVE
        self._wanted = ""
        self._painted = self._ready = False
        self.last_figure: CommandFigure | None = None
        self.appearance = Appearance(preferences)
        self.appearance.apply()
        self.bridge = Bridge(workplace.lanes, self)
        self.bridge.failed_loudly.connect(self._own_fault)
        self.bridge.changed.connect(self._changed)
        workplace.on_change = self.bridge.announce
        self.book = ActionBook(self)
        self._build(makers)
        self.book.add(window_actions(self))
        self._slow = QTimer(self)
        self._slow.setInterval(_ELSEWHERE_MS)
        self._slow.timeout.connect(self._ask_elsewhere)
        standing.stand(self, preferences)
        if workplace.desk is not None:
            self.attach(workplace.desk)
        else:
            self._show_unattached()

    def _build(self, makers: Mapping[str, Maker]) -> None:
        centre = QWidget(self)
        centre.setProperty("role", "screen")
        self.status = StatusLineBar(centre)
        self.banner = Banner(centre)
        self.banner.followed.connect(self.open_notice)
        self.rail = Rail(centre)
        self.stack = ScreenStack(self, makers, centre)
        self.timeline: Any = None
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        self._column = QVBoxLayout(centre)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.status)
        self._column.addWidget(self.banner)
        self._column.addLayout(row, 1)
        self.setCentralWidget(centre)
        self.palette_panel = Palette(self.book, self)
        self.help_panel = ShortcutsHelp(self)
        self.proofs = Proofs(self)
        self.palette_panel.join(self.proofs.links)
        self.rail.chosen.connect(self.show_screen)
        self.rail.menu_asked.connect(self._open_menu)
        self.status.acted.connect(self._run_from_pill)
        self.status.search_wanted.connect(self.toggle_palette)
        self.setMinimumSize(*(side // 2 for side in geometry.LEAST))

    # -- sessions -------------------------------------------------------------------------------------------------

    def attach(self, desk: Any) -> None:
        """Show this session. Its screens are built as they are needed, Command first."""
        self.detach()
        self.desk = desk
        self.last_figure = None
        # The name stands in the session's settings, and reading those is a statement.
        self.bridge.ask("name", self._named, _name_of, desk, failed=self.say)
        self.bridge.ask("warm", self._warmed, desk.warm, failed=self.say)
        self.rail.set_usable(frozenset(stop.screen for stop in STOPS))
        self.notices = AlertNotices(self.bridge, desk, system_tray(self), self)
        self.notices.loud.connect(self._alarm)
        self.notices.late.connect(self._late)
        self.notices.open_asked.connect(self._from_the_tray)
        self._slow.start()
        self.stack.drop("first_run")
        self.show_screen("command")

    def _named(self, name: str) -> None:
        if self.desk is None:
            return
        self.setWindowTitle(f"{name} – {_TITLE}")
        if self.last_figure is None:
            self.status.show_figure(StatusLine(name, "review, read-only" if self.desk.read_only else ""))

    def _warmed(self, _: None) -> None:
        """Whoever needs it finds it; there is nothing to show."""

    def detach(self) -> None:
        """Let go of the session: its screens close and hear nothing more."""
        self._slow.stop()
        if self.notices is not None:
            self.notices.close()
            self.notices.deleteLater()
            self.notices = None
        self.desk = None
        self.proofs.let_go()
        for name in [*NEEDS_DESK, "sessions", "first_run"]:
            self.stack.drop(name)
        self.rail.mark_saved()
        self.setWindowTitle(_TITLE)

    def open_session(self, path: Path) -> None:
        """Switch to a session file; the one that is open closes."""
        self._leave(f"Opening {path.stem} …")
        self.bridge.attend("open", self._opened, self.workplace.open, path, failed=self._not_opened)

    def create_session(self, settings: Settings) -> None:
        """Make a session and show it, with its Sources screen first."""
        self._leave(f"Making {settings.session.name} …")
        self.bridge.attend("open", self._created, self.workplace.create, settings, failed=self._not_opened)

    def start_demo(self) -> None:
        """Start the simulated launch and show it."""
        self._leave("Starting the simulated launch …")
        self.bridge.attend("open", self._opened, self.workplace.start_demo, failed=self._not_opened)

    def set_moment(self, moment: Moment) -> None:
        """Stand at another instant, with every screen that knows one."""
        self.moment = moment
        self.stack.set_moment(moment)
        self._ask_elsewhere()

    def _leave(self, sentence: str) -> None:
        self.banner.say(sentence, Tone.INFO)
        self.detach()
        self.rail.set_usable(frozenset())
        self.stack.setEnabled(False)

    def _opened(self, desk: Any) -> None:
        self._arrive()
        self.attach(desk)

    def _created(self, desk: Any) -> None:
        self._opened(desk)
        self.add_source()

    def _not_opened(self, sentence: str) -> None:
        self._arrive()
        if self.workplace.desk is not None:
            self.attach(self.workplace.desk)
            self.show_screen("sessions")
        else:
            self._show_unattached()
        self.banner.say(sentence, Tone.BAD)

    def _arrive(self) -> None:
        self.banner.dismiss()
        self.stack.setEnabled(True)

    def _show_unattached(self) -> None:
        self.status.show_figure(StatusLine("", ""))
        self.rail.set_usable(frozenset({"sessions"}))
        self.show_screen("sessions")
        self.bridge.ask("known", self._known, self.workplace.sessions, failed=self.say)

    def _known(self, figure: Any) -> None:
        if self.desk is None and not figure.lines:
            self.show_screen("first_run")

    # -- screens --------------------------------------------------------------------------------------------------

    def show_screen(self, name: str) -> None:
        """Show a screen by name, building it now if need be; before the first paint the wish is only noted."""
        if name in NEEDS_DESK and self.desk is None:
            return
        if name != self._wanted:
            self.proofs.close_sheet()
        self._wanted = name
        self.rail.show_current(name)
        if not self._ready:
            return
        screen = self.stack.turn_to(name)
        focus = getattr(screen, "focus_queue", None)
        if focus is not None and not self.palette_panel.isVisible():
            focus()
        if self.timeline is not None:
            self.timeline.setVisible(self.desk is not None)
        if name != "command":
            self._ask_elsewhere()

    def built(self, name: str) -> QWidget | None:
        """The screen if it was built already."""
        return self.stack.built(name)

    @property
    def current(self) -> str:
        return self._wanted

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._after_first_paint)

    def _after_first_paint(self) -> None:
        if self._ready:
            return
        self._ready = True
        from widgets.timeline import TimelineStrip

        self.timeline = TimelineStrip(self.centralWidget())
        self.timeline.setVisible(self.desk is not None)
        self._column.addWidget(self.timeline)
        self.show_screen(self._wanted)

    # -- what arrives ---------------------------------------------------------------------------------------------

    def say(self, sentence: str) -> None:
        """A fault of the world, as the line under the status line. Never takes the focus."""
        self.banner.say(sentence, Tone.WARN)

    def _own_fault(self, words: str) -> None:
        self.banner.say(f"Something here is broken ({words}); the rest goes on. The log has the details.", Tone.BAD)

    def _alarm(self, notice: NoticeRow) -> None:
        self.banner.say(notice.text, Tone.BAD, _OPEN if notice.opens else "", notice)

    def _late(self, notice: NoticeRow) -> None:
        if not (self.banner.isVisible() and self.banner.tone is Tone.BAD):
            self.banner.say(notice.text, Tone.WARN, _OPEN, notice)

    def _from_the_tray(self, notice: NoticeRow) -> None:
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()
        self.open_notice(notice)

    def open_notice(self, notice: NoticeRow) -> None:
        """The ticket a notice is about in Triage, or the part of the queue."""
        if notice.ticket:
            self.show_ticket(notice.ticket)
        else:
            self.show_screen("triage")
            self.stack.tell("triage", "narrow", notice.filter)

    def show_figure(self, figure: CommandFigure) -> None:
        """Fill status line and timeline."""
        if self.last_figure is None:
            # By now everything is loaded that a screen needs.
            frugal.settle()
        self.last_figure = figure
        self.status.show_figure(figure.status)
        if self.timeline is not None:
            self.timeline.show_figure(figure.timeline)

    def _changed(self, change: Change) -> None:
        if self._wanted != "command" and change & (Change.SOURCES | Change.SETTINGS):
            self._ask_elsewhere()

    def _ask_elsewhere(self) -> None:
        if self.desk is None or self._wanted == "command" or not self._ready:
            return
        self.bridge.ask(
            "frame", self.show_figure, self.desk.command, self.moment, _WINDOW_S, _FEW_PIXELS, failed=self.say
        )

    # -- actions --------------------------------------------------------------------------------------------------

    def has_desk(self) -> bool:
        return self.desk is not None

    def may_act(self) -> bool:
        return self.desk is not None and not self.desk.read_only

    def not_leaving(self) -> bool:
        return self.stack.isEnabled()

    def has_message(self) -> bool:
        return self.banner.isVisible()

    def add_source(self) -> None:
        self.show_screen("sources")
        self.stack.tell("sources", "add_source")

    def new_session(self) -> None:
        """Go to the form of a new session."""
        self.show_screen("sessions")
        self.stack.tell("sessions", "new_session")

    def run_action(self, name: str) -> None:
        self.book.run(name)

    def _run_from_pill(self, name: str) -> None:
        if not self.book.run(name) and name in {stop.screen for stop in STOPS}:
            self.show_screen(name)

    def _open_menu(self) -> None:
        menu = self.book.menu(self, GROUPS)
        corner = self.rail.more.mapToGlobal(self.rail.more.rect().topRight())
        corner.setY(corner.y() + self.rail.more.height() - menu.sizeHint().height())
        menu.popup(corner)

    def toggle_palette(self) -> None:
        if self.palette_panel.isVisible():
            self.palette_panel.close_up()
            return
        self.help_panel.close_up()
        self.palette_panel.open()

    def toggle_help(self) -> None:
        if self.help_panel.isVisible():
            self.help_panel.close_up()
            return
        self.palette_panel.close_up()
        self.help_panel.open(self.book.all())

    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def quit(self) -> None:
        self.close()

    def show_ticket(self, key: str) -> None:
        """A ticket by its row's key where it is decided."""
        self.show_screen("triage")
        self.stack.tell("triage", "show_ticket", key)

    def explain(self) -> None:
        """What moved in the span on show."""
        self.stack.tell("command", "explain_visible")

    def on_command(self) -> bool:
        return self.current == "command" and self.has_desk()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the proof away, wherever the focus went meanwhile."""
        if event.key() == Qt.Key.Key_Escape and self.proofs.sheet_shown:
            self.proofs.close_sheet()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        geometry.remember(self.preferences, standing.place_of(self))
        self.stack.keep_splits()
        self._slow.stop()
        self.workplace.on_change = None
        self.bridge.close()
        super().closeEvent(event)


def _name_of(desk: Any) -> str:
    return str(desk.name)
