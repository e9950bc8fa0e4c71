"""What Jira asks of a writer: transitions with screens, people by id, rich text, and not a word where it may not say one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SourceError, Trouble
from console.ports import RemoteTicket, TicketWriter, Wish
from console.sources.formats import adf
from tests.sources.contract import Answer, Asked, Remote, Script, always, as_json, remote
from tests.sources.test_writers_contract import with_writer, written
from tests.sources.vendor import Vendor
from tests.sources.vendors import WRITERS, Writer
from tests.sources.vendors_jira import JiraCloud, JiraDataCenter

pytestmark = pytest.mark.timeout(30)
CLOUD, CENTER = (next(w for w in WRITERS if w.name == name) for name in ("jira-cloud", "jira-dc"))


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def wish(field: str, value: str) -> Wish:
    return Wish("d-1", field, value)


def declined(case: Writer, server: Remote, field: str, value: str) -> str:
    with pytest.raises(SourceError) as caught:
        written(case, server, wish(field, value))
    assert caught.value.trouble is Trouble.DECLINED
    return caught.value.message


def sent(server: Remote, method: str, end: str) -> list[dict[str, Any]]:
    return [asked.values for asked in server.asked if asked.method == method and asked.path.endswith(end)]


def but(vendor: Vendor, path: str, answer: Any, status: int = 200, method: str = "GET") -> Script:
    """The vendor, but one of its calls answers this."""

    def script(asked: Asked) -> Answer:
        mine = asked.path.endswith(path) and asked.method == method
        return as_json(answer, status=status) if mine else vendor(asked)

    return script


def ways(*rows: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "transitions": [
            {"id": str(n), "to": {"name": name, "statusCategory": {"key": "done"}}, "fields": fields}
            for n, (name, fields) in enumerate(rows, 71)
        ]
    }


@pytest.mark.parametrize(("case", "vendor"), [(CLOUD, JiraCloud), (CENTER, JiraDataCenter)], ids=["cloud", "dc"])
def test_each_deployment_gets_people_and_text_in_its_own_form(
    server: Remote, case: Writer, vendor: type[JiraCloud]
) -> None:
    server.script = vendor()
    assert written(case, server, wish("assignee", "Zoë Ångström")).fields["assignee"] == "Zoë Ångström"
    assert written(case, server, wish("assignee", "")).fields["assignee"] == ""
    written(case, server, wish("comment", "One.\nTwo.\n\nThree."))
    people = sent(server, "PUT", "/assignee")
    assert people == (
        [{"accountId": "a-9"}, {"accountId": None}] if case is CLOUD else [{"name": "zoe"}, {"name": None}]
    )
    body = sent(server, "POST", "/comment")[0]["body"]
    if case is CENTER:
        assert body == "One.\nTwo.\n\nThree.\n\n[hc:d-1]"
    else:
        assert [block["type"] for block in body["content"]] == ["paragraph"] * 3
        assert body["content"][0]["content"][1] == {"type": "hardBreak"}
        assert body["version"] == 1


def test_a_state_is_reached_by_the_transition_that_leads_there_with_the_resolution_its_screen_asks_for(
    server: Remote,
) -> None:
    vendor = JiraCloud()
    screen = {
        "resolution": {
            "name": "Resolution", "required": True, "allowedValues": [{"name": "Won't Do"}, {"name": "Done"}],
        },
        "comment": {"name": "Comment", "required": False},
    }  # fmt: skip
    offered = ways(("Closed", {}), ("Resolved", screen))

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/transitions") and asked.method == "POST":
            vendor.issues[vendor.ticket]["fields"]["status"] = offered["transitions"][1]["to"]
            return Answer(b"", 204)
        return but(vendor, "/transitions", offered)(asked)

    server.script = script
    assert written(CLOUD, server, wish("status", "resolved")).fields["status"] == "resolved"
    assert sent(server, "POST", "/transitions") == [
        {"transition": {"id": "72"}, "fields": {"resolution": {"name": "Done"}}}
    ]


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        (ways(), "only to: nowhere"),
        (ways(("Resolved", {"customfield_1": {"name": "Root cause", "required": True}})), '"Root cause"'),
        (
            ways(
                (
                    "Resolved",
                    {"resolution": {"name": "Resolution", "required": True, "allowedValues": [{"name": "Zz"}]}},
                )
            ),
            '"Resolution"',
        ),
    ],
)
def test_a_way_that_is_closed_or_asks_for_more_than_is_known_is_declined_before_anything_is_sent(
    server: Remote, offered: dict[str, Any], words: str
) -> None:
    vendor = JiraCloud()
    server.script = but(vendor, "/transitions", offered)
    assert words in declined(CLOUD, server, "status", "resolved")
    assert vendor.writes == 0


def test_a_state_with_a_required_field_that_has_a_default_needs_nothing(server: Remote) -> None:
    field = {"name": "Team", "required": True, "hasDefaultValue": True}
    vendor = JiraCloud()
    server.script = but(vendor, "/transitions", ways(("Resolved", {"customfield_9": field})))
    with pytest.raises(SourceError):
        written(CLOUD, server, wish("status", "resolved"))
    assert sent(server, "POST", "/transitions") == [{"transition": {"id": "71"}}]


def test_a_busy_issue_is_a_conflict(server: Remote) -> None:
    vendor = JiraCloud()
    server.script = but(vendor, f"/issue/{vendor.ticket}", {"errorMessages": ["being updated"]}, 409, "PUT")
    with pytest.raises(SourceError) as caught:
        written(CLOUD, server, wish("severity", "P1"))
    assert caught.value.trouble is Trouble.CONFLICT


def test_labels_are_added_and_removed_one_by_one_so_that_those_of_others_stay(server: Remote) -> None:
    server.script = JiraCloud()
    assert written(CLOUD, server, wish("tags", "payment, vip")).fields["tags"] == "payment, vip"
    assert sent(server, "PUT", "/issue/10007") == [
        {"update": {"labels": [{"add": "payment"}, {"add": "vip"}, {"remove": "launch"}]}}
    ]


@pytest.mark.parametrize("names", [["Somebody Else"], ["Zoë", "Zoë"]])
def test_nobody_is_guessed(server: Remote, names: list[str]) -> None:
    vendor = JiraCloud()
    people = [{"accountId": f"a-{n}", "displayName": name} for n, name in enumerate(names)]
    server.script = but(vendor, "/user/assignable/search", people)
    assert '"Zoë"' in declined(CLOUD, server, "assignee", "Zoë")
    assert vendor.writes == 0


def test_an_internal_comment_is_marked_as_such_and_never_sent_where_nothing_is_internal(server: Remote) -> None:
    vendor = JiraCloud()
    server.script = vendor
    written(CLOUD, server, wish("internal_comment", "Only for us."))
    made = sent(server, "POST", "/comment")
    assert made[0]["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]
    vendor.issues[vendor.ticket]["fields"]["project"] = {"key": "PAY", "projectTypeKey": "software"}
    assert "nothing was sent" in declined(CLOUD, server, "internal_comment", "Only for us.")
    assert sent(server, "POST", "/comment") == made


def with_fields(case: Writer, **fields: str) -> Writer:
    options = {"fields": fields, "severity_map": {"Sev 1": "P1"}}
    return Writer(case.name, case.kind, lambda url: {**case.settings(url), **options}, case.vendor)


@pytest.mark.parametrize(
    ("meta", "value", "there"),
    [
        ({"schema": {"type": "option"}, "allowedValues": [{"value": "Firefox"}]}, "firefox", {"value": "Firefox"}),
        ({"schema": {"type": "string"}}, "Firefox", "Firefox"),
        ({"schema": {"type": "number"}}, "7", 7.0),
        ({"schema": {"type": "array", "items": "option"}}, "a, b", [{"value": "a"}, {"value": "b"}]),
        ({"schema": {"type": "string", "custom": "x:textarea"}}, "Long", adf.from_text("Long")),
    ],
)
def test_a_mapped_field_is_written_as_its_own_description_says(
    server: Remote, meta: dict[str, Any], value: str, there: Any
) -> None:
    vendor = JiraCloud()
    server.script = but(vendor, "/editmeta", {"fields": {"customfield_1": meta}})
    case = with_fields(CLOUD, browser="customfield_1")
    assert written(case, server, wish("browser", value)).fields["browser"] == value
    assert sent(server, "PUT", "/issue/10007")[0]["fields"] == {"customfield_1": there}


def test_a_field_that_vanished_or_does_not_offer_the_value_is_declined_by_name(server: Remote) -> None:
    vendor = JiraCloud()
    server.script = vendor
    case = with_fields(CLOUD, browser="customfield_1")
    assert "customfield_1" in declined(case, server, "browser", "Firefox")
    meta = {"schema": {"type": "option"}, "allowedValues": [{"value": "Safari"}]}
    server.script = but(vendor, "/editmeta", {"fields": {"customfield_1": meta}})
    assert "only: Safari" in declined(case, server, "browser", "Firefox")
    assert vendor.writes == 0


def test_a_severity_kept_in_a_custom_field_is_written_there(server: Remote) -> None:
    meta = {"schema": {"type": "option"}, "allowedValues": [{"value": "Sev 1"}, {"value": "Sev 2"}]}
    vendor = JiraCloud()
    server.script = but(vendor, "/editmeta", {"fields": {"customfield_5": meta}})
    case = with_fields(CLOUD, severity="customfield_5")
    after = written(case, server, wish("severity", "P1"))
    assert after.fields["severity"] == "P1"
    assert sent(server, "PUT", "/issue/10007") == [{"fields": {"customfield_5": {"value": "Sev 1"}}}]


def test_a_server_that_is_no_cloud_though_a_user_is_named_is_written_to_as_what_it_is(server: Remote) -> None:
    server.script = JiraDataCenter()
    case = Writer("j", "jira", lambda url: {"url": url, "user": "lead"}, JiraDataCenter)
    written(case, server, wish("comment", "Plain."))
    assert [asked.path for asked in server.asked if asked.method == "POST"] == ["/rest/api/2/issue/10007/comment"]


def test_a_task_goes_to_its_own_project_or_that_of_the_ticket_but_never_to_a_guess(server: Remote) -> None:
    server.script = JiraCloud()
    task = Wish("d-1", "task", json.dumps({"title": "Fix"}))

    async def elsewhere(writer: TicketWriter) -> RemoteTicket:
        return await writer.write(RemoteTicket("4", "ZD-4", {}, "", "https://other.example/4"), task)

    written(CLOUD, server, task)
    assert sent(server, "POST", "/issue")[0]["fields"]["project"] == {"key": "PAY"}
    with pytest.raises(SourceError, match="task_project"):
        with_writer(CLOUD, server, elsewhere)
    case = Writer(
        "j", "jira", lambda url: {"url": url, "user": "a", "task_project": "DEV", "task_type": "Bug"}, JiraCloud
    )
    with_writer(case, server, elsewhere)
    made = sent(server, "POST", "/issue")[-1]["fields"]
    assert (made["project"], made["issuetype"]) == ({"key": "DEV"}, {"name": "Bug"})


@given(st.text())
def test_any_text_survives_becoming_a_document(text: str) -> None:
    document = adf.from_text(text)
    texts = [node for block in document["content"] for node in block["content"] if node["type"] == "text"]
    assert all(node["text"] for node in texts), "Jira refuses a text node without text"
    assert "".join(node["text"] for node in texts) == text.replace("\r\n", "\n").replace("\n", "")
