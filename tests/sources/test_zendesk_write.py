"""Writing to Zendesk beyond the contract of all writers: its stamps, its closed tickets, its two kinds of 409."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console.model.errors import Trouble
from console.ports import Wish
from tests.sources.contract import Answer, Asked, Remote, always, as_json, remote
from tests.sources.test_writers_contract import trouble, with_writer, written
from tests.sources.vendors import WRITERS, Zendesk

CASE = next(one for one in WRITERS if one.kind == "zendesk")


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


@pytest.fixture
def vendor(server: Remote) -> Zendesk:
    made = Zendesk()
    server.script = made
    return made


def sent(server: Remote) -> dict[str, object]:
    body: dict[str, object] = next(a for a in reversed(server.asked) if a.method in ("PUT", "POST")).values["ticket"]
    return body


def test_a_field_goes_out_with_the_stamp_that_was_read(server: Remote, vendor: Zendesk) -> None:
    stamp = vendor.tickets["7"]["updated_at"]
    after = written(CASE, server, Wish("d", "severity", "P1"))
    assert sent(server) == {"priority": "urgent", "safe_update": True, "updated_stamp": stamp}
    assert after.version != stamp


def test_a_change_between_our_look_and_our_request_is_stopped_by_the_guard(server: Remote, vendor: Zendesk) -> None:
    def raced(asked: Asked) -> Answer:
        if asked.method == "PUT":
            vendor.move()
        return vendor(asked)

    server.script = raced
    assert trouble(lambda: written(CASE, server, Wish("d", "severity", "P1"))).trouble is Trouble.CONFLICT
    assert vendor.tickets["7"]["priority"] == "normal"


def test_a_conflict_of_their_own_is_tried_again(server: Remote, vendor: Zendesk) -> None:
    busy = as_json({"error": "DatabaseConflict", "description": "two writings at once"}, status=409)
    server.script = lambda asked: busy if asked.method == "PUT" else vendor(asked)
    error = trouble(lambda: written(CASE, server, Wish("d", "severity", "P1")))
    assert error.trouble is Trouble.SERVER
    assert "DatabaseConflict" in error.message


def test_a_closed_ticket_declines_in_its_own_words(server: Remote, vendor: Zendesk) -> None:
    vendor.tickets["7"]["status"] = "closed"
    error = trouble(lambda: written(CASE, server, Wish("d", "status", "reopened")))
    assert error.trouble is Trouble.DECLINED
    assert "closed prevents ticket update" in error.message


def test_closed_is_written_so_that_it_can_be_taken_back(server: Remote, vendor: Zendesk) -> None:
    assert written(CASE, server, Wish("d", "status", "closed")).fields["status"] == "closed"
    assert vendor.tickets["7"]["status"] == "solved"
    assert written(CASE, server, Wish("e", "status", "reopened")).fields["status"] == "reopened"
    assert vendor.tickets["7"]["status"] == "open"


def test_acknowledged_is_open_and_in_progress_after_an_answer(server: Remote, vendor: Zendesk) -> None:
    written(CASE, server, Wish("d", "status", "acknowledged"))
    assert vendor.tickets["7"]["status"] == "open"
    vendor.tickets["7"]["metric_set"] = {"replies": 1, "reopens": 0}
    assert with_writer(CASE, server, lambda writer: writer.read("7")).fields["status"] == "in_progress"


@pytest.mark.parametrize(("field", "public"), [("comment", True), ("internal_comment", False)])
def test_a_comment_is_public_only_where_it_was_meant_so(
    server: Remote, vendor: Zendesk, field: str, public: bool
) -> None:
    written(CASE, server, Wish("d-1", field, "Text"))
    assert sent(server) == {"comment": {"body": "Text\n\n[hc:d-1]", "public": public}}


def test_a_person_is_found_by_name_and_nobody_by_a_guess(server: Remote, vendor: Zendesk) -> None:
    assert written(CASE, server, Wish("d", "assignee", "")).fields["assignee"] == ""
    assert written(CASE, server, Wish("e", "assignee", "Ada")).fields["assignee"] == "Ada"
    for name in ("Rosa", "Nobody"):
        error = trouble(lambda name=name: written(CASE, server, Wish("f", "assignee", name)))
        assert error.trouble is Trouble.DECLINED
        assert "no agent is called" in error.message


def test_tags_keep_their_words_together(server: Remote, vendor: Zendesk) -> None:
    after = written(CASE, server, Wish("d", "tags", "big launch, p1"))
    assert sent(server)["tags"] == ["big_launch", "p1"]
    assert after.fields["tags"] == "big launch, p1"


def test_a_team_is_a_group_by_name(server: Remote, vendor: Zendesk) -> None:
    vendor.tickets["7"]["group_id"] = None
    assert written(CASE, server, Wish("d", "team", "support")).fields["team"] == "support"
    assert vendor.tickets["7"]["group_id"] == 8
    assert trouble(lambda: written(CASE, server, Wish("e", "team", "Elsewhere"))).trouble is Trouble.DECLINED


def test_a_task_carries_its_mark_as_external_id_and_idempotency_key(server: Remote, vendor: Zendesk) -> None:
    made = written(CASE, server, Wish("d-5", "task", '{"title":"Fix it","body":"Steps"}'))
    post = next(asked for asked in server.asked if asked.method == "POST")
    assert post.headers["idempotency-key"] == "d-5"
    assert post.values["ticket"]["external_id"] == "[hc:d-5]"
    assert post.values["ticket"]["comment"] == {"body": "Steps", "public": False}
    assert made.url.endswith(f"/agent/tickets/{made.ticket}")


def test_a_deleted_ticket_is_gone(server: Remote, vendor: Zendesk) -> None:
    vendor.tickets["7"]["status"] = "deleted"
    assert trouble(lambda: written(CASE, server, Wish("d", "severity", "P1"))).trouble is Trouble.NOT_FOUND


def test_the_pause_may_stand_in_zendesks_own_header(server: Remote, vendor: Zendesk) -> None:
    server.script = lambda asked: Answer(b"", 429, {"ratelimit-reset": "9"}) if asked.method == "PUT" else vendor(asked)
    assert trouble(lambda: written(CASE, server, Wish("d", "severity", "P1"))).retry_after_s == 9


def test_what_it_holds_in_another_word_says_how_that_reads(server: Remote, vendor: Zendesk) -> None:
    after = written(CASE, server, Wish("d", "status", "closed"))
    assert (after.fields["status"], after.told) == ("closed", "resolved")
    assert written(CASE, server, Wish("e", "severity", "P1")).told is None
