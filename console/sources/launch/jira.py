"""The tickets in the shapes of Jira Data Center's REST API v2: search, issue, comments, fields, server information.

What is read; what is written is in ``jira_desk``. Times are told as Jira does, in the zone of the user who asks (here the
shop's). Several fields that changed at once are one history, as in Jira; a history's id never depends on when it is asked for.
"""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from console.model.moment import MINUTE, from_datetime, parse_instant, to_datetime
from console.sources.launch.book import WRITER, Book
from console.sources.launch.tickets import Ticket, tickets
from console.sources.launch.world import NAME, TIME_ZONE

CUSTOM = {
    "browser": "customfield_10101",
    "os": "customfield_10102",
    "device": "customfield_10103",
    "route": "customfield_10104",
    "error_code": "customfield_10105",
    "customer": "customfield_10106",
    "segment": "customfield_10107",
    "channel": "customfield_10108",
    "locale": "customfield_10109",
}
"""Our field → id of the custom field that holds it."""
_OPTIONS = ("segment", "channel", "browser")
STATUSES = {
    "New": ("10000", "new"),
    "Acknowledged": ("10001", "indeterminate"),
    "In Progress": ("3", "indeterminate"),
    "Reopened": ("4", "new"),
    "Resolved": ("5", "done"),
    "Closed": ("6", "done"),
}
PRIORITY_IDS = {"Highest": "1", "High": "2", "Medium": "3", "Low": "4"}
RESOLUTION_IDS = {
    name: str(10_000 + n)
    for n, name in enumerate(("Fixed", "Workaround", "Cannot Reproduce", "Duplicate", "Answered", "Won't Do"))
}
PROJECTS = {
    "PAY": "Payments",
    "APP": "Back office and apps",
    "SHOP": "Shop front",
    "ACC": "Accounts",
    "CARE": "Customer care",
}
_TYPES = {
    "bug": "Bug", "crash": "Crash", "data": "Data", "interface": "Interface", "integration": "Integration",
    "question": "Question",
    "performance": "Performance", "security": "Security", "usability": "Usability", "documentation": "Documentation",
    "enhancement": "New Feature", "task": "Task",
}  # fmt: skip
_SAME_MOMENT = 100_000
_UNITS = {"m": 1, "h": 60, "d": 1440, "w": 10_080}


class JiraError(Exception):
    """A search that cannot be read; the text goes into ``errorMessages``."""


def server_info(now: int, base: str) -> dict[str, Any]:
    return {
        "baseUrl": base,
        "version": "10.3.2",
        "versionNumbers": [10, 3, 2],
        "deploymentType": "Server",
        "buildNumber": 10030002,
        "serverTime": jira_time(now),
        "serverTitle": f"{NAME} support",
    }


def jira_time(instant: int) -> str:
    """``2026-11-20T14:02:11.000+0100``."""
    text = to_datetime(instant).astimezone(ZoneInfo(TIME_ZONE)).isoformat(timespec="milliseconds")
    return text[:-3] + text[-2:]


def search(book: Book, now: int, base: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One page. ``asked``: jql, startAt, maxResults, fields, expand, as strings or lists. Raises JiraError."""
    since = _since(str(asked.get("jql") or ""), now)
    label = re.search(r"labels\s*=\s*\"([^\"]*)\"", str(asked.get("jql") or ""))
    known = [ticket for ticket in book.tickets() if ticket.created <= now]
    known = [ticket for ticket in known if label is None or label[1] in ticket.labels]
    found = [(ticket.updated(now), ticket) for ticket in known]
    found = sorted((pair for pair in found if pair[0] >= since), key=lambda pair: (pair[0], pair[1].id))
    if re.search(r"order\s+by\s+\w+\s+desc", str(asked.get("jql") or ""), re.IGNORECASE):
        found.reverse()
    start, most = _number(asked.get("startAt"), 0), min(1000, _number(asked.get("maxResults"), 50))
    wanted, expand = words(asked.get("fields")), words(asked.get("expand"))
    answer: dict[str, Any] = {
        "expand": "schema,names",
        "startAt": start,
        "maxResults": most,
        "total": len(found),
        "issues": [issue(book, ticket, now, base, wanted, expand) for _, ticket in found[start : start + most]],
    }
    if "names" in expand:
        answer["names"] = {row["id"]: row["name"] for row in fields()}
    return answer


def issue(book: Book, ticket: Ticket, now: int, base: str, wanted: list[str], expand: list[str]) -> dict[str, Any]:
    """One issue at an instant. ``wanted`` empty: every field."""
    state = ticket.at(now)
    status_id, category = STATUSES[state["status"]]
    told: dict[str, Any] = {
        "summary": ticket.title,
        "description": ticket.body,
        "issuetype": {"id": ticket.topic.kind, "name": _TYPES[ticket.topic.kind], "subtask": False},
        "project": {
            "key": project(ticket),
            "name": PROJECTS[project(ticket)],
            "projectTypeKey": "service_desk",
        },
        "status": {"id": status_id, "name": state["status"], "statusCategory": {"key": category}},
        "priority": _priority(state["priority"]),
        "resolution": {"name": state["resolution"]} if state["resolution"] else None,
        "resolutiondate": _resolved(ticket, now) if state["resolution"] else None,
        "assignee": agent(state["assignee"]) if state["assignee"] else None,
        "reporter": agent(WRITER) if ticket.topic.kind == "task" else _reporter(ticket),
        "creator": agent(WRITER) if ticket.topic.kind == "task" else _reporter(ticket),
        "components": [{"name": ticket.topic.component}],
        "versions": [{"name": ticket.release}],
        "labels": list(ticket.labels),
        "created": jira_time(ticket.created),
        "updated": jira_time(ticket.updated(now)),
        "duedate": None,
        "issuelinks": _links(book, ticket, now, base),
        "comment": comments(ticket, now),
    }
    for name, field_id in CUSTOM.items():
        value = _custom(ticket, name)
        told[field_id] = ({"value": value} if value and name in _OPTIONS else value) or None
    answer: dict[str, Any] = {"id": ticket.id, "key": ticket.key, "self": f"{base}/rest/api/2/issue/{ticket.id}"}
    everything = not wanted or "*all" in wanted or "*navigable" in wanted
    answer["fields"] = told if everything else {name: value for name, value in told.items() if name in wanted}
    if "changelog" in expand:
        histories = [history for at, history in _histories(book, ticket) if at <= now]
        answer["changelog"] = {
            "startAt": 0,
            "maxResults": len(histories),
            "total": len(histories),
            "histories": histories,
        }
    return answer


def comments(ticket: Ticket, now: int) -> dict[str, Any]:
    said = [
        {
            "id": f"{ticket.id}{place:02d}",
            "author": agent(remark.author) if remark.role == "agent" else _reporter(ticket),
            "body": remark.body,
            "created": jira_time(remark.at),
            "updated": jira_time(remark.at),
            **({} if remark.public else {"visibility": {"type": "role", "value": "Service Desk Team"}}),
        }
        for place, remark in enumerate(ticket.remarks)
        if remark.at <= now
    ]
    return {"comments": said, "startAt": 0, "maxResults": len(said), "total": len(said)}


def fields() -> list[dict[str, Any]]:
    """The list of fields, system ones by their id, custom ones by number."""
    system = (
        "summary",
        "description",
        "status",
        "priority",
        "assignee",
        "reporter",
        "components",
        "versions",
        "labels",
    )
    return [
        *({"id": name, "name": name.title(), "custom": False} for name in system),
        *(
            {"id": field_id, "name": name.replace("_", " ").title(), "custom": True}
            for name, field_id in CUSTOM.items()
        ),
    ]


def statuses() -> list[dict[str, Any]]:
    return [{"id": i, "name": name, "statusCategory": {"key": category}} for name, (i, category) in STATUSES.items()]


def _since(jql: str, now: int) -> int:
    """The instant of ``updated >= …``; 0 where the search does not restrict it. JQL dates are read in the user's
    zone."""
    found = re.search(r"updated(?:Date)?\s*>=?\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))", jql)
    if not found:
        return 0
    text = next(group for group in found.groups() if group is not None).strip().rstrip(")")
    relative = re.fullmatch(r"-(\d+)([mhdw])?", text)
    if relative:
        return now - int(relative.group(1)) * _UNITS[relative.group(2) or "m"] * MINUTE
    try:
        naive = to_datetime(parse_instant(text.replace("/", "-"))).replace(tzinfo=ZoneInfo(TIME_ZONE))
    except ValueError:
        raise JiraError(f"Date value '{text}' for field 'updated' is invalid.") from None
    return from_datetime(naive)


def _histories(book: Book, ticket: Ticket) -> list[tuple[int, dict[str, Any]]]:
    told: list[tuple[int, dict[str, Any]]] = []
    last = 0
    for change in ticket.changes:
        item = _item(book, change.field, change.old, change.new)
        same = bool(told) and change.at - last < _SAME_MOMENT and told[-1][1]["author"]["displayName"] == change.actor
        same = same and change.actor != WRITER
        last = change.at
        if same:
            told[-1][1]["items"].append(item)
            continue
        head = {"id": f"{ticket.id}{len(told):03d}", "author": agent(change.actor), "created": jira_time(change.at)}
        told.append((change.at, {**head, "items": [item]}))
    return told


def _item(book: Book, field: str, old: str, new: str) -> dict[str, Any]:
    if field == "duplicate":
        key = tickets(book.launch)[int(new)].key
        shown = f"This issue duplicates {key}"
        return {"field": "Link", "fieldtype": "jira", "from": None, "fromString": None, "to": key, "toString": shown}
    ids = {
        "status": lambda name: STATUSES[name][0],
        "priority": lambda name: PRIORITY_IDS.get(name, ""),
        "resolution": lambda name: RESOLUTION_IDS.get(name, ""),
        "assignee": user_name,
    }.get(field, str)
    return {
        "field": field,
        "fieldtype": "jira",
        "from": ids(old) if old else None,
        "fromString": old or None,
        "to": ids(new) if new else None,
        "toString": new or None,
    }


def _links(book: Book, ticket: Ticket, now: int, base: str) -> list[dict[str, Any]]:
    found = []
    for change in ticket.changes:
        if change.field == "duplicate" and change.at <= now:
            other = tickets(book.launch)[int(change.new)]
            kind = {"name": "Duplicate", "inward": "is duplicated by", "outward": "duplicates"}
            target = {"id": other.id, "key": other.key, "self": f"{base}/rest/api/2/issue/{other.id}"}
            found.append({"id": f"{ticket.id}9", "type": kind, "outwardIssue": target})
    return found


def _custom(ticket: Ticket, name: str) -> str:
    topic = ticket.topic
    if topic.kind == "task":
        return ""
    return {
        "browser": ticket.browser,
        "os": ticket.os,
        "device": ticket.device,
        "route": topic.route,
        "error_code": topic.error_code,
        "customer": ticket.consumer.customer.name,
        "segment": ticket.consumer.customer.segment,
        "channel": ticket.channel,
        "locale": ticket.who.locale,
    }[name]


def project(ticket: Ticket) -> str:
    return ticket.key.partition("-")[0]


def _resolved(ticket: Ticket, now: int) -> str:
    return jira_time(max(c.at for c in ticket.changes if c.field == "resolution" and c.new and c.at <= now))


def _priority(name: str) -> dict[str, str] | None:
    return {"id": PRIORITY_IDS[name], "name": name} if name else None


def user_name(name: str) -> str:
    return name.lower().replace(" ", ".")


def agent(name: str) -> dict[str, Any]:
    user = user_name(name)
    return {
        "name": user,
        "key": user,
        "emailAddress": f"{user}@atlas-checkout.example",
        "displayName": name,
        "active": True,
    }


def _reporter(ticket: Ticket) -> dict[str, Any]:
    who = ticket.who
    return {"name": who.mail, "key": who.mail, "emailAddress": who.mail, "displayName": who.name, "active": True}


def _number(value: Any, otherwise: int) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError):
        return otherwise


def words(value: Any) -> list[str]:
    """A comma list, a JSON list, or both mixed, as Jira takes them."""
    parts = value if isinstance(value, list) else [value] if value else []
    return [word.strip() for part in parts for word in str(part).split(",") if word.strip()]
