"""Every writer in a world of trouble: what was decided is done once or told as not done, and every fault is one sentence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest

from console.model.errors import SourceError, Trouble
from console.model.moment import DAY
from console.ports import RemoteTicket, TicketWriter, Wish, marker
from console.settings import SourceSettings
from console.sources.registry import build_writer, writes
from console.sources.site import Site
from console.vault import Secret
from tests.sources.contract import NOW, PASSWORD, Answer, Asked, Inline, Remote, Script, always, remote
from tests.sources.vendor import Vendor
from tests.sources.vendors import WRITERS, Writer

T = TypeVar("T")
pytestmark = pytest.mark.timeout(30)
COMMENT = Wish("d-1", "comment", "We are on it.\nمرحبا 💥 <b>not bold</b>")
TASK = Wish("d-2", "task", json.dumps({"title": "Fix the payment", "body": "Steps, expected, actual."}))
SEVERITY = Wish("d-3", "severity", "P1")


@pytest.fixture(params=WRITERS, ids=str)
def case(request: pytest.FixtureRequest) -> Writer:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


@pytest.fixture
def vendor(case: Writer, server: Remote) -> Vendor:
    server.script = made = case.vendor()
    return made


def settings(case: Writer, server: Remote, timeout_s: float = 5.0) -> SourceSettings:
    return SourceSettings(case.name, case.kind, options={**case.settings(server.url), "timeout_s": timeout_s})


def with_writer(case: Writer, server: Remote, act: Callable[[TicketWriter], Awaitable[T]], timeout_s: float = 5.0) -> T:
    async def run() -> T:
        place = Site(case.name, Inline(), 60.0, NOW - 7 * DAY, NOW - 21 * DAY, Secret(PASSWORD))
        writer = build_writer(settings(case, server, timeout_s), place)
        try:
            return await act(writer)
        finally:
            await writer.close()

    return asyncio.run(run())


def written(case: Writer, server: Remote, wish: Wish, timeout_s: float = 5.0) -> RemoteTicket:
    """Read, then write: what the outbox does for a wish that is new."""

    async def act(writer: TicketWriter) -> RemoteTicket:
        return await writer.write(await writer.read(ticket(case)), wish)

    return with_writer(case, server, act, timeout_s)


def again(case: Writer, server: Remote, wish: Wish) -> RemoteTicket:
    """What the outbox does for a wish whose first attempt left it in doubt."""

    async def act(writer: TicketWriter) -> RemoteTicket:
        now = await writer.read(ticket(case))
        return await writer.done(now, wish) or await writer.write(now, wish)

    return with_writer(case, server, act)


def ticket(case: Writer) -> str:
    return case.vendor().ticket


def trouble(act: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        act()
    assert caught.value.message.endswith((".", "?", "!")), caught.value.message
    assert PASSWORD not in caught.value.message
    return caught.value


def when_changing(vendor: Vendor, answer: Callable[[Script, Asked], Answer]) -> Script:
    """The vendor, but requests that would change something are answered by ``answer``."""
    return lambda asked: answer(vendor, asked) if vendor.changes(asked) else vendor(asked)


def instead(answer: Answer) -> Callable[[Script, Asked], Answer]:
    return lambda vendor, asked: answer


def test_a_field_is_written_once_and_read_back(case: Writer, server: Remote, vendor: Vendor) -> None:
    before = with_writer(case, server, lambda writer: writer.read(ticket(case)))
    assert before.ticket == ticket(case)
    assert before.fields["severity"] == "P3"
    assert before.version
    after = written(case, server, SEVERITY)
    assert after.fields["severity"] == "P1"
    assert vendor.writes == 1
    assert with_writer(case, server, lambda writer: writer.read(ticket(case))).fields["severity"] == "P1"


@pytest.mark.parametrize("status", ["acknowledged", "in_progress", "resolved"])
def test_a_state_is_written_by_its_nearest_name(case: Writer, server: Remote, vendor: Vendor, status: str) -> None:
    assert written(case, server, Wish("d", "status", status)).fields["status"] == status
    if status == "resolved":
        assert with_writer(case, server, lambda w: w.read(ticket(case))).fields["status"] == "resolved"
        assert written(case, server, Wish("e", "status", "reopened")).fields["status"] == "reopened"


def test_it_writes_what_it_says_it_writes_and_nothing_else(case: Writer, server: Remote, vendor: Vendor) -> None:
    assert {"severity", "status", "assignee", "comment", "task"} <= writes(settings(case, server))
    error = trouble(lambda: written(case, server, Wish("d", "score_impact", "3")))
    assert error.trouble is Trouble.DECLINED
    assert vendor.writes == 0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Trouble.DECLINED),
        (401, Trouble.REFUSED),
        (403, Trouble.REFUSED),
        (404, Trouble.NOT_FOUND),
        (405, Trouble.DECLINED),
        (410, Trouble.NOT_FOUND),
        (413, Trouble.DECLINED),
        (422, Trouble.DECLINED),
        (429, Trouble.THROTTLED),
        (500, Trouble.SERVER),
        (503, Trouble.SERVER),
    ],
)
@pytest.mark.parametrize("wish", [SEVERITY, COMMENT, TASK], ids=lambda wish: wish.field)
def test_a_refused_change_is_the_trouble_it_means_in_the_vendors_words(
    case: Writer, server: Remote, vendor: Vendor, wish: Wish, status: int, kind: Trouble
) -> None:
    body = b'{"errors":["Not while the field is locked."]}'
    server.script = when_changing(vendor, instead(Answer(body, status)))
    error = trouble(lambda: written(case, server, wish))
    assert error.trouble is kind
    assert error.retry_after_s is None
    if kind is Trouble.DECLINED:
        assert "Not while the field is locked." in error.message
    assert (vendor.said, vendor.made, vendor.writes) == ([], [], 0)


@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_the_vendor_asks_for_is_passed_on(case: Writer, server: Remote, vendor: Vendor, status: int) -> None:
    server.script = when_changing(vendor, instead(Answer(b"{}", status, {"Retry-After": "17"})))
    assert trouble(lambda: written(case, server, SEVERITY)).retry_after_s == 17


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Trouble.REFUSED), (403, Trouble.REFUSED), (404, Trouble.NOT_FOUND), (429, Trouble.THROTTLED), (502, Trouble.SERVER)],
)  # fmt: skip
def test_a_ticket_that_cannot_be_read_is_not_written(case: Writer, server: Remote, status: int, kind: Trouble) -> None:
    server.script = always(Answer(b"{}", status))
    assert trouble(lambda: written(case, server, SEVERITY)).trouble is kind
    assert all(asked.method == "GET" for asked in server.asked)


def test_what_somebody_else_changed_meanwhile_is_a_conflict_and_not_overwritten(
    case: Writer, server: Remote, vendor: Vendor
) -> None:
    async def act(writer: TicketWriter) -> None:
        seen = await writer.read(ticket(case))
        vendor.move()
        await writer.write(seen, SEVERITY)

    assert trouble(lambda: with_writer(case, server, act)).trouble is Trouble.CONFLICT
    now = with_writer(case, server, lambda writer: writer.read(ticket(case)))
    assert now.fields["severity"] == "P3"


@pytest.mark.parametrize("wish", [COMMENT, TASK], ids=lambda wish: wish.field)
@pytest.mark.parametrize("fault", ["time-out", "cut body", "500 after the fact"])
def test_what_was_done_although_its_answer_was_lost_is_found_and_not_repeated(
    case: Writer, server: Remote, vendor: Vendor, wish: Wish, fault: str
) -> None:
    def lost(script: Script, asked: Asked) -> Answer:
        answer = script(asked)
        if fault == "time-out":
            return replace(answer, hang=True)
        return replace(answer, cut=True) if fault == "cut body" and answer.body else Answer(b"", 500)

    server.script = when_changing(vendor, lost)
    trouble(lambda: written(case, server, wish, timeout_s=0.3))
    server.script = vendor
    found = again(case, server, wish)
    assert again(case, server, wish) == found
    told = vendor.said if wish is COMMENT else vendor.made
    assert len(told) == 1
    if wish is COMMENT:
        assert marker(wish.decision) in told[0]
        assert told[0].startswith("We are on it.\nمرحبا 💥 <b>not bold</b>")
        assert found.ticket == ticket(case)
    else:
        assert told == ["Fix the payment"]
        assert found.ticket != ticket(case)
        assert found.key


@pytest.mark.parametrize("wish", [COMMENT, TASK], ids=lambda wish: wish.field)
def test_what_was_never_done_is_not_found(case: Writer, server: Remote, vendor: Vendor, wish: Wish) -> None:
    async def act(writer: TicketWriter) -> RemoteTicket | None:
        return await writer.done(await writer.read(ticket(case)), wish)

    assert with_writer(case, server, act) is None
    written(case, server, replace(wish, decision="d-10"))
    assert with_writer(case, server, act) is None, "another decision whose id begins alike"
    assert vendor.writes > 0


def test_a_success_that_holds_an_error_is_no_success(case: Writer, server: Remote, vendor: Vendor) -> None:
    server.script = when_changing(vendor, instead(Answer(vendor.faulty)))
    for wish in (SEVERITY, COMMENT, TASK):
        error = trouble(lambda wish=wish: written(case, server, wish))
        assert error.trouble in (Trouble.DECLINED, Trouble.UNREADABLE)
    assert (vendor.said, vendor.made) == ([], [])


def test_a_success_that_changed_nothing_is_told_as_not_done(case: Writer, server: Remote, vendor: Vendor) -> None:
    def silent(script: Script, asked: Asked) -> Answer:
        held = case.vendor()
        return held(asked)

    server.script = when_changing(vendor, silent)
    assert trouble(lambda: written(case, server, SEVERITY)).trouble is Trouble.DECLINED


def test_a_login_page_is_no_success(case: Writer, server: Remote, vendor: Vendor) -> None:
    page = Answer(b"<!doctype html><p>Please log in", kind="text/html")
    server.script = when_changing(vendor, instead(page))
    for wish in (SEVERITY, COMMENT, TASK):
        assert trouble(lambda wish=wish: written(case, server, wish)).trouble is Trouble.UNREADABLE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_change_never_follows_to_another_host(case: Writer, server: Remote, vendor: Vendor, status: int) -> None:
    with remote(case.vendor()) as stranger:
        elsewhere = stranger.url.replace("127.0.0.1", "localhost")
        server.script = when_changing(vendor, instead(Answer(b"", status, {"Location": elsewhere + "/x"})))
        assert trouble(lambda: written(case, server, SEVERITY)).trouble is Trouble.UNREADABLE
        assert stranger.asked == []


@pytest.mark.parametrize("name", ["../../admin", "", "1?x=2", "7/../8", "٧"])
def test_an_id_that_is_none_never_becomes_a_path(case: Writer, server: Remote, vendor: Vendor, name: str) -> None:
    error = trouble(lambda: with_writer(case, server, lambda writer: writer.read(name)))
    assert error.trouble in (Trouble.DECLINED, Trouble.NOT_FOUND)
    assert server.asked == []


@pytest.mark.parametrize("value", ["", "{}", "[]", '{"title":""}', "not json"])
def test_a_task_without_a_title_is_declined_before_anything_is_sent(
    case: Writer, server: Remote, vendor: Vendor, value: str
) -> None:
    assert trouble(lambda: written(case, server, Wish("d", "task", value))).trouble is Trouble.DECLINED
    assert vendor.writes == 0


def test_a_very_long_comment_goes_out_whole(case: Writer, server: Remote, vendor: Vendor) -> None:
    written(case, server, Wish("d-9", "comment", "ü" * 100_000))
    assert vendor.said[0].count("ü") == 100_000
    assert "[hc:d-9]" in vendor.said[0]
