"""An edited mapping reaches the tickets that were told before, once, and the past stays as it was known."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.model.errors import SourceError
from console.model.facts import Facts, Fetched
from console.model.moment import DAY, MINUTE
from console.settings import SourceSettings
from console.sources.remapping import Mapped, build
from console.sources.site import Site
from console.sources.tickets.preview import can_preview
from console.vault import Secret
from tests.sources import cases_tickets
from tests.sources.contract import NOW, PASSWORD, Answer, Asked, Case, Heard, Inline, Remote, always, as_json, remote

MAPPED = [case for case in cases_tickets.CASES if can_preview(case.kind)]


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


class Session:
    """Polls with settings that may be edited in between; each poll by a source of its own."""

    def __init__(self, kind: str, options: dict[str, Any], folder: Path) -> None:
        self.kind, self.options, self.cursor, self.now = kind, options, b"", NOW
        self.heard = Heard()
        self.site = Site(
            "shop", Inline(), 60.0, NOW - 7 * DAY, NOW - 21 * DAY, Secret(PASSWORD), folder=folder / "shop",
            told_of=self.heard.told_of,
        )  # fmt: skip

    def poll(self) -> Fetched:
        async def once() -> Fetched:
            source = build(SourceSettings("shop", self.kind, options=self.options), self.site)
            try:
                return await source.poll(self.cursor, self.now)
            finally:
                await source.close()

        answer = asyncio.run(once())
        self.cursor = answer.cursor
        self.heard.take(answer.facts)
        return answer

    def read(self) -> Facts:
        facts = Facts()
        for _ in range(60):
            answer = self.poll()
            for name in Facts.__dataclass_fields__:
                getattr(facts, name).extend(getattr(answer.facts, name))
            if not answer.more:
                return facts
        raise AssertionError("never ended")

    def edit(self, **options: Any) -> None:
        self.options = {**self.options, **options}
        self.now += MINUTE


def mapped_anew(facts: Facts, field: str = "severity") -> list[tuple[str, str | None, str | None, int]]:
    rows = [row for row in facts.ticket_event if row.change_id.startswith("mapping:") and row.field == field]
    # A ticket may stand on two pages; the store knows the second by its change id.
    return sorted({(row.ticket, row.old, row.new, row.happened_at) for row in rows}, key=str)


@pytest.mark.parametrize("case", MAPPED, ids=str)
def test_every_connector_tells_its_tickets_anew_once(case: Case, server: Remote, tmp_path: Path) -> None:
    assert case.item is not None
    server.script = case.script(2 * case.page + 1)
    session = Session(case.kind, case.settings(server.url), tmp_path)
    first = session.read()
    word = {"roundup": "critical", "redmine": "Urgent", "rest": "high", "zendesk": "high"}.get(case.kind, "High")
    told = {row.ticket: row.new for row in first.ticket_event if row.field == "severity"}
    target = "P4"
    session.edit(severity_map={word: target})
    again = session.read()
    assert mapped_anew(again) == sorted(((t, was, target, NOW + MINUTE) for t, was in told.items()), key=str)
    assert {row.field for row in again.ticket_event if row.change_id.startswith("mapping:")} == {"severity"}
    session.now += MINUTE
    assert mapped_anew(session.read()) == []


def test_the_same_edit_there_and_back_is_told_each_time(server: Remote, tmp_path: Path) -> None:
    case = cases_tickets.JIRA_CLOUD
    server.script = case.script(1)
    session = Session("jira", case.settings(server.url), tmp_path)
    session.read()
    changes = set()
    for severity in ("P1", "P3", "P1"):
        session.edit(severity_map={"High": severity})
        rows = [row for row in session.read().ticket_event if row.change_id.startswith("mapping:")]
        assert [row.new for row in rows] == [severity]
        changes |= {row.change_id for row in rows}
    assert len(changes) == 3


def test_an_edit_in_the_middle_of_telling_anew_begins_again(server: Remote, tmp_path: Path) -> None:
    case = cases_tickets.JIRA_CLOUD
    server.script = case.script(2 * case.page)
    session = Session("jira", case.settings(server.url), tmp_path)
    session.read()
    session.edit(severity_map={"High": "P1"})
    assert len(mapped_anew(session.poll().facts)) == case.page
    session.edit(severity_map={"High": "P3"})
    assert {row[2] for row in mapped_anew(session.read())} == {"P3"}


def test_a_restart_without_an_edit_tells_nothing_anew(server: Remote, tmp_path: Path) -> None:
    case = cases_tickets.JIRA_CLOUD
    server.script = case.script(2)
    session = Session("jira", case.settings(server.url), tmp_path)
    session.read()
    asked = len(server.asked)
    session.edit(timeout_s=7.0)
    assert mapped_anew(session.read()) == []
    assert len([one for one in server.asked[asked:] if one.path.endswith("/search/jql")]) == 1


def test_a_cursor_of_before_goes_on_where_it_was(server: Remote, tmp_path: Path) -> None:
    case = cases_tickets.JIRA_CLOUD
    server.script = case.script(2)
    session = Session("jira", case.settings(server.url), tmp_path)

    async def inner() -> bytes:
        source = build(SourceSettings("shop", "jira", options=session.options), session.site)
        assert isinstance(source, Mapped)
        try:
            return (await source._inner.poll(b"", NOW)).cursor
        finally:
            await source.close()

    session.cursor = asyncio.run(inner())
    session.now += MINUTE
    assert session.poll().facts.covered[0].from_ == NOW


def test_a_fault_while_telling_anew_is_tried_again_and_loses_nothing(server: Remote, tmp_path: Path) -> None:
    case = cases_tickets.JIRA_CLOUD
    healthy = case.script(1)
    server.script = healthy
    session = Session("jira", case.settings(server.url), tmp_path)
    session.read()
    session.edit(severity_map={"High": "P1"})
    server.script = always(Answer(b"", 503))
    with pytest.raises(Exception, match="503"):
        session.poll()
    server.script = healthy
    assert [row[2] for row in mapped_anew(session.read())] == ["P1"]


def test_a_file_that_did_not_change_is_told_anew_with_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Nr,Was,Titel,Prio,Created\n1,White page,Herr,high,2026-11-20\n", "utf-8")
    session = Session(
        "csv", {"path": str(path), "map": {"key": "Nr", "title": "Titel", "created_at": "Created"}}, tmp_path
    )
    session.read()
    session.edit(map={"key": "Nr", "title": "Was", "severity": "Prio", "created_at": "Created"})
    facts = session.read()
    assert mapped_anew(facts, "title") == [("1", "Herr", "White page", NOW + MINUTE)]
    assert mapped_anew(facts) == [("1", "", "P2", NOW + MINUTE)]
    session.edit(map={"key": "Was", "title": "Was"})
    assert {row.ticket for row in session.read().ticket_event} == {"White page"}, "another key is another ticket"


@pytest.mark.parametrize("kind", ["csv", "rest"])
def test_the_next_reading_after_an_edit_tells_only_what_changed_there(
    server: Remote, tmp_path: Path, kind: str
) -> None:
    item = {"id": "1", "title": "White page", "status": "Parked", "created": "2026-11-20T09:00:00Z"}
    path = tmp_path / "x.csv"

    def say(**more: str) -> None:
        item.update(more)
        path.write_text(f"{','.join(item)}\n{','.join(item.values())}\n", "utf-8")

    say()
    server.script = lambda asked: as_json([item])
    where = {"path": str(path)} if kind == "csv" else {"url": server.url + "/v1/tickets"}
    session = Session(kind, {**where, "status_map": {"Parked": "resolved"}}, tmp_path)
    session.read()
    session.edit(status_map={"Parked": "in_progress"})
    again = session.read()
    assert [row[1:3] for row in mapped_anew(again, "status")] == [("resolved", "in_progress")]
    session.now += MINUTE
    say(title="Whiter")
    changed = [(row.field, row.old, row.new) for row in session.read().ticket_event]
    assert changed == [("title", "White page", "Whiter")]


def test_a_silent_page_while_telling_anew_loses_no_ticket(server: Remote, tmp_path: Path) -> None:
    rows = [{"id": str(n), "title": "x", "status": "Open", "priority": "high"} for n in range(12)]

    def script(asked: Asked) -> Answer:
        start = 3 * (int(asked.values.get("page", 1)) - 1)
        return as_json(rows[start : start + 3])

    server.script = script
    session = Session("rest", {"url": server.url + "/v1/tickets", "paging": "page"}, tmp_path)
    session.read()
    session.edit(severity_map={"high": "P4"})
    failed = 0

    def once_silent(asked: Asked) -> Answer:
        nonlocal failed
        if not failed:
            failed += 1
            return Answer(b"", 503)
        return script(asked)

    server.script = once_silent
    with pytest.raises(SourceError, match="503"):
        session.poll()
    assert len(mapped_anew(session.read())) == 12


def test_kinds_without_a_mapping_stay_as_they_are(tmp_path: Path) -> None:
    site = Session("feed", {}, tmp_path).site
    source = build(SourceSettings("shop", "feed", options={"url": "http://127.0.0.1:1/x"}), replace(site, secret=None))
    assert not isinstance(source, Mapped)
    asyncio.run(source.close())


def test_only_the_page_is_asked_for_once(server: Remote, tmp_path: Path) -> None:
    case = cases_tickets.JIRA_CLOUD
    server.script = case.script(1)
    session = Session("jira", case.settings(server.url), tmp_path)
    session.read()
    asked = len(server.asked)
    session.edit(severity_map={"High": "P1"})
    session.poll()
    questions: list[Asked] = server.asked[asked:]
    assert len({(one.path, str(one.values)) for one in questions}) == len(questions)
