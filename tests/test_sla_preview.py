"""Terms that are not saved yet: what they would change is said, with the holidays of their files, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.desk import Desk
from console.model.change import Change
from console.model.errors import SettingsError
from console.model.facts import Facts
from console.model.moment import DAY, HOUR, SECOND, to_datetime
from console.settings import Settings, from_document
from console.store import session as sessions
from console.store.append import append_facts
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, launch, ticket
from tests.conftest import StandingClock

OFFICE: dict[str, Any] = {"name": "office", "hours": {"every_day": "00:00-24:00"}}
POLICY = {"name": "P1", "resolve": "4 h", "calendar": "office"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A P1 that came yesterday at noon and is late by the shipped four hours."""
    clock, lanes, told = StandingClock(T0), Lanes(), list[Change]()
    made = Desk(sessions.create(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), told.append)
    lanes.write(made.save_settings, from_document(launch())).result()
    noon = T0 - T0 % DAY + 12 * HOUR
    lanes.write(
        append_facts, made.session, made._connection, Facts(ticket_event=ticket("A-1", noon, "P1")), T0
    ).result()
    clock.forward((noon + DAY - T0) / SECOND)
    yield made
    made.close()
    lanes.close()


def wanted(desk: Desk, **terms: Any) -> Settings:
    read = from_document(terms)
    return msgspec.structs.replace(desk.settings(), **{name: getattr(read, name) for name in terms})


def holiday(folder: Path, desk: Desk) -> str:
    """A file in which yesterday and today are holidays."""
    day = to_datetime(desk.reader().at).date() - timedelta(days=1)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20251101T000000Z",
             f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=2):%Y%m%d}", "SUMMARY:off",
             "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
    path = folder / "days.ics"
    path.write_text("\r\n".join(lines), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("name", "content"), [("photo.png", b"\x89PNG\r\n\x1a\n\x00"), ("empty.ics", b""), ("a.txt", b"hello")]
)
def test_a_file_that_is_no_calendar_is_one_sentence_and_changes_nothing(
    desk: Desk, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    before = desk.settings()
    with pytest.raises(SettingsError) as refused:
        desk.sla_preview(wanted(desk, calendar=[{**OFFICE, "holidays_from": str(path)}]))
    assert str(path) in refused.value.message
    assert refused.value.message.count(". ") == 0
    assert desk.settings() == before


def test_a_file_that_is_missing_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        desk.sla_preview(wanted(desk, calendar=[{**OFFICE, "holidays_from": str(tmp_path / "gone.ics")}]))


def test_the_verdicts_that_turn_are_counted_and_nothing_is_saved(desk: Desk) -> None:
    before = desk.settings()
    lines = desk.sla_preview(wanted(desk, sla=[{"name": "P1", "resolve": "48 h"}]))
    assert lines[0].startswith("1\u00a0SLA clock would be told otherwise, 1 with another verdict")
    assert lines[1].strip() == "1 × resolution: breached becomes ok"
    assert desk.settings() == before


def test_terms_that_change_nothing_say_nothing(desk: Desk) -> None:
    assert desk.sla_preview(wanted(desk, sla=[{"name": "P4", "resolve": "none"}])) == []


def test_the_holidays_of_a_file_are_counted_with_before_it_is_saved(desk: Desk, tmp_path: Path) -> None:
    calendar = {**OFFICE, "holidays_from": holiday(tmp_path, desk)}
    lines = desk.sla_preview(wanted(desk, calendar=[calendar], sla=[POLICY]))
    assert lines[1].strip() == "1 × resolution: breached becomes ok"
    assert desk.settings().calendar == []
