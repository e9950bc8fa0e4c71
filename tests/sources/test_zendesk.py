"""Zendesk's own traps: a cursor that is kept, a minute that is missing, audits that walk back, tickets that vanish."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from console.model.errors import SourceError, Trouble
from console.model.facts import Facts
from console.model.moment import HOUR, MINUTE, SECOND
from tests.sources.cases_tickets import ZENDESK, zendesk, zendesk_item, zendesk_time
from tests.sources.contract import NOW, Answer, Asked, Remote, always, as_json, poll, remote, run

BIRTH = NOW - 5 * HOUR


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def audit(n: int, minute: int, *events: dict[str, Any], author: int = 72, **more: Any) -> dict[str, Any]:
    numbered = [{"id": n * 10 + place, **event} for place, event in enumerate(events)]
    at = zendesk_time(BIRTH + minute * MINUTE)
    return {"id": n, "ticket_id": 500, "created_at": at, "author_id": author, "events": numbered, **more}


def change(name: str, before: Any, after: Any) -> dict[str, Any]:
    return {"type": "Change", "field_name": name, "previous_value": before, "value": after}


def comment(text: str, public: bool = True, author: int = 72) -> dict[str, Any]:
    return {"type": "Comment", "body": text, "plain_body": text, "public": public, "author_id": author}


def told(facts: Facts, field: str) -> list[tuple[str | None, str | None, int]]:
    rows = [row for row in facts.ticket_event if row.field == field]
    return [(row.old, row.new, (row.happened_at - BIRTH) // MINUTE) for row in rows]


def with_audits(item: dict[str, Any], *audits: dict[str, Any]) -> Any:
    return lambda asked: zendesk([item], asked, {str(item["id"]): list(audits)})


def moved(**more: Any) -> dict[str, Any]:
    return zendesk_item(0, updated_at=zendesk_time(BIRTH + 60 * MINUTE), **more)


def test_a_ticket_is_told_from_its_first_values_on(server: Remote) -> None:
    server.script = with_audits(
        moved(status="solved", priority="urgent"),
        audit(
            1, 0, {"type": "Create", "field_name": "priority", "value": "low"}, comment("white", author=71), author=71
        ),
        audit(2, 5, change("status", "new", "open"), change("priority", "low", "urgent")),
        audit(3, 9, comment("We look into it.")),
        audit(4, 20, change("status", "open", "solved")),
        audit(5, 30, change("status", "solved", "open"), author=71),
        audit(6, 60, change("status", "open", "solved")),
    )
    facts = poll(ZENDESK, server.url).facts
    assert told(facts, "status") == [
        (None, "new", 0),
        ("new", "acknowledged", 5),
        ("acknowledged", "in_progress", 9),
        ("in_progress", "resolved", 20),
        ("resolved", "reopened", 30),
        ("reopened", "resolved", 60),
    ]
    assert told(facts, "severity") == [(None, "P4", 0), ("P4", "P1", 5)]
    assert {row.actor for row in facts.ticket_event if row.change_id == "5"} == {"Rosa"}


def test_what_stands_beside_the_history(server: Remote) -> None:
    server.script = with_audits(zendesk_item(0))
    facts = poll(ZENDESK, server.url).facts
    values = {row.field: row.new for row in facts.ticket_event}
    assert values["key"] == "#500"
    assert values["url"] == f"{server.url}/agent/tickets/500"
    assert (values["assignee"], values["team"], values["reporter"]) == ("Ada", "Support", "Rosa")
    assert (values["customer"], values["channel"], values["kind"]) == ("Shop Ltd", "support_email", "bug")
    assert values["tags"] == "checkout, launch"


def test_without_an_organization_the_customer_is_the_reporters_domain(server: Remote) -> None:
    server.script = with_audits(zendesk_item(0, organization_id=None))
    assert told(poll(ZENDESK, server.url).facts, "customer") == [(None, "shop.example", 0)]


def test_the_first_comment_is_the_body_and_later_ones_know_who_spoke(server: Remote) -> None:
    server.script = with_audits(
        moved(),
        audit(1, 0, comment("The page stays white.", author=71), author=71),
        audit(2, 5, comment("Which browser?")),
        audit(3, 6, comment("internal thought", public=False)),
        audit(4, 7, comment("Firefox", author=71), author=71),
        audit(5, 8, {"type": "CommentPrivacyChange", "comment_id": 20, "public": False}),
    )
    rows = poll(ZENDESK, server.url).facts.comment
    assert [(row.comment_id, row.role, row.public, row.body) for row in rows] == [
        ("20", "agent", True, "Which browser?"),
        ("30", "agent", False, "internal thought"),
        ("40", "reporter", True, "Firefox"),
        (rows[3].comment_id, "agent", False, "Which browser?"),
    ]
    assert rows[3].comment_id.startswith("20#edited-")


def test_a_rating_counts_once_however_often_it_is_touched(server: Remote) -> None:
    rating = {"type": "SatisfactionRating", "score": "good", "body": ""}
    server.script = with_audits(
        moved(),
        audit(1, 5, {"type": "SatisfactionRating", "score": "offered"}),
        audit(2, 6, rating),
        audit(3, 7, {**rating, "body": "Quick!"}),
    )
    surveys = poll(ZENDESK, server.url).facts.survey
    assert [(one.survey_id, one.score, one.comment, one.customer) for one in surveys] == [
        ("500-good", 5.0, "Quick!", "Shop Ltd")
    ]


def test_kinds_of_audit_events_nobody_knows_are_passed_over(server: Remote) -> None:
    server.script = with_audits(
        moved(status="open"), audit(1, 5, {"type": "TelepathyEvent", "value": [1]}, change("status", "new", "open"))
    )
    assert told(poll(ZENDESK, server.url).facts, "status")[-1] == ("new", "acknowledged", 5)


def test_two_audits_in_one_second_keep_their_order(server: Remote) -> None:
    server.script = with_audits(
        moved(status="pending", priority="low"),
        audit(10, 5, change("priority", "high", "urgent")),
        audit(9, 5, change("priority", "low", "high")),
        audit(11, 5, change("priority", "urgent", "low"), change("status", "new", "pending")),
    )
    rows = [row for row in poll(ZENDESK, server.url).facts.ticket_event if row.field == "severity"]
    assert [row.new for row in rows] == ["P4", "P2", "P1", "P4"]
    assert sorted({row.happened_at for row in rows}) == [row.happened_at for row in rows]


def test_the_cursor_of_the_end_is_where_the_next_poll_starts(server: Remote) -> None:
    server.script = ZENDESK.script(2)
    first = poll(ZENDESK, server.url)
    assert not first.more
    assert server.asked[0].values["start_time"] == "0"
    poll(ZENDESK, server.url, first.cursor, NOW + MINUTE)
    exports = [asked for asked in server.asked if asked.path.endswith("/cursor")]
    assert exports[-1].values["cursor"] == "c2"
    assert "start_time" not in exports[-1].values


def test_a_ticket_whose_update_is_older_than_the_cursor_is_not_dropped(server: Remote) -> None:
    items: list[Any] = []
    server.script = lambda asked: zendesk(items, asked)
    first = poll(ZENDESK, server.url)
    items.append(zendesk_item(0))
    again = poll(ZENDESK, server.url, first.cursor, NOW + MINUTE)
    assert {row.ticket for row in again.facts.ticket_event} == {"500"}


def test_what_was_closed_before_the_session_is_passed_over_and_costs_no_request(server: Remote) -> None:
    old = zendesk_time(NOW - 400 * 24 * HOUR)
    closed = zendesk_item(0, status="closed", created_at=old, updated_at=old)
    server.script = lambda asked: zendesk([closed, zendesk_item(1, created_at=old, updated_at=old)], asked)
    facts = poll(ZENDESK, server.url).facts
    assert {row.ticket for row in facts.ticket_event} == {"501"}, "an open one counts, however old"
    assert not any("/500/" in asked.path for asked in server.asked)


def test_a_forgotten_cursor_starts_again_from_what_is_covered(server: Remote) -> None:
    server.script = ZENDESK.script(1)
    first = poll(ZENDESK, server.url)

    def forgot(asked: Asked) -> Answer:
        if asked.values.get("cursor"):
            return as_json({"error": "InvalidValue", "description": "cursor is invalid"}, status=400)
        return zendesk([zendesk_item(0)], asked)

    server.script = forgot
    facts, _ = run(ZENDESK, server.url, first.cursor, NOW + MINUTE)
    starts = [int(asked.values["start_time"]) for asked in server.asked if "start_time" in asked.values]
    assert starts[-1] == (NOW - MINUTE - 10 * MINUTE) // SECOND
    assert facts.covered[0].from_ == NOW - MINUTE


def test_a_start_zendesk_does_not_take_says_its_reason(server: Remote) -> None:
    server.script = always(as_json({"error": "InvalidValue", "description": "Too recent start_time."}, status=422))
    with pytest.raises(SourceError, match="Too recent start_time") as caught:
        poll(ZENDESK, server.url)
    assert caught.value.trouble is Trouble.SETTINGS


def test_an_error_inside_a_good_answer_is_told(server: Remote) -> None:
    server.script = always(as_json({"error": "TooBusy", "description": "Export is busy"}))
    with pytest.raises(SourceError, match="Export is busy") as caught:
        poll(ZENDESK, server.url)
    assert caught.value.trouble is Trouble.UNREADABLE


def test_a_limit_reached_among_the_audits_keeps_what_was_read(server: Remote) -> None:
    items = [zendesk_item(n) for n in range(3)]
    wide = replace(ZENDESK, serve=lambda items, asked: zendesk(items, asked))
    spent: list[str] = []

    def limited(asked: Asked) -> Answer:
        if asked.path.endswith("/501/audits") and not spent:
            spent.append(asked.path)
            return Answer(b"", 429, {"ratelimit-reset": "41"})
        return zendesk(items, asked)

    server.script = limited
    first = poll(wide, server.url)
    assert first.more
    assert {row.ticket for row in first.facts.ticket_event} == {"500", "502"}
    rest, answers = run(wide, server.url, first.cursor)
    assert {row.ticket for row in rest.ticket_event} == {"501"}
    assert not answers[-1].more
    assert len(rest.covered) == 1


def test_the_reset_header_is_a_pause_as_well(server: Remote) -> None:
    server.script = always(Answer(b"", 429, {"ratelimit-reset": "41"}))
    with pytest.raises(SourceError) as caught:
        poll(ZENDESK, server.url)
    assert caught.value.retry_after_s == 41


def test_audits_that_are_forbidden_name_the_right_that_is_missing(server: Remote) -> None:
    server.script = lambda asked: Answer(b"{}", 403) if "audits" in asked.path else zendesk([zendesk_item(0)], asked)
    with pytest.raises(SourceError, match="global scope read") as caught:
        poll(ZENDESK, server.url)
    assert caught.value.trouble is Trouble.REFUSED


def test_a_deleted_ticket_is_closed_and_a_restored_one_open_again(server: Remote) -> None:
    items = [zendesk_item(0)]
    server.script = lambda asked: zendesk(items, asked)
    first = poll(ZENDESK, server.url)
    items.append(moved(status="deleted"))
    second = poll(ZENDESK, server.url, first.cursor, NOW + MINUTE)
    assert told(second.facts, "status")[-1] == ("new", "closed", 60)
    assert not any("audits" in asked.path for asked in server.asked[2:]), "a deleted ticket tells no audits"
    items.append({**moved(status="open"), "updated_at": zendesk_time(BIRTH + 90 * MINUTE)})
    third = poll(ZENDESK, server.url, second.cursor, NOW + 2 * MINUTE)
    assert told(third.facts, "status")[-1] == ("closed", "acknowledged", 90)


def test_a_merged_ticket_names_the_one_it_went_into(server: Remote) -> None:
    via = {"channel": "web", "source": {"rel": "merge", "from": {}, "to": {"ticket_id": 777}}}
    server.script = with_audits(
        moved(status="closed", tags=["closed_by_merge"]),
        audit(1, 40, change("status", "new", "closed"), change("tags", [], ["closed_by_merge"]), via=via),
    )
    assert told(poll(ZENDESK, server.url).facts, "duplicates") == [("", "#777", 40)]


def test_people_nobody_told_of_are_asked_for_once_and_write_in_any_script(server: Remote) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/users/show_many"):
            return as_json({"users": [{"id": 99, "name": "محمد 王小明 🙂", "role": "agent"}]})
        return with_audits(
            moved(assignee_id=99), audit(1, 5, change("assignee_id", "98", "99"), author=-1)
        )(asked)  # fmt: skip

    server.script = script
    facts = poll(ZENDESK, server.url).facts
    assert told(facts, "assignee") == [(None, "user 98", 0), ("user 98", "محمد 王小明 🙂", 5)]
    assert [asked.values["ids"] for asked in server.asked if "show_many" in asked.path] == ["98,99"]
    assert {row.actor for row in facts.ticket_event if row.change_id == "1"} == {""}, "the system has no name"


def test_audits_over_several_pages_are_one_history(server: Remote) -> None:
    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/audits"):
            later = asked.values.get("page[after]")
            rows = [audit(2, 9, change("status", "open", "pending"))] if later else [
                audit(1, 5, change("status", "new", "open"))
            ]  # fmt: skip
            return as_json({"audits": rows, "meta": {"has_more": not later, "after_cursor": "x"}})
        return zendesk([moved(status="pending")], asked)

    server.script = script
    assert [new for _, new, _ in told(poll(ZENDESK, server.url).facts, "status")] == [
        "new", "acknowledged", "in_progress",
    ]  # fmt: skip


def test_ones_own_words_come_before_the_vendors(server: Remote) -> None:
    own = replace(
        ZENDESK,
        settings=lambda url: {
            "url": url,
            "status_map": {"Waiting for vendor": "acknowledged", "open": "new"},
            "severity_map": {"high": "P1"},
            "fields": {"browser": "360"},
        },
    )

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/custom_statuses"):
            return as_json({"custom_statuses": [{"id": 5, "agent_label": "Waiting for vendor"}]})
        items = [zendesk_item(0, status="hold", custom_status_id=5), zendesk_item(1, status="open")]
        return zendesk(items, asked)

    server.script = script
    facts = poll(own, server.url).facts
    assert [row.new for row in facts.ticket_event if row.field == "status"] == ["acknowledged", "new"]
    assert {row.new for row in facts.ticket_event if row.field == "severity"} == {"P1"}
    assert {row.new for row in facts.ticket_event if row.field == "browser"} == {"Firefox"}


def test_a_token_of_a_person_goes_with_their_address(server: Remote) -> None:
    server.script = ZENDESK.script(1)
    poll(ZENDESK, server.url)
    scheme, _, code = server.asked[0].headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(code).startswith(b"lead@example.com/token:")


def test_a_very_long_comment_is_kept_whole_up_to_the_limit(server: Remote) -> None:
    text = "<script>alert(1)</script> " + "y" * 100_000
    server.script = with_audits(moved(), audit(1, 0, comment("first")), audit(2, 5, comment(text)))
    body = poll(ZENDESK, server.url).facts.comment[0].body
    assert body.startswith("<script>alert(1)</script>")
    assert len(body) == 100_000
