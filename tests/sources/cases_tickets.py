"""The ticket connectors and the feed as cases of the contract: healthy servers of their vendors, in a few lines each."""

from __future__ import annotations

import re
from typing import Any

from console.model.moment import HOUR, MINUTE, SECOND, iso, parse_instant
from tests.sources.contract import NOW, Answer, Asked, Case, as_json

PAGE = 3


def jira_time(instant: int) -> str:
    return iso(instant - instant % SECOND)[:19] + ".000+0000"


def jira_item(n: int, **more: Any) -> dict[str, Any]:
    """An issue created n minutes after five hours ago, unless told otherwise."""
    created = jira_time(NOW - 5 * HOUR + n * MINUTE)
    fields = {
        "summary": f"Ticket {n}",
        "description": "The page stays white.",
        "status": {"id": "1", "name": "Open", "statusCategory": {"key": "new"}},
        "priority": {"id": "2", "name": "High"},
        "issuetype": {"id": "7", "name": "Bug"},
        "assignee": {"accountId": "a-1", "displayName": "Ada"},
        "reporter": {"accountId": "r-1", "displayName": "Rosa"},
        "creator": {"accountId": "r-1", "displayName": "Rosa"},
        "created": created,
        "updated": created,
        "components": [{"name": "checkout"}],
        "labels": ["launch"],
        "versions": [{"name": "3.0.1"}],
        "duedate": "2026-12-01",
        "parent": {"id": "1", "key": "PAY-1"},
        "issuelinks": [],
        "comment": {"comments": [], "total": 0},
        **more,
    }
    return {"id": str(10_000 + n), "key": f"PAY-{n}", "fields": fields, "changelog": {"histories": [], "total": 0}}


def found(items: list[Any], jql: str) -> list[Any]:
    """What the JQL's relative start lets through, as Jira orders it."""
    minutes = int((re.search(r"updated >= -(\d+)m", jql) or ["", "0"])[1])

    def updated(item: Any) -> str:
        value = item.get("fields", {}).get("updated") if isinstance(item.get("fields"), dict) else None
        return value if isinstance(value, str) else ""

    since = NOW - minutes * MINUTE
    kept = [item for item in items if not _readable(updated(item)) or parse_instant(updated(item)) >= since]
    return sorted(kept, key=updated)


def _readable(text: str) -> bool:
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


def jira_cloud(items: list[Any], asked: Asked, logs: dict[str, list[Any]] | None = None) -> Answer:
    if asked.path.endswith("/search/jql"):
        matching = found(items, asked.values["jql"])
        start = int(asked.values.get("nextPageToken", "t0")[1:])
        answer: dict[str, Any] = {"issues": matching[start : start + PAGE]}
        if start + PAGE < len(matching):
            answer |= {"nextPageToken": f"t{start + PAGE}", "isLast": False}
        return as_json(answer)
    if asked.path.endswith("/changelog/bulkfetch"):
        ids = asked.values["issueIdsOrKeys"]
        return as_json(
            {"issueChangeLogs": [{"issueId": i, "changeHistories": log} for i, log in (logs or {}).items() if i in ids]}
        )
    if asked.path.endswith("/status"):
        return as_json([{"id": "1", "name": "Open", "statusCategory": {"key": "new"}}])
    return Answer(b'{"errorMessages":["no such thing"]}', 404)


def jira_datacenter(items: list[Any], asked: Asked) -> Answer:
    if asked.path.endswith("/search"):
        matching = found(items, asked.values["jql"])
        start = int(asked.values["startAt"])
        return as_json({"issues": matching[start : start + PAGE], "startAt": start, "total": len(matching)})
    if asked.path.endswith("/status"):
        return as_json([{"id": "1", "name": "Open", "statusCategory": {"key": "new"}}])
    return Answer(b'{"errorMessages":["no such thing"]}', 404)


def roundup_time(instant: int) -> str:
    return iso(instant - instant % SECOND)[:19].replace("T", ".")


def roundup_item(n: int, **more: Any) -> dict[str, Any]:
    created = roundup_time(NOW - 5 * HOUR + n * MINUTE)
    return {
        "id": str(n + 1),
        "title": f"Ticket {n}",
        "status": {"id": "1", "name": "unread"},
        "priority": {"id": "1", "name": "critical"},
        "assignedto": {"id": "4", "username": "ada"},
        "creation": created,
        "activity": created,
        "creator": {"id": "3", "username": "rosa"},
        "actor": {"id": "3", "username": "rosa"},
        "messages": [],
        "keyword": [{"id": "1", "name": "checkout"}],
        "superseder": [],
        **more,
    }


def roundup(items: list[Any], asked: Asked) -> Answer:
    if asked.path.endswith("/rest/data/issue"):
        index = int(asked.values["@page_index"])
        page = items[(index - 1) * PAGE : index * PAGE]
        links = {"next": [{"rel": "next"}]} if index * PAGE < len(items) else {}
        return as_json({"data": {"collection": page, "@links": links, "@total_size": len(items)}})
    if asked.path.endswith("/rest/data/msg"):
        return as_json({"data": {"collection": []}})
    return Answer(b'{"error":{"status":404,"msg":"no"}}', 404)


def zendesk_time(instant: int) -> str:
    return iso(instant - instant % SECOND)[:19] + "Z"


def zendesk_item(n: int, **more: Any) -> dict[str, Any]:
    """A ticket created n minutes after five hours ago, unless told otherwise."""
    created = zendesk_time(NOW - 5 * HOUR + n * MINUTE)
    return {
        "id": str(500 + n),
        "subject": f"Ticket {n}",
        "description": "The page stays white.",
        "status": "new",
        "priority": "high",
        "type": "incident",
        "requester_id": 71,
        "submitter_id": 71,
        "assignee_id": 72,
        "group_id": 8,
        "organization_id": 9,
        "tags": ["launch", "checkout"],
        "custom_fields": [{"id": 360, "value": "Firefox"}],
        "via": {"channel": "email"},
        "satisfaction_rating": {"score": "unoffered"},
        "created_at": created,
        "updated_at": created,
        "generated_timestamp": 1_795_000_000,
        **more,
    }


ZENDESK_USERS = [
    {"id": 71, "name": "Rosa", "email": "rosa@shop.example", "role": "end-user"},
    {"id": 72, "name": "Ada", "email": "ada@example.com", "role": "agent"},
]


def zendesk(items: list[Any], asked: Asked, audits: dict[str, list[Any]] | None = None) -> Answer:
    if asked.path.endswith("/incremental/tickets/cursor"):
        start = int(asked.values.get("cursor", "c0")[1:])
        reached = min(start + PAGE, len(items))
        return as_json(
            {
                "tickets": items[start:reached],
                "users": ZENDESK_USERS,
                "groups": [{"id": 8, "name": "Support"}],
                "organizations": [{"id": 9, "name": "Shop Ltd"}],
                "after_cursor": f"c{reached}",
                "end_of_stream": reached >= len(items),
            }
        )
    found = re.search(r"/tickets/([^/]+)/audits$", asked.path)
    if found:
        return as_json({"audits": (audits or {}).get(found[1], []), "meta": {"has_more": False}})
    return Answer(b'{"error":"RecordNotFound","description":"Not found"}', 404)


def redmine_time(instant: int) -> str:
    return iso(instant - instant % SECOND)[:19] + "Z"


def redmine_item(n: int, **more: Any) -> dict[str, Any]:
    created = redmine_time(NOW - 5 * HOUR + n * MINUTE)
    return {
        "id": n + 1,
        "project": {"id": 1, "name": "Customer care"},
        "tracker": {"id": 1, "name": "Bug"},
        "status": {"id": 1, "name": "New", "is_closed": False},
        "priority": {"id": 4, "name": "Urgent"},
        "author": {"id": 3, "name": "Rosa"},
        "assigned_to": {"id": 4, "name": "Ada"},
        "category": {"id": 1, "name": "Payments"},
        "subject": f"Ticket {n}",
        "description": "The page stays white.",
        "due_date": "2026-12-01",
        "custom_fields": [{"id": 1, "name": "Browser", "value": "Firefox"}],
        "created_on": created,
        "updated_on": created,
        "closed_on": None,
        "relations": [],
        "attachments": [{"id": 8, "filename": "white page.png", "filesize": 5}],
        "journals": [],
        **more,
    }


REDMINE_NAMES: dict[str, list[dict[str, Any]]] = {
    "issue_statuses": [
        {"id": 1, "name": "New", "is_closed": False}, {"id": 2, "name": "In Progress", "is_closed": False},
        {"id": 3, "name": "Resolved", "is_closed": False}, {"id": 4, "name": "Feedback", "is_closed": False},
        {"id": 5, "name": "Closed", "is_closed": True},
    ],
    "issue_priorities": [
        {"id": 1, "name": "Low"}, {"id": 2, "name": "Normal"}, {"id": 3, "name": "High"}, {"id": 4, "name": "Urgent"},
    ],
    "trackers": [{"id": 1, "name": "Bug", "default_status": {"id": 1, "name": "New"}}, {"id": 2, "name": "Feature"}],
    "memberships": [{"user": {"id": 4, "name": "Ada"}}, {"user": {"id": 5, "name": "Zoë Ångström"}}],
    "issue_categories": [{"id": 1, "name": "Payments"}],
    "versions": [{"id": 1, "name": "3.1"}],
}  # fmt: skip


def redmine(items: list[Any], asked: Asked) -> Answer:
    name = asked.path.rsplit("/", 1)[-1].removesuffix(".json")
    if asked.path.endswith("/issues.json"):
        since = str(asked.values.get("updated_on", ">=")).removeprefix(">=")
        kept = sorted((item for item in items if _redmine_key(item)[0] >= since), key=_redmine_key)
        start = int(asked.values["offset"])
        page = [_listed(item) for item in kept[start : start + PAGE]]
        return as_json({"issues": page, "total_count": len(kept), "offset": start, "limit": PAGE})
    if "/issues/" in asked.path:
        found = [item for item in items if isinstance(item, dict) and str(item.get("id")) == name]
        return as_json({"issue": found[0]}) if found else Answer(b"", 404)
    if name == "current":
        return as_json({"user": {"id": 9, "login": "console", "firstname": "Hypercare", "lastname": "Console"}})
    if name in REDMINE_NAMES or name == "memberships":
        return as_json({name: REDMINE_NAMES[name], "total_count": len(REDMINE_NAMES[name])})
    return Answer(b"", 404)


def _redmine_key(item: Any) -> tuple[str, int]:
    stamp = item.get("updated_on") if isinstance(item, dict) else None
    identity = item.get("id") if isinstance(item, dict) else None
    return stamp if isinstance(stamp, str) and _readable(stamp) else "9999", identity if type(identity) is int else 0


def _listed(item: Any) -> Any:
    """Lists have neither journals nor attachments."""
    return {k: v for k, v in item.items() if k not in ("journals", "attachments")} if isinstance(item, dict) else item


def rest_item(n: int, **more: Any) -> dict[str, Any]:
    created = zendesk_time(NOW - 5 * HOUR + n * MINUTE)
    return {
        "id": str(900 + n),
        "code": f"OPS-{n}",
        "name": f"Ticket {n}",
        "text": "The page stays white.",
        "state": {"label": "Open"},
        "level": "high",
        "who": {"name": "Ada"},
        "made": created,
        "touched": created,
        "labels": ["launch"],
        **more,
    }


def rest(items: list[Any], asked: Asked) -> Answer:
    start = int(asked.values.get("cursor", "c0")[1:])
    more = {"after_cursor": f"c{start + PAGE}"} if start + PAGE < len(items) else {}
    return as_json({"tickets": items[start : start + PAGE], **more})


REST_MAP = {
    "id": "id",
    "key": "code",
    "title": "name",
    "body": "text",
    "status": "state.label",
    "severity": "level",
    "assignee": "who.name",
    "tags": "labels",
    "created_at": "made",
    "updated_at": "touched",
}


def feed_item(n: int, **more: Any) -> dict[str, Any]:
    at = iso(NOW - HOUR + n * SECOND)
    return {"type": "survey", "at": at, "id": f"s-{n}", "kind": "support", "score": 4, "comment": "fine", **more}


def feed(items: list[Any], asked: Asked) -> Answer:
    return as_json(items)


JIRA_CLOUD = Case(
    "jira-cloud", "jira", lambda url: {"url": url, "user": "lead@example.com"}, jira_cloud, jira_item, PAGE,
    frozenset({"id", "fields", "created"}), title="summary",
)  # fmt: skip
JIRA_DATACENTER = Case(
    "jira-dc", "jira", lambda url: {"url": url + "/jira"}, jira_datacenter, jira_item, PAGE,
    frozenset({"id", "fields", "created"}), title="summary",
)  # fmt: skip
ROUNDUP = Case(
    "roundup", "roundup", lambda url: {"url": url + "/tracker/", "user": "lead"}, roundup, roundup_item, PAGE,
    frozenset({"id", "creation"}),
)  # fmt: skip
ZENDESK = Case(
    "zendesk", "zendesk", lambda url: {"url": url, "user": "lead@example.com"}, zendesk, zendesk_item, PAGE,
    frozenset({"id", "created_at"}), lag=MINUTE, title="subject",
)  # fmt: skip
REDMINE = Case(
    "redmine", "redmine", lambda url: {"url": url + "/redmine/", "project": "care", "fields": {"browser": "Browser"}},
    redmine, redmine_item, PAGE, frozenset({"id", "created_on"}), title="subject",
)  # fmt: skip
REST = Case(
    "rest", "rest",
    lambda url: {"url": url + "/v1/cursor", "items": "tickets", "map": REST_MAP, "paging": "cursor", "next": "after_cursor"},
    rest, rest_item, PAGE, frozenset({"id"}), title="name",
)  # fmt: skip
FEED = Case(
    "feed",
    "feed",
    lambda url: {"url": url + "/feed.json"},
    feed,
    feed_item,
    0,
    frozenset({"type", "at", "score"}),
    title="comment",
)

CASES = [JIRA_CLOUD, JIRA_DATACENTER, ROUNDUP, ZENDESK, REDMINE, REST, FEED]
