"""Any JSON API: its pages in five ways, its shapes by expressions, its changes by comparing, its writing by templates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Facts
from console.model.moment import DAY, HOUR, MINUTE, SECOND, iso
from console.ports import RemoteTicket, TicketWriter, Wish
from console.settings import SourceSettings
from console.sources.registry import build, build_writer, writes
from console.sources.site import Site
from console.sources.tickets import rest
from console.vault import Secret
from tests.sources.cases_tickets import REST_MAP, rest_item
from tests.sources.contract import NOW, PASSWORD, Answer, Asked, Inline, Remote, always, as_json, remote

MAP = {
    "id": "id",
    "key": "code",
    "title": "name",
    "status": "state.label",
    "created_at": "made",
    "updated_at": "touched",
}


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


class Reader:
    """A source that remembers beside a session, polled anew each time."""

    def __init__(self, server: Remote, folder: Path, **options: Any) -> None:
        self.settings = SourceSettings(
            "ops", "rest", options={"url": server.url + "/v1/tickets", "map": MAP, **options}
        )
        self.site = Site("ops", Inline(), 60.0, NOW - 7 * DAY, NOW - 21 * DAY, Secret(PASSWORD), folder=folder / "ops")
        self.cursor = b""
        self.now = NOW

    def read(self, most: int = 50) -> Facts:
        facts = Facts()
        for _ in range(most):
            answer = asyncio.run(self._once())
            self.cursor, self.note, self.partial = answer.cursor, answer.note, answer.partial
            for name in Facts.__dataclass_fields__:
                getattr(facts, name).extend(getattr(answer.facts, name))
            if not answer.more:
                return facts
        raise AssertionError("never ended")

    async def _once(self) -> Any:
        source = build(self.settings, self.site)
        try:
            return await source.poll(self.cursor, self.now)
        finally:
            await source.close()

    def look(self) -> list[str]:
        async def once() -> list[str]:
            source = build(self.settings, self.site)
            try:
                seen = await source.look(NOW)
                return [seen.headline, *seen.lines]
            finally:
                await source.close()

        return asyncio.run(once())


def tickets(facts: Facts) -> set[str]:
    return {row.ticket for row in facts.ticket_event}


def items(count: int) -> list[dict[str, Any]]:
    return [rest_item(n) for n in range(count)]


def paged(rows: list[Any], at_most: int = 3) -> Callable[[Asked], Answer]:
    """A server of every sort of paging that gives fewer than it is asked for."""

    def script(asked: Asked) -> Answer:
        values = asked.values
        start = int(values["offset"]) if "offset" in values else (int(values.get("page", 1)) - 1) * at_most
        page = rows[start : start + at_most]
        follow = f'</v1/tickets?page={int(values.get("page", 1)) + 1}>; rel="next"'
        headers = {"Link": follow} if start + at_most < len(rows) else {"Link": '</v1/tickets?page=1>; rel="first"'}
        return as_json({"data": {"rows": page}}, headers=headers)

    return script


@pytest.mark.parametrize("paging", ["page", "offset", "link"])
def test_all_items_come_however_the_pages_follow(server: Remote, tmp_path: Path, paging: str) -> None:
    server.script = paged(items(10))
    facts = Reader(server, tmp_path, paging=paging, items="data.rows", size_param="limit").read()
    assert tickets(facts) == {rest_item(n)["id"] for n in range(10)}
    assert len(facts.covered) == 1


def test_a_next_address_on_another_host_is_not_followed(server: Remote, tmp_path: Path) -> None:
    with remote(paged(items(1))) as stranger:
        other = stranger.url.replace("127.0.0.1", "localhost")
        server.script = always(as_json(items(2), headers={"Link": f'<{other}/x>; rel="next"'}))
        with pytest.raises(SourceError, match="another host"):
            Reader(server, tmp_path, paging="link").read()
        assert stranger.asked == []


def test_a_server_that_ignores_the_page_is_read_once(server: Remote, tmp_path: Path) -> None:
    server.script = always(as_json(items(4)))
    facts = Reader(server, tmp_path, paging="page").read()
    assert len(tickets(facts)) == 4
    assert len(server.asked) == 2


def test_a_query_in_the_address_stays(server: Remote, tmp_path: Path) -> None:
    server.script = always(as_json(items(1)))
    reader = Reader(server, tmp_path, url=server.url + "/v1/tickets?team=ops", paging="page", size_param="limit")
    reader.read()
    assert server.asked[0].values == {"team": "ops", "page": "1", "limit": "100"}


def test_what_changed_between_two_readings_is_told(server: Remote, tmp_path: Path) -> None:
    rows = items(3)
    server.script = lambda asked: as_json(rows)
    reader = Reader(server, tmp_path)
    assert len(tickets(reader.read())) == 3
    assert len(reader.read()) == 0
    later = iso(NOW - HOUR)
    rows[1] = {**rows[1], "state": {"label": "Done"}, "touched": later, "code": "MOVED-1"}
    reader.now = NOW + MINUTE
    facts = reader.read()
    assert [(r.ticket, r.field, r.old, r.new, iso(r.happened_at)) for r in facts.ticket_event] == [
        ("901", "key", "OPS-1", "MOVED-1", later),
        ("901", "status", "new", "resolved", later),
    ]


@pytest.mark.parametrize(
    ("form", "written"),
    [("iso", iso(NOW - HOUR - 2 * MINUTE)), ("epoch", str((NOW - HOUR - 2 * MINUTE) // SECOND)), ("epoch_ms", None)],
)
def test_the_next_reading_asks_from_an_overlap_before_the_newest_change(
    server: Remote, tmp_path: Path, form: str, written: str | None
) -> None:
    server.script = always(as_json([rest_item(0, touched=iso(NOW - HOUR))]))
    reader = Reader(server, tmp_path, since_param="updated_after", since_format=form)
    reader.read()
    assert "updated_after" not in server.asked[-1].values
    reader.read()
    assert server.asked[-1].values["updated_after"] == (written or str((NOW - HOUR - 2 * MINUTE) // 1_000))


def test_an_item_from_the_future_does_not_end_the_reading_of_all_others(server: Remote, tmp_path: Path) -> None:
    rows = [rest_item(0, touched="2099-12-30T00:00:00Z"), rest_item(1, touched=iso(NOW - HOUR))]

    def script(asked: Asked) -> Answer:
        since = asked.values.get("updated_after", "")
        return as_json([row for row in rows if row["touched"] >= since])

    server.script = script
    reader = Reader(server, tmp_path, since_param="updated_after")
    reader.read()
    rows[1] |= {"name": "Changed", "touched": iso(NOW + HOUR)}
    reader.now = NOW + 2 * HOUR
    assert [row.new for row in reader.read().ticket_event if row.field == "title"] == ["Changed"]
    assert server.asked[-1].values["updated_after"] == iso(NOW - 2 * MINUTE), "by the clock of the remote"


def test_a_floor_beyond_all_clocks_is_mended(server: Remote, tmp_path: Path) -> None:
    server.script = always(as_json([]))
    reader = Reader(server, tmp_path, since_param="updated_after")
    reader.cursor = msgspec.msgpack.encode(rest.Memory(floor=NOW + 400 * DAY))
    reader.read()
    reader.read()
    assert server.asked[-1].values["updated_after"] == iso(NOW - 2 * MINUTE)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_cursor_that_expired_in_a_pause_begins_the_reading_anew(server: Remote, tmp_path: Path, status: int) -> None:
    expired: set[str] = set()
    issued = 0

    def script(asked: Asked) -> Answer:
        nonlocal issued
        token = asked.values.get("cursor", "")
        if token in expired:
            return Answer(b"", status)
        if token:
            return as_json({"rows": items(4)[2:], "next": ""})
        issued += 1
        return as_json({"rows": items(4)[:2], "next": f"c{issued}"})

    server.script = script
    reader = Reader(server, tmp_path, paging="cursor", items="rows", next="next")
    with pytest.raises(AssertionError, match="never ended"):
        reader.read(most=1)
    expired.add("c1")
    with pytest.raises(SourceError, match=str(status)):
        reader.read()
    reader.now += HOUR
    facts = reader.read()
    assert tickets(facts) == {rest_item(n)["id"] for n in (2, 3)}, "the first two were told before the pause"
    assert [span.to for span in facts.covered] == [NOW + HOUR]


def test_expressions_reach_into_any_shape(server: Remote, tmp_path: Path) -> None:
    item = {
        "n": 17,
        "f": [{"id": "prio", "value": 1}, {"id": "mood", "value": "bad"}],
        "people": [{"name": "Ada"}, {"name": "محمد"}],
        "t": 1_795_240_000,
        "flag": True,
    }
    server.script = always(as_json({"result": [item]}))
    fields = {
        "key": "join('-', ['T', to_string(n)])",
        "title": "f[?id=='mood'].value | [0]",
        "severity": "f[?id=='prio'].value | [0]",
        "assignee": "people",
        "created_at": "t",
        "area": "length(n)",
    }
    facts = Reader(server, tmp_path, map=fields).read()
    got = {row.field: row.new for row in facts.ticket_event}
    assert (got["key"], got["title"], got["severity"], got["assignee"]) == ("T-17", "bad", "P1", "Ada, محمد")
    assert got["created_at"] == iso(1_795_240_000 * SECOND)
    assert "area" not in got, "a function at odds with the value leaves the field empty"


def test_without_a_map_the_items_own_keys_are_taken(server: Remote, tmp_path: Path) -> None:
    server.script = always(as_json([{"id": 5, "subject": "White", "priority": "high", "mood": 1}]))
    reader = Reader(server, tmp_path, map={})
    facts = reader.read()
    assert {row.field: row.new for row in facts.ticket_event}["title"] == "White"
    assert any('title ← "subject"' in line for line in reader.look())


def test_an_answer_without_a_list_says_what_to_set(server: Remote, tmp_path: Path) -> None:
    server.script = always(as_json({"a": [], "b": []}))
    with pytest.raises(SourceError, match="set items"):
        Reader(server, tmp_path).read()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"map": {"id": "a b c ["}}, "JMESPath"),
        ({"map": {"titel": "x"}}, 'Did you mean "title"'),
        ({"map": {"title": "x"}}, "id or key"),
        ({"items": "]["}, "items"),
        ({"paging": "cursor"}, "needs next"),
        ({"time_zone": "Mars"}, "Europe/Berlin"),
        ({"write_url": {"severity": "PATCH https://elsewhere.example/x"}}, "another host"),
        ({"write_url": {"severity": "https://x"}}, "method and an address"),
        ({"write_body": {"severity": '{"p": "{value}"'}}, "without quotes"),
    ],
)
def test_settings_that_cannot_work_say_what_would(
    server: Remote, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        Reader(server, tmp_path, **options).read()
    assert caught.value.trouble is Trouble.SETTINGS
    assert server.asked == []


# -- writing --------------------------------------------------------------------------------------------------------


class Api:
    """One ticket, with an ETag, and its comments."""

    def __init__(self) -> None:
        self.item = rest_item(0, id="7", level="normal")
        self.version = 1
        self.said: list[str] = []
        self.guarded = True

    def __call__(self, asked: Asked) -> Answer:
        if asked.path.endswith("/comments"):
            if asked.method == "POST":
                self.said.append(asked.values["text"])
                return as_json({"ok": True}, status=201)
            return as_json({"comments": self.said})
        if asked.path != "/v1/tickets/7":
            return as_json({"error": "no such ticket"}, status=404)
        if asked.method == "PATCH":
            if self.guarded and asked.headers.get("if-match") != f'"{self.version}"':
                return as_json({"message": "stale"}, status=412)
            self.version += 1
            self.item |= asked.values
        headers = {"ETag": f'"{self.version}"'} if self.guarded else {}
        return as_json({"ticket": self.item}, headers=headers)


def written(server: Remote, wish: Wish, between: Callable[[], None] = lambda: None, **more: Any) -> RemoteTicket:
    url = server.url + "/v1/tickets"
    options = {
        "url": url,
        "map": REST_MAP,
        "severity_map": {"blocker": "P1"},
        "status_map": {"Working": "in_progress"},
        "read_url": url + "/{id}",
        "read_item": "ticket",
        "write_url": {
            "severity": f"PATCH {url}/{{id}}",
            "status": f"PATCH {url}/{{id}}",
            "title": f"PATCH {url}/{{id}}",
            "comment": f"POST {url}/{{id}}/comments",
        },
        "write_body": {
            "severity": '{"level": {value}}',
            "status": '{"state": {"label": {value}}}',
            "title": '{"name": {value}}',
            "comment": '{"text": {value}}',
        },
        "find_url": {"comment": url + "/{id}/comments"},
        **more,
    }
    settings = SourceSettings("ops", "rest", options=options)
    assert {"severity", "comment"} <= writes(settings)

    async def run() -> RemoteTicket:
        writer: TicketWriter = build_writer(
            settings, Site("ops", Inline(), 60.0, NOW - 7 * DAY, NOW - 21 * DAY, Secret(PASSWORD))
        )
        try:
            seen = await writer.read("7")
            between()
            return await writer.done(seen, wish) or await writer.write(seen, wish)
        finally:
            await writer.close()

    return asyncio.run(run())


def test_a_field_is_written_in_the_vendors_word_under_its_etag(server: Remote) -> None:
    server.script = api = Api()
    assert written(server, Wish("d-1", "severity", "P1")).fields["severity"] == "P1"
    assert api.item["level"] == "blocker"
    patch = next(asked for asked in server.asked if asked.method == "PATCH")
    assert (patch.headers["if-match"], patch.headers["idempotency-key"]) == ('"1"', "d-1")


def test_no_value_breaks_out_of_its_template(server: Remote) -> None:
    server.script = api = Api()
    title = 'x", "level": "low\n{id} مرحبا'
    written(server, Wish("d", "title", title))
    assert api.item["name"] == title
    assert api.item["level"] == "normal"


@pytest.mark.parametrize("guarded", [True, False], ids=["by etag", "by comparing"])
def test_somebody_elses_change_is_a_conflict(server: Remote, guarded: bool) -> None:
    server.script = api = Api()
    api.guarded = guarded

    def moved() -> None:
        api.version += 1
        api.item["name"] = "Another"

    with pytest.raises(SourceError) as caught:
        written(server, Wish("d", "severity", "P1"), moved)
    assert caught.value.trouble is Trouble.CONFLICT
    assert api.item["level"] == "normal"


def test_a_comment_is_said_once_however_often_it_is_tried(server: Remote) -> None:
    server.script = api = Api()
    for _ in range(3):
        written(server, Wish("d-7", "comment", 'He said "hi"\nمرحبا'))
    assert api.said == ['He said "hi"\nمرحبا\n\n[hc:d-7]']


def test_a_word_that_is_not_set_is_declined_before_anything_is_sent(server: Remote) -> None:
    server.script = Api()
    with pytest.raises(SourceError, match="severity_map") as caught:
        written(server, Wish("d", "severity", "P2"))
    assert caught.value.trouble is Trouble.DECLINED
    assert all(asked.method == "GET" for asked in server.asked)


def test_a_success_that_changed_nothing_is_declined(server: Remote) -> None:
    api = Api()
    server.script = lambda asked: as_json({"ok": 1}) if asked.method == "PATCH" else api(asked)
    with pytest.raises(SourceError, match="left severity as it was"):
        written(server, Wish("d", "severity", "P1"))


def test_numbers_are_written_as_numbers(server: Remote) -> None:
    server.script = api = Api()
    body = {"severity": '{"level": {number}}'}
    written(
        server, Wish("d", "severity", "P1"), write_body=body, severity_map={"1": "P1"}, find_url={"comment": server.url}
    )
    assert api.item["level"] == 1
    with pytest.raises(SourceError, match="no number"):
        written(server, Wish("d", "severity", "P2"), write_body=body, severity_map={"high": "P2"})


@pytest.mark.parametrize("name", ["../8", "", "7?x", "7/../8", "a b"])
def test_an_id_that_could_lead_elsewhere_is_declined(server: Remote, name: str) -> None:
    server.script = Api()
    url = server.url + "/v1/tickets"
    settings = SourceSettings("ops", "rest", options={"url": url, "map": REST_MAP, "read_url": url + "/{id}"})

    async def run() -> None:
        writer = build_writer(settings, Site("ops", Inline(), 60.0, NOW, NOW, Secret(PASSWORD)))
        try:
            await writer.read(name)
        finally:
            await writer.close()

    with pytest.raises(SourceError, match="no usable id"):
        asyncio.run(run())
    assert server.asked == []


def test_without_templates_nothing_can_be_written() -> None:
    assert writes(SourceSettings("ops", "rest", options={"url": "http://x", "map": REST_MAP})) == frozenset()
