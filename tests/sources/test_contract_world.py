"""Every connector in a world of trouble: each fault of the world is one sentence, and no fault is ever a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from console.model.errors import SourceError, Trouble
from tests.sources import cases_tickets
from tests.sources.contract import NOW, PASSWORD, Answer, Asked, Case, Remote, ahead, always, poll, remote, run

CASES = [*cases_tickets.CASES]
PAGED = [case for case in CASES if case.page]

pytestmark = pytest.mark.timeout(30)


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def trouble(case: Case, server: Remote, answer: Answer) -> SourceError:
    server.script = always(answer)
    with pytest.raises(SourceError) as caught:
        poll(case, server.url)
    assert caught.value.message.endswith((".", "?")), "a whole sentence"
    assert PASSWORD not in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Trouble.REFUSED),
        (403, Trouble.REFUSED),
        (404, Trouble.NOT_FOUND),
        (429, Trouble.THROTTLED),
        (500, Trouble.SERVER),
        (503, Trouble.SERVER),
    ],
)
def test_a_refusing_status_is_the_trouble_it_means(case: Case, server: Remote, status: int, kind: Trouble) -> None:
    error = trouble(case, server, Answer(b"{}", status))
    assert error.trouble is kind
    assert error.retry_after_s is None


@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_the_remote_asks_for_is_passed_on(case: Case, server: Remote, status: int) -> None:
    assert trouble(case, server, Answer(b"", status, {"Retry-After": "17"})).retry_after_s == 17


def test_silence_ends_in_a_time_out(case: Case, server: Remote) -> None:
    server.script = always(Answer(hang=True))
    slow = Case(case.name, case.kind, lambda url: {**case.settings(url), "timeout_s": 0.2}, case.serve)
    with pytest.raises(SourceError) as caught:
        poll(slow, server.url)
    assert caught.value.trouble is Trouble.TIMEOUT


def test_a_body_that_breaks_off_gives_nothing(case: Case, server: Remote) -> None:
    whole = case.script(2)

    def cut(asked: Asked) -> Answer:
        answer = whole(asked)
        return Answer(answer.body[: len(answer.body) // 2], kind=answer.kind, cut=True)

    server.script = cut
    with pytest.raises(SourceError) as caught:
        poll(case, server.url)
    assert caught.value.trouble is Trouble.UNREACHABLE


def test_a_body_cut_by_a_proxy_that_lies_about_its_length_gives_nothing(case: Case, server: Remote) -> None:
    whole = case.script(2)
    server.script = lambda asked: Answer(whole(asked).body[:-9])
    with pytest.raises(SourceError) as caught:
        poll(case, server.url)
    assert caught.value.trouble is Trouble.UNREADABLE


def test_a_login_page_is_named_as_a_web_page(case: Case, server: Remote) -> None:
    error = trouble(case, server, Answer(b"<!doctype html><p>Please log in", kind="text/html"))
    assert error.trouble is Trouble.UNREADABLE
    assert "web page" in error.message


@pytest.mark.parametrize(
    "body", [b"", b"null", b"7", b'"text"', b"{}", b'{"issues":{}}', b"\xff\xfe\x00", b"[" * 5_000]
)
def test_another_shape_is_unreadable(case: Case, server: Remote, body: bytes) -> None:
    assert trouble(case, server, Answer(body)).trouble is Trouble.UNREADABLE


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_credential_never_follows_to_another_host(case: Case, server: Remote, status: int) -> None:
    with remote(case.script(1)) as stranger:
        elsewhere = stranger.url.replace("127.0.0.1", "localhost")
        error = trouble(case, server, Answer(b"", status, {"Location": elsewhere + "/x"}))
        assert error.trouble is Trouble.UNREADABLE
        assert stranger.asked == []
    given = [asked.headers for asked in server.asked]
    assert any(PASSWORD in "".join(h.values()) or "authorization" in h for h in given), (
        "its own host got the credential"
    )


@pytest.mark.parametrize("seconds", [3_660, -3_660])
def test_a_clock_an_hour_off_is_noted_and_costs_nothing(case: Case, server: Remote, seconds: float) -> None:
    server.script = ahead(case.script(2), seconds)
    facts, answers = run(case, server.url)
    assert len(facts) > 0
    assert ("61 min ahead" if seconds > 0 else "61 min behind") in answers[-1].note
    assert all(span.to == NOW - case.lag for span in facts.covered)


def test_a_server_that_falls_ill_between_two_pages_is_asked_for_the_same_page_again(server: Remote) -> None:
    for case in PAGED:
        healthy = case.script(2 * case.page)
        server.script = healthy
        first = poll(case, server.url)
        assert first.more
        server.script = always(Answer(b"", 503))
        with pytest.raises(SourceError):
            poll(case, server.url, first.cursor)
        server.script = healthy
        rest, answers = run(case, server.url, first.cursor)
        assert {row.ticket for row in [*first.facts.ticket_event, *rest.ticket_event]} == {
            row.ticket for row in run(case, server.url)[0].ticket_event
        }
        assert not answers[-1].more


@pytest.mark.parametrize("case", PAGED, ids=str)
@pytest.mark.parametrize("token", ["same", "fresh"])
def test_pages_without_an_end_are_given_up(case: Case, server: Remote, token: str) -> None:
    healthy = case.script(2 * case.page)
    first = Asked("GET", "", {}, {})
    count = iter(range(10_000))

    def endless(asked: Asked) -> Answer:
        if not asked.path.endswith(("/search/jql", "/search", "/issue", "/cursor", "/issues.json")):
            return healthy(asked)
        values = {**asked.values, "startAt": 0, "@page_index": "1", "offset": "0"}
        values.pop("nextPageToken", None)
        values.pop("cursor", None)
        values.pop("updated_on", None)
        page = json.loads(healthy(Asked("GET", asked.path, values, first.headers)).body)
        for name in ("nextPageToken", "after_cursor"):
            if name in page:
                page[name] = "again" if token == "same" else f"token-{next(count)}"
        return Answer(json.dumps(page).encode())

    server.script = endless
    with pytest.raises(SourceError, match="never end"):
        run(case, server.url, most=40)
