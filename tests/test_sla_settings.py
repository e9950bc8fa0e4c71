"""Calendars and SLA policies in the settings: what they mean, and one sentence for what cannot be meant."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console import holidays, sla_settings
from console.model.calendar import ALWAYS
from console.model.errors import SettingsError
from console.model.sla import Agreement, Name
from console.settings import agreement, from_document, load
from tests.builders import bench

H = 3_600
OFFICE = {"name": "office", "time_zone": "Europe/Berlin", "hours": {"weekdays": "08:00-18:00", "friday": "08:00-12:00"}}
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//a//b//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20200101T000000Z
DTSTART;VALUE=DATE:20201225
DTEND;VALUE=DATE:20201227
RRULE:FREQ=YEARLY
SUMMARY:Christmas
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20200101T000000Z
DTSTART:20261211T180000Z
DTEND:20261211T230000Z
SUMMARY:A party is no holiday
END:VEVENT
END:VCALENDAR
"""


def agreed(**document: Any) -> Agreement:
    return agreement(from_document(document), "UTC")


def test_what_is_shipped() -> None:
    made = agreed()

    def told(clock: Name, severity: str | None, kind: str = "bug") -> int | None:
        found = made.target(clock, severity, None, kind, "jira")
        return None if found is None else found.seconds

    respond = [told(Name.RESPONSE, s) for s in ("P1", "P2", "P3", "P4", None)]
    resolve = [told(Name.RESOLUTION, s) for s in ("P1", "P2", "P3", "P4", None)]
    assert respond == [900, H, 4 * H, 8 * H, None]
    assert resolve == [4 * H, 24 * H, 80 * H, None, None], "ten working days are eighty hours of nine to five"
    assert told(Name.RESOLUTION, None, "question") == 48 * H
    assert told(Name.RESOLUTION, None, "enhancement") is None


def test_a_policy_of_ones_own_comes_first_and_one_with_a_shipped_name_changes_that() -> None:
    made = agreed(
        calendar=[OFFICE],
        sla=[
            {"name": "gold", "segment": "Enterprise", "severity": ["P1", "P2"], "resolve": "2 h", "calendar": "office"},
            {"name": "P2", "resolve": "1 working day"},
        ],
    )  # fmt: skip
    gold = made.target(Name.RESOLUTION, "P2", "enterprise", "bug", "jira")
    assert gold is not None and (gold.policy, gold.seconds, gold.calendar) == ("gold", 2 * H, "office")
    plain = made.target(Name.RESOLUTION, "P2", "pro", "bug", "jira")
    assert plain is not None and (plain.seconds, plain.calendar) == (round(44 * H / 5), "office")
    kept = made.target(Name.RESPONSE, "P2", "enterprise", "bug", "jira")
    assert kept is not None and (kept.policy, kept.seconds, kept.calendar) == ("P2", H, ALWAYS), (
        "gold says nothing of it"
    )


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"calendar": [{**OFFICE, "hours": {"mondy": "08:00-18:00"}}]}, 'Did you mean "monday"'),
        ({"calendar": [{**OFFICE, "hours": {"monday": "8-18"}}]}, 'write hours as "09:00-17:00"'),
        ({"calendar": [{**OFFICE, "hours": {"monday": "22:00-06:00"}}]}, "ends before it begins"),
        ({"calendar": [{**OFFICE, "hours": {"monday": "22:00-24:30"}}]}, "no time of day"),
        ({"calendar": [{**OFFICE, "hours": {"monday": ["08:00-12:00", "11:00-13:00"]}}]}, "overlap"),
        ({"calendar": [{**OFFICE, "hours": {}}]}, "no working hour"),
        ({"calendar": [{**OFFICE, "time_zone": "Europe/Berlinn"}]}, "unknown time zone"),
        ({"calendar": [{**OFFICE, "holydays": []}]}, 'Did you mean "holidays"'),
        ({"calendar": [{**OFFICE, "name": "always"}]}, "cannot be changed"),
        ({"calendar": [OFFICE, OFFICE]}, "two calendars"),
        ({"sla": [{"name": "a", "resolve": "4 hrs"}]}, "10 working days"),
        ({"sla": [{"name": "a", "resolve": "0 h"}]}, "write a length"),
        ({"sla": [{"name": "a", "resolve": "99999 d"}]}, "write a length"),
        ({"sla": [{"name": "a", "respond": -5}]}, "write a length"),
        ({"sla": [{"name": "a", "respond": 1e300}]}, "write a length"),
        ({"sla": [{"name": "a", "resolve": "9" * 320 + " working days"}]}, "write a length"),
        ({"sla": [{"name": "a", "severity": "P9", "resolve": "4 h"}]}, 'is for the severity "p9"'),
        ({"sla": [{"name": "a", "kind": "bugs", "resolve": "4 h"}]}, 'Did you mean "bug"'),
        ({"sla": [{"name": "a", "resolve": "4 h", "calendar": "offce"}]}, 'Did you mean "office"'),
        ({"sla": [{"name": "a", "severity": "P1"}]}, "promises nothing"),
        ({"sla": [{"name": "a", "resolve": "4 h", "pause": "x"}]}, 'Unknown key "pause"'),
        ({"escalation": [{"at": 50, "tell": []}]}, "tells nobody"),
        ({"escalation": [{"at": 0, "tell": "lead"}]}, "percent"),
        ({"forgotten": {"after": "soon"}}, "[forgotten]"),
        ({"forgotten": {"after": -5}}, "[forgotten]"),
        ({"forgotten": {"after": "99 999 d"}}, "[forgotten]"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_one_sentence(document: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        from_document(document)
    assert sentence in refused.value.message
    assert "\n" not in refused.value.message


def test_the_ladder_is_read_in_order() -> None:
    made = agreed(escalation=[{"at": 100, "tell": "lead"}, {"at": 50, "tell": ["assignee", "duty"]}])
    assert [(r.share, r.tell) for r in made.ladder] == [(0.5, ("assignee", "duty")), (1.0, ("lead",))]


def test_holidays_come_from_an_icalendar_file_with_every_year_unfolded(tmp_path: Path) -> None:
    (tmp_path / "free.ics").write_text(ICS)
    days = holidays.read(tmp_path / "free.ics", date(2026, 11, 20))
    assert date(2026, 12, 25) in days and date(2026, 12, 26) in days and date(2028, 12, 25) in days
    assert date(2026, 12, 27) not in days, "the end of an all-day event is the day after"
    assert date(2026, 12, 11) not in days


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "BEGIN:VEVENT", "\0\1\2", ICS[:200]])
def test_a_file_that_is_no_calendar_of_holidays_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "free.ics").write_text(text)
    with pytest.raises(SettingsError) as refused:
        holidays.read(tmp_path / "free.ics", date(2026, 11, 20))
    assert "free.ics" in refused.value.message and "\n" not in refused.value.message


@given(st.integers(0, len(ICS)), st.text(max_size=12), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_no_damage_to_the_file_is_more_than_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, place: int, dirt: str, cut: int
) -> None:
    path = tmp_path_factory.mktemp("ics") / "free.ics"
    path.write_text(ICS[:place] + dirt + ICS[place + cut :], "utf-8", errors="replace")
    with suppress(SettingsError):
        assert holidays.read(path, date(2026, 11, 20))


def test_a_settings_file_brings_the_dates_of_its_holidays_into_the_session(tmp_path: Path) -> None:
    (tmp_path / "free.ics").write_text(ICS)
    (tmp_path / "launch.toml").write_text(
        '[[calendar]]\nname = "office"\nhours = { weekdays = "09:00-17:00" }\nholidays_from = "free.ics"\n'
        "holidays = [2026-11-23]\n"
    )
    loaded = load(tmp_path / "launch.toml")
    (tmp_path / "free.ics").unlink()
    kept = sla_settings.reread(loaded.calendar, [], date(2026, 11, 20))
    assert kept == loaded.calendar, "what was read once is not read again"
    with bench(tmp_path) as story:
        story.settings(calendar=[{"name": "office", "hours": {"weekdays": "09:00-17:00"}, "imported": kept[0].imported,
                                  "holidays": [date(2026, 11, 23)]}])  # fmt: skip
        office = agreement(story.reader().settings, "UTC").calendars["office"]
    assert {date(2026, 11, 23), date(2026, 12, 25)} <= office.holidays


def test_another_path_in_the_editor_is_read(tmp_path: Path) -> None:
    (tmp_path / "free.ics").write_text(ICS)
    standing = from_document(
        {"calendar": [{**OFFICE, "holidays_from": "old.ics", "imported": ["2026-01-01"]}]}
    ).calendar
    wanted = from_document(
        {"calendar": [{**OFFICE, "holidays_from": str(tmp_path / "free.ics"), "imported": ["2026-01-01"]}]}
    ).calendar
    found = sla_settings.reread(wanted, standing, date(2026, 11, 20))
    assert date(2026, 12, 25) in found[0].imported and date(2026, 1, 1) not in found[0].imported
    assert sla_settings.reread(standing, standing, date(2026, 11, 20)) == standing
