"""Writing to the simulated ticket system, in the shapes of Jira Data Center's REST API v2: what its people may do there.

It refuses what a real one would: transitions its workflow does not have, a resolution that is missing, people it does not
know, labels with blanks. Two refusals are its own: a payment ticket is not resolved while nobody has it, and a security
ticket is not closed without a review that only its own people can enter.
"""

from __future__ import annotations

from typing import Any

from console.sources.launch import jira
from console.sources.launch.book import Book
from console.sources.launch.life import AGENTS
from console.sources.launch.tickets import Ticket

_WAYS = {
    "New": ("Acknowledged", "In Progress", "Resolved", "Closed"),
    "Acknowledged": ("In Progress", "Resolved", "Closed"),
    "In Progress": ("Acknowledged", "Resolved", "Closed"),
    "Reopened": ("Acknowledged", "In Progress", "Resolved", "Closed"),
    "Resolved": ("Reopened", "Closed"),
    "Closed": ("Reopened",),
}
_DONE = ("Resolved", "Closed")
_REVIEW = "customfield_10190"
_LONGEST = 32_767


class RefusedError(Exception):
    """What is not done, as Jira says it: by field, or in general under ''."""

    def __init__(self, words: str, field: str = "", status: int = 400) -> None:
        super().__init__(words)
        self.status = status
        self.body = {"errorMessages": [] if field else [words], "errors": {field: words} if field else {}}


def answer(book: Book, ticket: Ticket, now: int, what: str, asked: dict[str, Any]) -> tuple[int, Any]:
    """The status and body of a call that changes a ticket. Raises RefusedError."""
    if what == "transitions":
        return _transition(book, ticket, now, asked)
    if what == "assignee":
        book.change(ticket.id, now, [("assignee", _person(asked.get("name")))])
        return 204, None
    if what == "comment":
        return _comment(book, ticket, now, asked)
    return _edit(book, ticket, now, asked)


def create(book: Book, now: int, base: str, asked: dict[str, Any]) -> tuple[int, Any]:
    """A task. Raises RefusedError."""
    fields = _object(asked.get("fields"))
    project, kind = _inner(fields, "project", "key"), _inner(fields, "issuetype", "name")
    title = _text(fields.get("summary"))
    if project not in jira.PROJECTS:
        raise RefusedError("valid project is required", "project")
    if kind != "Task":
        raise RefusedError("The issue type selected is invalid.", "issuetype")
    if not title.strip():
        raise RefusedError("You must specify a summary of the issue.", "summary")
    body = _text(fields.get("description"))
    made = book.make(now, project, title, body, _labels(fields.get("labels") or []))
    return 201, {"id": made.id, "key": made.key, "self": f"{base}/rest/api/2/issue/{made.id}"}


def transitions(ticket: Ticket, now: int) -> dict[str, Any]:
    """Where the ticket may go from its state, with what each way asks for."""
    here = ticket.at(now)["status"]
    return {"expand": "transitions", "transitions": [_way(ticket, name) for name in _WAYS[here]]}


def screen() -> dict[str, Any]:
    """What can be edited."""
    priorities = [{"id": number, "name": name} for name, number in jira.PRIORITY_IDS.items()]
    return {
        "fields": {
            "summary": {"required": True, "schema": {"type": "string", "system": "summary"}, "name": "Summary"},
            "priority": {"schema": {"type": "priority", "system": "priority"}, "allowedValues": priorities},
            "labels": {"schema": {"type": "array", "items": "string", "system": "labels"}, "name": "Labels"},
        }
    }


def people(name: str) -> list[dict[str, Any]]:
    """Those whose name, or a part of it, begins so."""
    wanted = name.casefold()
    return [
        jira.agent(agent)
        for agent in AGENTS
        if any(part.startswith(wanted) for part in (agent.casefold(), jira.user_name(agent), *agent.casefold().split()))
    ]


def priorities() -> list[dict[str, Any]]:
    return [{"id": number, "name": name} for name, number in jira.PRIORITY_IDS.items()]


def _way(ticket: Ticket, name: str) -> dict[str, Any]:
    number, category = jira.STATUSES[name]
    offered = [{"id": i, "name": resolution} for resolution, i in jira.RESOLUTION_IDS.items()]
    fields: dict[str, Any] = {}
    if name in _DONE:
        fields["resolution"] = {
            "required": True,
            "name": "Resolution",
            "hasDefaultValue": False,
            "allowedValues": offered,
        }
    if name == "Closed" and ticket.topic.kind == "security":
        fields[_REVIEW] = {"required": True, "name": "Security review", "hasDefaultValue": False}
    state = {"id": number, "name": name, "statusCategory": {"key": category}}
    return {"id": str(20 + list(jira.STATUSES).index(name)), "name": f"To {name}", "to": state, "fields": fields}


def _transition(book: Book, ticket: Ticket, now: int, asked: dict[str, Any]) -> tuple[int, Any]:
    chosen, state = _inner(asked, "transition", "id"), ticket.at(now)
    way = next((way for way in transitions(ticket, now)["transitions"] if way["id"] == chosen), None)
    if way is None:
        raise RefusedError(
            f"It seems that you have tried to perform an operation which you are not permitted to: {chosen}."
        )
    fields = _object(asked.get("fields"))
    for name, field in way["fields"].items():
        if not fields.get(name):
            raise RefusedError(f"{field['name']} is required.", name)
    target = way["to"]["name"]
    if target == "Resolved" and jira.project(ticket) == "PAY" and not state["assignee"]:
        raise RefusedError("A payment ticket needs an assignee before it is resolved.")
    resolution = _inner(fields, "resolution", "name") if target in _DONE else ""
    if target in _DONE and resolution not in jira.RESOLUTION_IDS:
        raise RefusedError("The resolution is not valid.", "resolution")
    book.change(ticket.id, now, [("status", target), ("resolution", resolution)])
    return 204, None


def _comment(book: Book, ticket: Ticket, now: int, asked: dict[str, Any]) -> tuple[int, Any]:
    text = asked.get("body")
    if not isinstance(text, str) or not text.strip():
        raise RefusedError("Comment body can not be empty!", "comment")
    if len(text) > _LONGEST:
        raise RefusedError(
            f"The entered text is too long. It exceeds the allowed limit of {_LONGEST} characters.", "comment"
        )
    listed = asked.get("properties")
    marks = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    hidden = any(row.get("key") == "sd.public.comment" and _inner(row, "value", "internal") for row in marks)
    book.say(ticket.id, now, text, public=not hidden)
    held = book.find(now, ticket.id)
    return 201, jira.comments(held or ticket, now)["comments"][-1]


def _edit(book: Book, ticket: Ticket, now: int, asked: dict[str, Any]) -> tuple[int, Any]:
    fields = _object(asked.get("fields"))
    steps = _object(asked.get("update"))
    for name in (*fields, *steps):
        if name not in screen()["fields"]:
            raise RefusedError(f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.", name)
    values: list[tuple[str, str]] = []
    if "summary" in fields:
        if not isinstance(fields["summary"], str) or not fields["summary"].strip():
            raise RefusedError("You must specify a summary of the issue.", "summary")
        values.append(("summary", fields["summary"].strip()))
    if "priority" in fields:
        name = _inner(fields, "priority", "name") if fields["priority"] else ""
        if name and name not in jira.PRIORITY_IDS:
            raise RefusedError("The priority selected is invalid.", "priority")
        values.append(("priority", name))
    if "labels" in fields:
        values.append(("labels", " ".join(_labels(fields["labels"]))))
    if "labels" in steps:
        held = list(ticket.labels)
        for step in steps["labels"] if isinstance(steps["labels"], list) else []:
            gone = step.get("remove") if isinstance(step, dict) else None
            came = _labels([step["add"]]) if isinstance(step, dict) and "add" in step else []
            held = [label for label in held if label != gone and label not in came] + came
        values.append(("labels", " ".join(held)))
    book.change(ticket.id, now, values)
    return 204, None


def _person(name: Any) -> str:
    """The display name of a user, '' for nobody."""
    if name in (None, "", "-1"):
        return ""
    found = next((agent for agent in AGENTS if jira.user_name(agent) == name), "")
    if not found:
        raise RefusedError(f"User '{name}' does not exist.", "assignee")
    return found


def _labels(values: Any) -> list[str]:
    found = [value for value in values if isinstance(value, str) and value] if isinstance(values, list) else []
    for value in found:
        if " " in value:
            raise RefusedError(f"The label '{value}' contains spaces which is invalid.", "labels")
    return found


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _inner(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else value
