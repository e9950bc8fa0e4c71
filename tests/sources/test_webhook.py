"""The receiver: kept before it is confirmed, counted once, and no sender can hurt another."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Fetched
from console.model.moment import DAY, HOUR, MINUTE, iso
from console.settings import SourceSettings
from console.sources import remapping
from console.sources.site import Site
from console.sources.tickets import webhook
from console.sources.tickets.rate import Rate
from console.sources.tickets.webhook import Options, WebhookSource
from console.vault import Secret
from tests.sources.contract import NOW, PASSWORD, Inline

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
BEARER = {"authorization": f"Bearer {PASSWORD}"}


@dataclass
class Hands:
    """A source that listens, and a client for it."""

    source: WebhookSource
    client: httpx.AsyncClient
    cursor: bytes = b""
    now: int = NOW

    async def poll(self) -> Fetched:
        answer = await self.source.poll(self.cursor, self.now)
        self.cursor = answer.cursor
        return answer

    async def send(self, document: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value.encode() for name, value in (headers or BEARER).items()}
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        return await self.client.post("/feedback", content=content, headers=named)


class Ticking:
    def now(self) -> int:
        return NOW


def site_of(folder: Path) -> Site:
    return Site(
        "forms",
        Inline(),
        5.0,
        NOW - 7 * DAY,
        NOW - 21 * DAY,
        Secret(PASSWORD),
        folder=folder / "forms",
        clock=Ticking(),
    )


def play(folder: Path, story: Callable[[Hands], Awaitable[None]], **options: Any) -> None:
    """Listen on a free port, let the story happen, close."""

    async def run() -> None:
        source = WebhookSource(Options(listen="127.0.0.1:0", **options), site_of(folder))
        try:
            first = await source.poll(b"", NOW)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{source.port}", trust_env=False) as client:
                await story(Hands(source, client, first.cursor))
        finally:
            await source.close()

    asyncio.run(run())


def values(answer: Fetched) -> dict[str, str | None]:
    return {row.field: row.new for row in answer.facts.ticket_event}


def test_a_report_becomes_a_ticket_with_a_receipt(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        answer = await hands.send(
            {
                "title": "Cannot pay",
                "body": "The page stays white.",
                "page": "/checkout",
                "browser": "Firefox 151",
                "os": "Ubuntu",
                "version": "3.0.1",
                "session": "s-77",
                "reporter": {"name": "Rosa", "email": "rosa@shop.example"},
                "customer": "Shop Ltd",
                "severity": "critical",
                "occurred_at": iso(NOW - HOUR),
                "mood": "bad",
            }
        )
        assert answer.status_code == 201
        assert answer.json()["ignored"] == ["mood"]
        receipt = answer.json()["receipt"]
        told = await hands.poll()
        assert {row.ticket for row in told.facts.ticket_event} == {receipt}
        got = values(told)
        assert (got["title"], got["severity"], got["status"]) == ("Cannot pay", "P1", "new")
        assert (got["channel"], got["release"], got["browser"]) == ("in_app", "3.0.1", "Firefox 151")
        assert got["reporter"] == "Rosa <rosa@shop.example>"
        assert got["body"] == "The page stays white.\n\nPage: /checkout\nSession: s-77"
        assert {row.happened_at for row in told.facts.ticket_event} == {NOW - HOUR}
        assert len((await hands.poll()).facts) == 0

    play(tmp_path, story)


def test_a_receipt_says_what_became_of_the_report(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        async def known(ticket: str) -> str:
            return "acknowledged"

        hands.source._site = replace(hands.source._site, status_of=known)
        receipt = (await hands.send({"title": "x"})).json()["receipt"]
        assert (await hands.client.get(f"/receipt/{receipt}")).json() == {
            "receipt": receipt,
            "state": "received",
            "received_at": iso(NOW),
        }
        await hands.poll()
        await hands.poll()
        answer = (await hands.client.get(f"/receipt/{receipt}")).json()
        assert (answer["state"], answer["status"]) == ("stored", "acknowledged")
        assert (await hands.client.get("/receipt/aaaaaaaaaaaa")).status_code == 404

    play(tmp_path, story)


def test_what_was_confirmed_outlives_a_killed_program(tmp_path: Path) -> None:
    async def killed(hands: Hands) -> None:
        assert (await hands.send({"title": "before the kill"})).status_code == 201
        # The answer of this poll never reaches the session, as when the program dies while storing it.
        await hands.poll()

    play(tmp_path, killed)

    async def again() -> None:
        source = WebhookSource(Options(listen="127.0.0.1:0"), site_of(tmp_path))
        try:
            assert values(await source.poll(b"", NOW))["title"] == "before the kill"
        finally:
            await source.close()

    asyncio.run(again())


@pytest.mark.parametrize("before", [1, 57], ids=["fewer before", "more before"])
def test_a_session_moved_without_its_folder_loses_no_report(tmp_path: Path, before: int) -> None:
    """A spool that counts from one again meets a cursor of the spool that was left behind."""
    cursor = b""

    async def there(hands: Hands) -> None:
        nonlocal cursor
        for n in range(before):
            await hands.send({"title": f"before {n}"})
        await hands.poll()
        await hands.poll()
        cursor = hands.cursor

    async def here(hands: Hands) -> None:
        hands.cursor = cursor
        receipts = [(await hands.send({"title": f"after {n}"})).json()["receipt"] for n in range(3)]
        told = await hands.poll()
        assert [row.new for row in told.facts.ticket_event if row.field == "title"] == ["after 0", "after 1", "after 2"]
        assert (await hands.client.get(f"/receipt/{receipts[0]}")).json()["state"] == "received"
        await hands.poll()
        assert (await hands.client.get(f"/receipt/{receipts[0]}")).json()["state"] == "stored"

    play(tmp_path / "there", there)
    play(tmp_path / "here", here)


def test_a_spool_that_fails_is_a_sentence_and_the_port_stays_open(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        assert hands.source._spool is not None
        real = hands.source._spool._connection
        hands.source._spool._connection = closed = sqlite3.connect(":memory:")
        closed.close()
        with pytest.raises(SourceError, match="check the disk") as caught:
            await hands.poll()
        assert caught.value.trouble is Trouble.UNREACHABLE
        assert (await hands.client.get("/receipt/abcdefgh12")).status_code == 503
        hands.source._spool._connection = real
        assert (await hands.send({"title": "x"})).status_code == 201
        assert values(await hands.poll())["title"] == "x"

    play(tmp_path, story)


def test_a_repeat_by_either_id_counts_once_and_hears_the_same_receipt(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        one = await hands.send({"id": "r-1", "title": "x"})
        two = await hands.send({"id": "r-1", "title": "x, sent again"})
        assert (one.status_code, two.status_code) == (201, 200)
        assert one.json()["receipt"] == two.json()["receipt"]
        three = await hands.send({"title": "y"}, **BEARER, idempotency_key="k")
        four = await hands.send({"title": "y"}, **BEARER, idempotency_key="k")
        assert three.json()["receipt"] == four.json()["receipt"]
        five, six = await hands.send({"title": "z"}), await hands.send({"title": "z"})
        assert five.json()["receipt"] == six.json()["receipt"], "the same words at once are a repeat"
        told = await hands.poll()
        assert len({row.ticket for row in told.facts.ticket_event}) == 3
        late = await hands.send({"id": "r-1", "title": "x"})
        assert late.json()["receipt"] == one.json()["receipt"], "known after the session has it, too"

    play(tmp_path, story)


def test_a_signature_over_the_raw_body_is_as_good_as_the_token(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        body = b'{"title": "signed"}'
        good = hmac.new(PASSWORD.encode(), body, hashlib.sha256).hexdigest()
        assert (await hands.send(body, x_hypercare_signature=f"sha256={good}")).status_code == 201
        assert (await hands.send(body + b" ", x_hypercare_signature=f"sha256={good}")).status_code == 401
        assert (await hands.send(body, x_hypercare_signature="sha256=ä")).status_code == 401

    play(tmp_path, story)


def test_a_wrong_secret_is_refused_told_and_soon_not_listened_to(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        answers = [await hands.send({"title": "x"}, authorization="Bearer guess") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        told = await hands.poll()
        assert "11 wrong secret" in told.note
        assert len(told.facts) == 0
        assert PASSWORD not in told.note

    play(tmp_path, story)


def test_a_flood_hears_when_to_come_back_and_what_came_before_it_stays(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        answers = [await hands.send({"title": f"n {n}"}) for n in range(8)]
        assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 3
        assert int(answers[-1].headers["retry-after"]) in range(1, 20)
        told = await hands.poll()
        assert len({row.ticket for row in told.facts.ticket_event}) == 5
        assert "3 over the limit" in told.note

    play(tmp_path, story, per_minute=5)


@pytest.mark.parametrize("said", [True, False], ids=["said beforehand", "in chunks"])
def test_a_body_over_the_limit_is_refused_before_it_is_read(tmp_path: Path, said: bool) -> None:
    async def story(hands: Hands) -> None:
        async def chunks() -> Any:
            for _ in range(4):
                yield b"x" * 1_000

        content: Any = b"x" * 4_000 if said else chunks()
        answer = await hands.client.post("/feedback", content=content, headers=BEARER)
        assert answer.status_code == 413
        assert "1 too large" in (await hands.poll()).note

    play(tmp_path, story, max_kb=1)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"not json", 400, "no JSON"),
        (b"[1]", 400, "no object"),
        (b"[" * 5_000, 400, "nested"),
        (b'{"title": "\xff"}', 400, "no JSON"),
        (b"{}", 422, "title or body"),
        (b'{"title": ["x"]}', 422, "title must be text"),
        (b'{"title": "x", "tags": "a", "score": 9}', 422, "score"),
        (b'{"title": "x", "occurred_at": "soon"}', 422, "occurred_at"),
        (b'{"title": "x", "screenshot": "%%%"}', 422, "screenshot"),
        (b'{"title": "x", "screenshot": "TVqQAAMAAAAEAAAA"}', 422, "no PNG"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(tmp_path: Path, body: bytes, status: int, words: str) -> None:
    async def story(hands: Hands) -> None:
        answer = await hands.send(body)
        assert answer.status_code == status
        assert words in answer.json()["error"]
        told = await hands.poll()
        assert len(told.facts) == 0
        assert "1 not usable" in told.note

    play(tmp_path, story)


def test_a_sender_that_never_finishes_holds_nobody_up(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        hands.source._server.whole_request_s = 0.3
        slow = [await asyncio.open_connection("127.0.0.1", hands.source.port) for _ in range(20)]
        for _, writer in slow:
            writer.write(b"POST /feedback HTTP/1.1\r\nHost: x\r\nAuthor")
        assert (await hands.send({"title": "quick"})).status_code == 201
        lines = [await reader.readline() for reader, _ in slow]
        assert set(lines) == {b"HTTP/1.1 408 \r\n"}
        for _, writer in slow:
            writer.close()
        assert "20 too slow" in (await hands.poll()).note

    play(tmp_path, story)


def test_many_who_never_finish_make_room_for_one_who_does(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        held = [await asyncio.open_connection("127.0.0.1", hands.source.port) for _ in range(200)]
        assert (await hands.send({"title": "x"})).status_code == 201
        assert (await held[0][0].readline()).startswith(b"HTTP/1.1 503")
        for _, writer in held:
            writer.close()
        assert "too many at once" in (await hands.poll()).note

    play(tmp_path, story)


def test_who_does_not_know_the_secret_uses_up_nothing(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        for _ in range(4):
            assert (await hands.send({"title": "x"}, authorization="Bearer guess")).status_code == 401
            assert (await hands.send({"title": "x"}, x_hypercare_signature="sha256=00")).status_code == 401
        answers = [await hands.send({"title": f"n {n}"}) for n in range(5)]
        assert {answer.status_code for answer in answers} == {201}

    play(tmp_path, story, per_minute=5)


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n", b"\r\n" * 5 + b"\x00" * 40]
)
def test_what_is_no_http_is_told_so(tmp_path: Path, garbage: bytes) -> None:
    async def story(hands: Hands) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", hands.source.port)
        writer.write(garbage)
        writer.write_eof()
        assert (await reader.read()).startswith((b"HTTP/1.1 400", b"HTTP/1.1 4"))
        writer.close()
        assert (await hands.send({"title": "x"})).status_code == 201

    play(tmp_path, story)


def test_other_addresses_and_methods_are_named(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        assert (await hands.client.get("/")).status_code == 404
        answer = await hands.client.get("/feedback")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert (await hands.client.put("/receipt/abcdefgh12", content=b"x")).status_code == 405

    play(tmp_path, story)


def test_a_screenshot_is_a_private_file_and_a_hash_in_the_ticket(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        picture = "data:image/png;base64," + base64.b64encode(PNG).decode()
        await hands.send({"title": "x", "screenshot": picture})
        await hands.send({"title": "y", "screenshot": "https://shop.example/shot.png"})
        told = await hands.poll()
        bodies = sorted(row.new or "" for row in told.facts.ticket_event if row.field == "body")
        digest = hashlib.sha256(PNG).hexdigest()
        assert bodies == [
            "Screenshot: https://shop.example/shot.png",
            f"Screenshot: png, {len(PNG)} bytes, sha256 {digest}",
        ]
        kept = tmp_path / "forms" / "screenshots" / f"{digest}.png"
        assert kept.read_bytes() == PNG
        assert kept.stat().st_mode & 0o077 == 0
        assert (tmp_path / "forms" / "received.db").stat().st_mode & 0o077 == 0

    play(tmp_path, story)


def test_an_answer_about_contentment_is_a_survey(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        await hands.send({"body": "fine", "score": 9, "survey": "nps", "customer": "Shop"})
        told = await hands.poll()
        assert [(one.kind, one.score, one.customer) for one in told.facts.survey] == [("nps", 9.0, "Shop")]

    play(tmp_path, story)


def test_it_speaks_for_the_time_it_listened(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        hands.now = NOW + MINUTE
        assert [(s.from_, s.to) for s in (await hands.poll()).facts.covered] == [(NOW, NOW + MINUTE)]

    play(tmp_path, story)


def test_a_clock_that_cannot_be_right_is_not_believed(tmp_path: Path) -> None:
    async def story(hands: Hands) -> None:
        await hands.send({"title": "x", "occurred_at": iso(NOW + DAY)})
        await hands.send({"title": "y", "occurred_at": iso(NOW - 400 * DAY)})
        assert {row.happened_at for row in (await hands.poll()).facts.ticket_event} == {NOW}

    play(tmp_path, story)


def test_a_port_that_is_taken_is_a_sentence_and_is_tried_again(tmp_path: Path) -> None:
    async def run() -> None:
        taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        source = WebhookSource(Options(listen=f"127.0.0.1:{port}"), site_of(tmp_path))
        with pytest.raises(SourceError, match="another program listens there") as caught:
            await source.poll(b"", NOW)
        assert caught.value.trouble is Trouble.UNREACHABLE
        taken.close()
        await taken.wait_closed()
        assert "listening" in (await source.poll(b"", NOW)).note
        await source.close()
        await source.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"listen": "8765"}, "127.0.0.1:8765"),
        ({"listen": "localhost:8765"}, "127.0.0.1:8765"),
        ({"listen": "127.0.0.1:99999"}, "127.0.0.1:8765"),
        ({"post_path": "feedback"}, "begin with /"),
        ({"per_minute": 0}, "1 or more"),
    ],
)
def test_settings_that_cannot_work_say_what_would(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        webhook.build(Options(**options), site_of(tmp_path))


def test_without_a_secret_it_does_not_listen(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="shared secret"):
        webhook.build(Options(), replace(site_of(tmp_path), secret=None))


def test_a_look_says_when_the_whole_network_could_send(tmp_path: Path) -> None:
    async def run() -> list[str]:
        source = webhook.build(Options(listen="0.0.0.0:0"), replace(site_of(tmp_path), folder=None))
        return (await source.look(NOW)).lines

    assert any("whole network" in line for line in asyncio.run(run()))
    assert not (tmp_path / "forms").exists()


def test_a_limit_grows_again_with_time_and_forgets_who_was_quiet() -> None:
    seconds = [0.0]
    rate = Rate(2, lambda: seconds[0])
    assert [rate.take("a") for _ in range(3)] == [None, None, 30.0]
    seconds[0] = 30.0
    assert rate.take("a") is None
    for n in range(2_000):
        rate.take(f"peer {n}")
    assert len(rate._left) == 1_000


def test_a_source_that_keeps_things_beside_the_session_is_never_asked_ahead(tmp_path: Path) -> None:
    site = Site("in", Inline(), 5, 0, 0, folder=tmp_path)
    for kind, options in (
        ("webhook", {"listen": "127.0.0.1:0"}),
        ("csv", {"path": str(tmp_path / "a.csv")}),
        ("rest", {"url": "http://127.0.0.1:1/", "map": {"key": "id", "title": "title"}}),
    ):
        made = remapping.build(SourceSettings("in", kind, options=options), replace(site, secret=Secret("s" * 32)))
        assert made.asked_ahead is False, kind  # type: ignore[attr-defined]  # only some sources have a word on it
