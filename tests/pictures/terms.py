"""Pictures of calendars, policies and ladder in Settings, and of told rungs in Alerts: ``python -m tests.pictures.terms FOLDER``.

To be looked at by eye; nothing here judges them.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
from PySide6.QtWidgets import QApplication, QWidget

from console.model.escalation import Rise, fired, passed_before
from console.model.grouping import Grouping
from console.model.moment import HOUR, MINUTE
from console.present import alerts as words
from console.settings import from_document
from console.sla_settings import CalendarSettings
from tests.builders import T0
from tests.pictures.waiting import settle
from tests.widgets.command_desk import PromptLanes
from tests.widgets.fake_desk import FakeDesk
from tests.widgets.test_alerts_screen import PAY, SLOW, figure
from widgets import theme
from widgets.alerts.screen import AlertsScreen
from widgets.bridge import Bridge
from widgets.settings.screen import SettingsScreen

DARK, LIGHT, CONTRAST = theme.Look.DARK, theme.Look.LIGHT, theme.Look.CONTRAST
SHOTS = (
    ("dark", 1600, 1000, DARK, 1.0), ("light", 1600, 1000, LIGHT, 1.0), ("contrast", 1600, 1000, CONTRAST, 1.0),
    ("double", 1920, 1200, DARK, 2.0), ("small", 1000, 720, LIGHT, 1.0),
)  # fmt: skip
TERMS = {
    "session": {"name": "Atlas Checkout 3.0", "time_zone": "Europe/Berlin"},
    "calendar": [
        {"name": "office", "hours": {"weekdays": ["09:00-12:00", "13:00-17:30"], "friday": "09:00-15:00"}},
        {"name": "Tokyo desk", "time_zone": "Asia/Tokyo", "hours": {"every_day": "08:00-20:00"}},
    ],
    "sla": [
        {"name": "gold", "severity": ["P1", "P2"], "segment": "enterprise", "respond": "10 min", "resolve": "2 h"},
        {"name": "P3", "resolve": "5 working days", "calendar": "office", "pause_on": ["waiting", "vendor"]},
        {"name": "questions", "resolve": "none"},
    ],
    "escalation": [{"at": 50, "tell": "assignee"}, {"at": 100, "tell": ["team lead", "on-call"]}],
}
LINES = [
    "312 SLA clocks would be told otherwise, 29 with another verdict, also of tickets that are closed:",
    "  18 × resolution: ok becomes breached", "  11 × resolution: met becomes breached",
    "  jira:PAY-1482 resolution: ok becomes breached, left 0:12:40 → −1:47:20, due 14:02 → 12:02", "  and 311 more",
]  # fmt: skip


def settings_desk() -> FakeDesk:
    desk = FakeDesk()
    read = from_document(TERMS)
    days = [date(2026, 12, 25) + timedelta(days=n) for n in range(12)]
    office: CalendarSettings = read.calendar[0]
    holidays = CalendarSettings(office.name, office.hours, holidays_from="/home/lead/Feiertage.ics", imported=days)
    desk.current = msgspec.structs.replace(read, calendar=[holidays, *read.calendar[1:]])
    desk.preview = tuple(LINES)
    return desk


def alerts_desk() -> FakeDesk:
    desk = FakeDesk()
    grouping = Grouping()
    told = passed_before({100: 1419, 75: 310, 50: 204}, T0)
    notices = [] if told is None else [told]
    one = [Rise("jira:PAY-1482", "resolution", 75, ("assignee", "team lead"), "P1", "Jana Nováková")]
    late = [Rise(f"jira:PAY-{n}", "response", 100, ("team lead", "hypercare lead"), "P2") for n in range(1460, 1472)]
    for minute, rises in ((T0 + 2 * MINUTE, one), (T0 + 9 * MINUTE, late)):
        notices += grouping.at(minute, fired(rises, minute))
    rows = tuple(words.notice(n, {}, T0 + HOUR, ZoneInfo("Europe/Berlin")) for n in reversed(notices))
    desk.alert_figure = replace(figure(PAY, SLOW), notices=rows)
    return desk


def _save(screen: QWidget, folder: Path, name: str) -> None:
    settle(0.2)
    screen.grab().save(str(folder / f"{name}.png"))


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    for name, width, height, look, scale in SHOTS:
        theme.apply(app, theme.Theme(look, scale))
        lanes = PromptLanes()
        bridge = Bridge(lanes)  # type: ignore[arg-type]  # lanes that answer at once
        screen = SettingsScreen(bridge, settings_desk())
        screen.setProperty("role", "screen")
        screen.resize(width, height)
        screen.show()
        settle(0.3)
        for part in ("calendar", "sla", "escalation"):
            card = screen.tables[part].parentWidget()
            screen.area.verticalScrollBar().setValue(0 if card is None else card.y() - 8)
            _save(screen, folder, f"settings_{part}_{name}")
        field = screen.tables["calendar"].field("monday")  # type: ignore[union-attr]  # an editor of items
        field.set_text("09:00-13:00, 12:00-17:00")
        field.edited.emit()
        screen.save()
        _save(screen, folder, f"settings_fault_{name}")
        field.set_text("09:00-12:00")
        field.edited.emit()
        screen.save()
        _save(screen, folder, f"settings_whatif_{name}")
        screen.close()
        alerts = AlertsScreen(bridge, alerts_desk())
        alerts.setProperty("role", "screen")
        alerts.resize(width, height)
        alerts.show()
        settle(0.3)
        alerts.tabs.setCurrentWidget(alerts.notices)
        alerts.notices.lines[0].setFocus()
        _save(alerts, folder, f"alerts_notices_{name}")
        alerts.close()
        bridge.close()


if __name__ == "__main__":
    main()
