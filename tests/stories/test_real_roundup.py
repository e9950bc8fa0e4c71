"""A real Roundup on loopback: what people do there is what the source tells."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Fetched
from console.model.moment import DAY, SECOND
from console.settings import SourceSettings
from console.sources.registry import options_of
from console.sources.site import Site
from console.sources.tickets.roundup import RoundupSource
from console.vault import Secret

T = TypeVar("T")
HERE = Path(sys.executable).parent
PASSWORD = "for-this-test"

pytestmark = [
    pytest.mark.timeout(90),
    pytest.mark.skipif(
        os.environ.get("HYPERCARE_REAL_SERVERS") != "required"
        and (find_spec("roundup") is None or not (HERE / "roundup-server").exists()),
        reason="roundup is not installed here",
    ),
]


class Inline:
    async def run(self, size: int, function: Callable[..., T], *arguments: Any) -> T:
        return function(*arguments)


@dataclass(frozen=True)
class Tracker:
    """The tracker as its users see it, over the same REST interface."""

    url: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = httpx.request(
            method,
            f"{self.url}rest/data/{path}",
            json=body,
            auth=("admin", PASSWORD),
            headers={"X-Requested-With": "rest", "Origin": self.url[:-3], "Referer": self.url, **headers},
            trust_env=False,
            timeout=10,
        )
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    def create(self, what: str, **values: str) -> str:
        return str(self.ask("POST", what, values)["id"])

    def change(self, issue: str, **values: str) -> None:
        tag = self.ask("GET", f"issue/{issue}")["@etag"]
        self.ask("PATCH", f"issue/{issue}", values, **{"If-Match": tag})


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    home = tmp_path_factory.mktemp("roundup") / "tracker"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/t/"
    admin = [str(HERE / "roundup-admin"), "-i", str(home)]
    subprocess.run([*admin, "install", "classic", "anydbm"], check=True, capture_output=True, timeout=60)
    settings = home / "config.ini"
    text = settings.read_text(encoding="utf-8")
    for name, value in {"web": url, "domain": "example.com", "host": "localhost"}.items():
        text = text.replace(f"#{name} = NO DEFAULT", f"{name} = {value}")
    text = text.replace("\ndebug = \n", f"\ndebug = {home / 'mail.txt'}\n")
    settings.write_text(text, encoding="utf-8")
    subprocess.run([*admin, "initialise", PASSWORD], check=True, capture_output=True, timeout=60)
    root = ["-u", "0", "-g", "0"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    server = subprocess.Popen(
        [str(HERE / "roundup-server"), *root, "-p", str(port), "-n", "127.0.0.1", f"t={home}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server)
        yield Tracker(url)
    finally:
        server.terminate()
        server.wait(timeout=10)
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    pytest.fail("roundup-server did not come up")


def ask(tracker: Tracker, cursor: bytes = b"", password: str = PASSWORD, page: int = 100) -> Fetched:
    """Poll to the end of a run; the last answer with the facts of all."""
    now = time.time_ns() // 1_000
    place = Site("care", Inline(), 60, now - DAY, now - DAY, Secret(password))

    async def until_end() -> Fetched:
        options = options_of(SourceSettings("care", "roundup", options={"url": tracker.url, "user": "admin"}))
        source = RoundupSource(options, place, page=page)
        try:
            answer = await source.poll(cursor, now)
            while answer.more:
                rest = await source.poll(answer.cursor, now)
                rest.facts.ticket_event += answer.facts.ticket_event
                rest.facts.comment += answer.facts.comment
                answer = rest
            return answer
        finally:
            await source.close()

    return asyncio.run(until_end())


def told(answer: Fetched, issue: str) -> dict[str, str | None]:
    rows = sorted((row for row in answer.facts.ticket_event if row.ticket == issue), key=lambda row: row.happened_at)
    return {row.field: row.new for row in rows}


def test_a_wrong_password_is_refused_in_a_sentence(tracker: Tracker) -> None:
    with pytest.raises(SourceError) as caught:
        ask(tracker, password="wrong")
    assert caught.value.trouble is Trouble.REFUSED


def test_the_life_of_a_ticket_is_told_as_it_is_observed(tracker: Tracker) -> None:
    message = tracker.create("msg", content="Paying with a card fails.\r\n<b>Always.</b>", author="admin")
    issue = tracker.create("issue", title="Card payment fails", priority="critical", messages=message)
    wish = tracker.create("issue", title="Dark mode", priority="wish", status="chatting", assignedto="admin")
    first = ask(tracker)
    assert told(first, issue) == {
        "key": f"issue{issue}",
        "url": f"{tracker.url}issue{issue}",
        "title": "Card payment fails",
        "body": "Paying with a card fails.\n<b>Always.</b>",
        "status": "new",
        "severity": "P1",
        "kind": "bug",
        "reporter": "admin",
        "created_at": told(first, issue)["created_at"],
    }
    assert told(first, wish)["kind"] == "enhancement"
    assert "severity" not in told(first, wish)
    assert [(c.ticket, c.comment_id) for c in first.facts.comment] == [(issue, message)]
    assert "observed" in first.note

    tracker.change(issue, status="resolved", assignedto="admin")
    second = ask(tracker, first.cursor)
    changes = {row.field: (row.old, row.new, row.actor) for row in second.facts.ticket_event}
    assert changes == {"status": ("new", "resolved", "admin"), "assignee": ("", "admin", "admin")}
    assert all(row.happened_at >= first.facts.covered[0].to - 2 * SECOND for row in second.facts.ticket_event)

    remark = tracker.create("msg", content="It is back.", author="admin")
    tracker.change(issue, status="in-progress", messages=f"{message},{remark}")
    third = ask(tracker, second.cursor)
    assert [(row.field, row.new) for row in third.facts.ticket_event] == [("status", "reopened")]
    assert [comment.body for comment in third.facts.comment] == ["It is back."]

    quiet = ask(tracker, third.cursor)
    assert len(quiet.facts) == 0
    assert quiet.facts.covered[0].from_ == third.facts.covered[0].to


def test_changes_within_one_second_are_both_kept(tracker: Tracker) -> None:
    issue = tracker.create("issue", title="Twice", priority="bug")
    answer = ask(tracker)
    instants = []
    for status in ("chatting", "resolved", "chatting"):
        tracker.change(issue, status=status)
        answer = ask(tracker, answer.cursor)
        instants += [(row.happened_at, row.change_id) for row in answer.facts.ticket_event if row.ticket == issue]
    assert len({change for _, change in instants}) == 3
    assert instants == sorted(instants)


def test_more_issues_than_a_page_come_all(tracker: Tracker) -> None:
    made = {tracker.create("issue", title=f"Bulk {n}", priority="urgent") for n in range(8)}
    rows = ask(tracker, page=3).facts.ticket_event
    assert made <= {row.ticket for row in rows}
