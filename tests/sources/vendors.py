"""Ticket systems small enough to be read at a glance, for the contract of all writers: one ticket, and what was done to it.

A vendor joins with a class of ``Vendor`` and one line in ``WRITERS``. It does what is asked by its own documents, guard
included; the troubles of the world are played before or after it by the contract.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from console.model.moment import MINUTE, SECOND
from tests.sources.cases_tickets import (
    REDMINE_NAMES,
    ZENDESK_USERS,
    redmine,
    redmine_item,
    redmine_time,
    roundup_time,
    zendesk_item,
    zendesk_time,
)
from tests.sources.contract import NOW, Answer, Asked, as_json
from tests.sources.vendor import Vendor
from tests.sources.vendors_jira import JiraCloud, JiraDataCenter

_ROUNDUP_NAMES = {
    "priority": ("critical", "urgent", "bug", "minor", "feature"),
    "status": ("unread", "deferred", "chatting", "in-progress", "resolved"),
    "keyword": ("launch",),
}


class Roundup(Vendor):
    faulty = b'{"error":{"status":400,"msg":"Attribute priority is required."}}'

    def __init__(self) -> None:
        super().__init__()
        self.version = 1
        self.issue: dict[str, Any] = {
            "title": "Pay fails",
            "status": "unread",
            "priority": "bug",
            "assignedto": "",
            "keyword": [],
        }
        self.linked: list[str] = []
        self.messages: dict[str, dict[str, str]] = {}

    def move(self) -> None:
        self.version += 1
        self.issue["title"] = "Pay fails again"

    def answer(self, asked: Asked) -> Answer:
        kind, _, item = asked.path.partition("/rest/data/")[2].partition("/")
        if asked.method == "PATCH":
            return self._patched(asked)
        if asked.method == "POST":
            return self._made(kind, asked)
        if kind == "issue" and item:
            return as_json({"data": {"id": item, "@etag": f'"v{self.version}"', "attributes": self._attributes()}})
        if kind == "issue":
            rows = [] if self.gone else [{"id": "7"}] if "id" in asked.values else self._with(asked.values["messages"])
        elif kind == "msg":
            rows = [{"id": i, **m} for i, m in self.messages.items() if m["messageid"] == asked.values["messageid:"]]
        else:
            rows = [{"id": str(n), "name": name} for n, name in enumerate(_ROUNDUP_NAMES[kind])]
        return as_json({"data": {"collection": rows}})

    def _patched(self, asked: Asked) -> Answer:
        if asked.headers.get("if-match") != f'"v{self.version}"':
            return as_json({"error": {"status": 412, "msg": "If-Match is missing or does not match."}}, status=412)
        if asked.values.get("assignedto") == "nobody-here":
            return as_json(
                {"error": {"status": 400, "msg": "property assignedto: 'nobody-here' is not a user."}}, status=400
            )
        self.version += 1
        if asked.values.get("@op") == "add":
            self.linked += asked.values["messages"]
            self.said = [self.messages[i]["content"] for i in self.linked]
        else:
            self.issue |= asked.values
        return as_json({"data": {"id": "7", "attribute": {}}})

    def _made(self, kind: str, asked: Asked) -> Answer:
        if kind == "msg":
            identity = str(100 + len(self.messages))
            self.messages[identity] = dict(asked.values)
        elif kind == "issue":
            identity = str(8 + len(self.made))
            self.made.append(asked.values["title"])
            self.messages[asked.values["messages"][0]]["issue"] = identity
        else:
            identity = "9"
        return as_json({"data": {"id": identity}}, status=201)

    def _with(self, message: str) -> list[dict[str, str]]:
        issue = self.messages.get(message, {}).get("issue")
        return [{"id": issue}] if issue else []

    def _attributes(self) -> dict[str, Any]:
        return {
            **{name: {"name": value} for name, value in self.issue.items() if isinstance(value, str)},
            "title": self.issue["title"],
            "keyword": [{"name": name} for name in self.issue["keyword"]],
            "creation": roundup_time(NOW),
            "activity": roundup_time(NOW + self.version * MINUTE),
            "messages": [{"id": i} for i in self.linked],
        }


class Redmine(Vendor):
    faulty = b'{"errors":["Priority is not included in the list"]}'

    def __init__(self) -> None:
        super().__init__()
        self.issues = {"7": redmine_item(6, priority={"id": 2, "name": "Normal"})}
        self.rights = ["set_notes_private"]

    def move(self) -> None:
        self._journal({"notes": ""}, "5")

    def answer(self, asked: Asked) -> Answer:
        name = asked.path.rsplit("/", 1)[-1].removesuffix(".json")
        if asked.method == "PUT":
            return self._put(asked.values["issue"])
        if asked.method == "POST":
            return self._made(asked.values["issue"])
        if name == "issues":
            rows = [i for i in self.issues.values() if asked.values["description"].strip("~") in i["description"]]
            return as_json({"issues": rows, "total_count": len(rows)})
        if "/issues/" in asked.path:
            found = self.issues.get(name)
            return as_json(
                {"issue": {**found, "allowed_statuses": [{"id": 2, "name": "In Progress"}]}} if found else {}
            )
        if name == "current":
            membership = {"project": {"id": 1}, "roles": [{"id": 4}]}
            return as_json({"user": {"id": 9, "login": "console", "memberships": [membership]}})
        if "/roles/" in asked.path:
            return as_json({"role": {"id": 4, "permissions": self.rights}})
        return redmine([], asked)

    def _put(self, values: dict[str, Any]) -> Answer:
        issue = self.issues["7"]
        if values.get("status_id") != 5:  # Closed is not for this user: no word is said about it.
            for column, table in (("status_id", "issue_statuses"), ("priority_id", "issue_priorities")):
                rows: list[dict[str, Any]] = REDMINE_NAMES[table]
                issue |= {column[:-3]: row for row in rows if row["id"] == values.get(column)}
        if "assigned_to_id" in values:
            issue["assigned_to"] = {"id": values["assigned_to_id"], "name": "Zoë Ångström"}
        issue["subject"] = values.get("subject", issue["subject"])
        self._journal(values, "9")
        return Answer(b"", 204)

    def _journal(self, values: dict[str, Any], who: str) -> None:
        issue = self.issues["7"]
        number = len(issue["journals"]) + 1
        at = redmine_time(NOW + number * MINUTE)
        issue["updated_on"] = at
        note = {"notes": values.get("notes", ""), "private_notes": values.get("private_notes", False)}
        row = {"id": number, "user": {"id": who, "name": "Somebody"}, "created_on": at, "details": [], **note}
        issue["journals"] = [*issue["journals"], row]
        self.said += [note["notes"]] if note["notes"] else []

    def _made(self, values: dict[str, Any]) -> Answer:
        identity = str(100 + len(self.made))
        self.made.append(values["subject"])
        self.issues[identity] = redmine_item(
            int(identity) - 1, subject=values["subject"], description=values["description"]
        )
        return as_json({"issue": self.issues[identity]}, status=201)


class Zendesk(Vendor):
    faulty = b'{"error":"RecordInvalid","description":"Record validation errors"}'

    def __init__(self) -> None:
        super().__init__()
        self.tickets = {"7": zendesk_item(0, id=7, priority="normal", status="new")}
        self.seconds = 0

    def move(self) -> None:
        self._touch("7", {"subject": "Another"})

    def answer(self, asked: Asked) -> Answer:
        name = asked.path.rsplit("/", 1)[-1]
        if asked.method == "PUT":
            return self._put(dict(asked.values["ticket"]))
        if asked.method == "POST":
            return self._made(asked.values["ticket"])
        if name == "comments":
            return as_json({"comments": [{"id": n, "body": body} for n, body in enumerate(self.said)]})
        if name == "tickets":
            wanted = asked.values["external_id"]
            return as_json({"tickets": [t for t in self.tickets.values() if t.get("external_id") == wanted]})
        if name == "search":
            return as_json({"users": [user for user in ZENDESK_USERS if user["name"] == asked.values["query"]]})
        if name == "groups":
            return as_json({"groups": [{"id": 8, "name": "Support"}]})
        found = self.tickets.get(name)
        return self._whole(found) if found else as_json({"error": "RecordNotFound"}, status=404)

    def _put(self, values: dict[str, Any]) -> Answer:
        held = self.tickets["7"]
        if held["status"] == "closed":
            details = {"status": [{"description": "Status: closed prevents ticket update"}]}
            return as_json({"error": "RecordInvalid", "description": "Invalid", "details": details}, status=422)
        if values.pop("safe_update", False) and values.pop("updated_stamp", "") != held["updated_at"]:
            return as_json({"error": "UpdateConflict", "description": "Safe Update prevented it"}, status=409)
        said = values.pop("comment", None)
        self.said += [said["body"]] if said else []
        self._touch("7", values)
        return self._whole(self.tickets["7"])

    def _made(self, values: dict[str, Any]) -> Answer:
        identity = str(100 + len(self.made))
        self.made.append(values["subject"])
        held = zendesk_item(1, id=int(identity), subject=values["subject"], external_id=values["external_id"])
        self.tickets[identity] = held
        return as_json({"ticket": held}, status=201)

    def _touch(self, ticket: str, values: dict[str, Any]) -> None:
        self.seconds += 1
        stamp = zendesk_time(NOW + self.seconds * SECOND)
        before = self.tickets[ticket]
        counters = dict(before.get("metric_set") or {"replies": 0, "reopens": 0})
        counters["reopens"] += before["status"] == "solved" and values.get("status") == "open"
        self.tickets[ticket] = {**before, **values, "updated_at": stamp, "metric_set": counters}

    def _whole(self, ticket: dict[str, Any]) -> Answer:
        counters = ticket.get("metric_set") or {"replies": 0, "reopens": 0}
        groups = [{"id": 8, "name": "Support"}]
        return as_json(
            {"ticket": ticket, "users": ZENDESK_USERS, "groups": groups, "organizations": [], "metric_sets": [counters]}
        )


@dataclass(frozen=True)
class Writer:
    """A connector under the contract: ``settings(url)`` as in its neighbour ``Case``."""

    name: str
    kind: str
    settings: Callable[[str], dict[str, Any]]
    vendor: Callable[[], Vendor]

    def __str__(self) -> str:
        return self.name


WRITERS = [
    Writer("roundup", "roundup", lambda url: {"url": url + "/tracker/", "user": "lead"}, Roundup),
    Writer("jira-cloud", "jira", lambda url: {"url": url, "user": "lead@example.com"}, JiraCloud),
    Writer("jira-dc", "jira", lambda url: {"url": url + "/jira"}, JiraDataCenter),
    Writer("zendesk", "zendesk", lambda url: {"url": url, "user": "lead@example.com"}, Zendesk),
    Writer("redmine", "redmine", lambda url: {"url": url, "project": "care"}, Redmine),
]
