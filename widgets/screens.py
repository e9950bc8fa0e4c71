"""Which screens there are and how each is made and wired to the window. Imports happen when a screen is first shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from widgets.window import MainWindow

Maker = Callable[["MainWindow"], QWidget]


def command(window: MainWindow) -> QWidget:
    from widgets.command.screen import CommandScreen

    made = CommandScreen(window.bridge, window.desk)
    made.figure_shown.connect(window.show_figure)
    made.acted.connect(window.run_action)
    if not window.moment.live:
        made.set_moment(window.moment)
    return made


def triage(window: MainWindow) -> QWidget:
    from widgets.triage.screen import TriageScreen

    made = TriageScreen(window.bridge, window.desk, window.preferences)
    if not window.moment.live:
        made.set_moment(window.moment)
    return made


def exit_screen(window: MainWindow) -> QWidget:
    from widgets.exit.forecast import ForecastCard
    from widgets.exit.screen import ExitScreen
    from widgets.proof.panel import ProofPanel

    made = ExitScreen(window.bridge, window.desk)
    made.take_proof(ProofPanel(window.bridge, window.desk, made))
    made.take_forecast(ForecastCard(window.bridge, window.desk))
    if not window.moment.live:
        made.set_moment(window.moment)
    return made


def radar(window: MainWindow) -> QWidget:
    from widgets.radar.screen import RadarScreen

    made = RadarScreen(window.bridge, window.desk)
    made.ticket_asked.connect(window.show_ticket)
    if not window.moment.live:
        made.set_moment(window.moment)
    return made


def alerts(window: MainWindow) -> QWidget:
    from widgets.alerts.screen import AlertsScreen

    made = AlertsScreen(window.bridge, window.desk)
    made.notice_asked.connect(window.open_notice)
    if not window.moment.live:
        made.set_moment(window.moment)
    return made


def kpis(window: MainWindow) -> QWidget:
    from widgets.kpis.screen import KpisScreen

    made = KpisScreen(window.bridge, window.desk.numbers)
    if not window.moment.live:
        made.set_moment(window.moment)
    return made


def rules(window: MainWindow) -> QWidget:
    from widgets.rules.screen import RulesScreen

    return RulesScreen(window.bridge, window.desk)


def sources(window: MainWindow) -> QWidget:
    from widgets.sources.screen import SourcesScreen

    return SourcesScreen(window.bridge, window.desk, window.preferences)


def settings(window: MainWindow) -> QWidget:
    from widgets.settings.screen import SettingsScreen

    made = SettingsScreen(window.bridge, window.desk, window.preferences)
    made.unsaved.connect(window.rail.button("settings").mark)
    return made


def sessions(window: MainWindow) -> QWidget:
    from widgets.sessions.screen import SessionsScreen

    made = SessionsScreen(window.bridge, window.workplace)
    made.open_asked.connect(window.open_session)
    made.create_asked.connect(window.create_session)
    made.demo_asked.connect(window.start_demo)
    return made


def first_run(window: MainWindow) -> QWidget:
    from widgets.first_run.screen import FirstRunScreen

    made = FirstRunScreen()
    made.demo_asked.connect(window.start_demo)
    made.connect_asked.connect(window.new_session)
    return made


MAKERS: Mapping[str, Maker] = {
    "command": command,
    "triage": triage,
    "exit": exit_screen,
    "radar": radar,
    "alerts": alerts,
    "kpis": kpis,
    "rules": rules,
    "sources": sources,
    "settings": settings,
    "sessions": sessions,
    "first_run": first_run,
}
