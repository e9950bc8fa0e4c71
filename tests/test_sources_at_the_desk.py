"""Sources at the counter of a real session: two systems with one key, a receipt that knows its ticket, a mapping looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.desk import Desk
from console.model.change import Change
from console.model.facts import Facts, Fetched
from console.model.moment import HOUR, MINUTE
from console.settings import SourceSettings, from_document
from console.sources import registry
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, moved, on_write_lane, ticket
from tests.conftest import StandingClock
from tests.fresh import created


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock, lanes, told = StandingClock(T0 + HOUR), Lanes(), list[Change]()
    made = Desk(created(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), told.append)
    on_write_lane(made, lanes, "append", "decide", "save_settings")
    made.save_settings(from_document({"session": {"time_zone": "Europe/Berlin"}}))
    yield made
    made.close()
    lanes.close()


def csv(folder: Path, name: str, title: str) -> SourceSettings:
    path = folder / f"{name}.csv"
    path.write_text(f"Key,Title,Priority,Created\nT-1,{title},Hoch,2026-11-20 09:00\n", "utf-8")
    return SourceSettings(name, "csv", options={"path": str(path)})


def polled(desk: Desk, settings: SourceSettings) -> Fetched:
    async def once() -> Fetched:
        source = registry.build(settings, desk.site(settings))
        try:
            return await source.poll(b"", T0 + HOUR)
        finally:
            await source.close()

    answer = asyncio.run(once())
    desk.append([(PollRow(settings.name, T0, T0, "good"), answer)])
    return answer


def test_two_systems_with_the_same_key_stay_two_tickets(desk: Desk, tmp_path: Path) -> None:
    for settings in (csv(tmp_path, "old", "From the old one"), csv(tmp_path, "new", "From the new one")):
        polled(desk, settings)
    rows = desk.reader().rows("SELECT source, ticket, new FROM ticket_event WHERE field = 'title' ORDER BY source")
    assert rows == [("new", "T-1", "From the new one"), ("old", "T-1", "From the old one")]


def test_what_a_source_keeps_lies_beside_the_session_each_in_its_own_folder(desk: Desk, tmp_path: Path) -> None:
    polled(desk, csv(tmp_path, "old", "x"))
    assert (tmp_path / "a.sources" / "old" / "rows.db").exists()
    assert (tmp_path / "a.sources" / "old").stat().st_mode & 0o077 == 0


def test_times_without_a_zone_are_the_sessions(desk: Desk, tmp_path: Path) -> None:
    facts = polled(desk, csv(tmp_path, "old", "x")).facts
    assert {row.new for row in facts.ticket_event if row.field == "created_at"} == {"2026-11-20T08:00:00Z"}


def test_a_receipt_hears_the_state_its_ticket_has_here(desk: Desk) -> None:
    desk.append([(PollRow("forms", T0, T0, "good"), Fetched(Facts(ticket_event=ticket("r1", T0, source="forms"))))])
    site = desk.site(SourceSettings("forms", "webhook"))
    assert site.status_of is not None
    assert asyncio.run(site.status_of("id-r1")) == "new"
    assert asyncio.run(site.status_of("nobody")) == ""


def test_a_source_hears_what_it_told_whatever_was_decided_meanwhile(desk: Desk) -> None:
    later = moved("r1", T0 + 2 * MINUTE, "resolved", source="forms")
    told = Facts(ticket_event=[*ticket("r1", T0, source="forms"), later])
    desk.append([(PollRow("forms", T0, T0, "good"), Fetched(told))])
    desk.decide("assign", "forms:r1", "Ana")
    site = desk.site(SourceSettings("forms", "webhook"))
    assert site.told_of is not None
    heard = dict(asyncio.run(site.told_of(["id-r1", "nobody"])))
    values, at = heard.pop("id-r1")
    assert heard == {}
    assert (values["status"], values["key"], values.get("assignee", ""), at) == ("resolved", "r1", "", T0 + 2 * MINUTE)


def test_a_mapping_is_looked_at_through_the_desk_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    plain = csv(tmp_path, "old", "x")
    typed = SourceSettings("old", "csv", options={**plain.options, "severity_map": {"Hoch": "P1"}})
    figure = asyncio.run(desk.preview_mapping(typed, None))
    assert figure.headline == "1 of the last 1 tickets would change."
    assert [(line.word, line.becomes) for line in figure.words if line.field == "severity"] == [("Hoch", "unset → P1")]
    assert not (tmp_path / "a.sources").exists()
    assert desk.reader().rows("SELECT count(*) FROM ticket_event") == [(0,)]
