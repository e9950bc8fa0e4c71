"""Sources at the counter of a real session: two systems with one key, a receipt that knows its ticket, a mapping looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from console.desk import Desk
from console.model.change import Change
from console.model.errors import ConsoleError, Trouble
from console.model.facts import Facts, Fetched, TicketEvent
from console.model.health import Health
from console.model.moment import HOUR, MINUTE
from console.settings import SourceSettings, from_document
from console.sources import registry
from console.store.append import PollRow
from console.vault import KeyringVault, Secret
from console.work.lanes import Lanes
from tests.builders import T0, moved, on_write_lane, ticket
from tests.conftest import StandingClock
from tests.fresh import created
from tests.sources.contract import Answer, Asked, always, as_json, remote
from tests.stories.servers import until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock, lanes, told = StandingClock(T0 + HOUR), Lanes(), list[Change]()
    made = Desk(created(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), told.append)
    on_write_lane(made, lanes, "append", "decide", "save_settings", "save_source")
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
    derived = TicketEvent("forms", "id-r1", "derived:1", "segment", "", "enterprise", "", T0 + 3 * MINUTE)
    told = Facts(ticket_event=[*ticket("r1", T0, source="forms"), later, derived])
    desk.append([(PollRow("forms", T0, T0, "good"), Fetched(told))])
    desk.decide("assign", "forms:r1", "Ana")
    site = desk.site(SourceSettings("forms", "webhook"))
    assert site.told_of is not None
    heard = dict(asyncio.run(site.told_of(["id-r1", "nobody", "it's"])))
    values, at = heard.pop("id-r1")
    assert heard == {}
    assert "segment" not in values, "that was ours"
    assert (values["status"], values["key"], values.get("assignee", ""), at) == ("resolved", "r1", "", T0 + 2 * MINUTE)


def test_a_mapping_is_looked_at_through_the_desk_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    plain = csv(tmp_path, "old", "x")
    typed = SourceSettings("old", "csv", options={**plain.options, "severity_map": {"Hoch": "P1"}})
    figure = asyncio.run(desk.preview_mapping(typed, None))
    assert figure.headline == "1 of the last 1 tickets would change."
    assert [(line.word, line.becomes) for line in figure.words if line.field == "severity"] == [("Hoch", "unset → P1")]
    assert not (tmp_path / "a.sources").exists()
    assert desk.reader().rows("SELECT count(*) FROM ticket_event") == [(0,)]


def test_a_credential_changed_beside_the_program_is_read_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(asked: Asked) -> Answer:
        return as_json([]) if asked.headers.get("authorization") == "Bearer new" else Answer(b"", 401)

    def health() -> Health:
        return desk.health()[0]

    monkeypatch.setenv("HYPERCARE_SECRET_FEED_KEY", "old")
    with remote(script) as server:
        desk.save_source(
            SourceSettings("mood", "feed", credential="feed-key", options={"url": server.url + "/x"}), None
        )
        until(lambda: desk.health() and health().trouble is Trouble.REFUSED, "the wrong credential was not refused")
        monkeypatch.setenv("HYPERCARE_SECRET_FEED_KEY", "new")
        desk.poll_now("mood")
        until(lambda: health().last_good, "the new credential was not taken")
        desk.poller.stop("mood")


def test_a_keyring_that_fails_is_the_trouble_of_its_source_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_name: str) -> Secret | None:
        raise ConsoleError("The keyring is locked; unlock it.")

    monkeypatch.setattr(desk._vault, "get", locked)
    with remote(always(as_json([]))) as server:
        where = {"url": server.url + "/x"}
        settings = desk.settings()
        sources = [
            SourceSettings("a", "feed", credential="key", options=where),
            SourceSettings("b", "feed", options=where),
        ]
        desk.save_settings(msgspec.structs.replace(settings, source=sources))
        until(
            lambda: {h.name: h.failures > 0 for h in desk.health()} == {"a": True, "b": False}, "a did not fail alone"
        )
        until(lambda: any(h.last_good for h in desk.health()), "b was not asked")
        assert next(h.sentence for h in desk.health() if h.name == "a") == "The keyring is locked; unlock it."
        for name in "ab":
            desk.poller.stop(name)


def test_a_credential_that_two_sources_share_is_new_for_both(desk: Desk) -> None:
    with remote(always(as_json([]))) as server:
        for name in "ab":
            desk.save_source(
                SourceSettings(name, "feed", credential="key", options={"url": f"{server.url}/{name}"}), None
            )
        desk.save_source(SourceSettings("a", "feed", credential="key", options={"url": f"{server.url}/a"}), "typed")
        until(
            lambda: {one.path for one in server.asked if one.headers.get("authorization")} == {"/a", "/b"},
            "one of them went on with the former credential",
        )
        for name in "ab":
            desk.poller.stop(name)
