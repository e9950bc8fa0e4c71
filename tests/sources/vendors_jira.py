"""Jira, Cloud and Data Center, small enough to be read at a glance: by its documents, and without a guard."""

from __future__ import annotations

from typing import Any

from console.model.moment import MINUTE
from console.sources.formats import adf
from tests.sources.cases_tickets import jira_item, jira_time
from tests.sources.contract import NOW, Answer, Asked, as_json
from tests.sources.vendor import Vendor

_JIRA_STATES = {
    "Open": {"id": "1", "name": "Open", "statusCategory": {"key": "new"}},
    "In Progress": {"id": "3", "name": "In Progress", "statusCategory": {"key": "indeterminate"}},
    "Resolved": {"id": "5", "name": "Resolved", "statusCategory": {"key": "done"}},
    "Closed": {"id": "6", "name": "Closed", "statusCategory": {"key": "done"}},
}
_JIRA_PEOPLE = [
    {"accountId": "a-9", "name": "zoe", "displayName": "Zoë Ångström"},
    {"accountId": "a-8", "name": "zoeb", "displayName": "Zoë Ångström-Berg"},
]


class JiraCloud(Vendor):
    faulty = b'{"errorMessages":["It does not have permission to do that."],"errors":{}}'
    ticket = "10007"
    version = "3"

    def __init__(self) -> None:
        super().__init__()
        self.issues = {self.ticket: self._new(7, priority={"id": "3", "name": "Medium"})}
        self.tick = 0

    def move(self) -> None:
        self._touch()

    def answer(self, asked: Asked) -> Answer:
        call = asked.path.partition(f"/rest/api/{self.version}/")[2] or asked.path.rpartition("/rest/api/2/")[2]
        name, _, what = call.removeprefix("issue/").partition("/")
        if call == "serverInfo":
            return as_json({"deploymentType": "Cloud" if self.version == "3" else "Server"})
        if call == "issue":
            return self._created(asked.values["fields"])
        if call.startswith("search"):
            label = asked.values["jql"].partition('"')[2].rpartition('"')[0]
            return as_json({"issues": [i for i in self.issues.values() if label in i["fields"]["labels"]]})
        if call == "user/assignable/search":
            return as_json(_JIRA_PEOPLE)
        if name not in self.issues:
            return as_json(
                {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}, status=404
            )
        return self._of_issue(self.issues[name]["fields"], name, what, asked)

    def _of_issue(self, fields: dict[str, Any], name: str, what: str, asked: Asked) -> Answer:
        if asked.method == "GET":
            return as_json(
                {
                    "": self.issues[name],
                    "editmeta": {"fields": self.screen()},
                    "transitions": {"transitions": self.ways(fields["status"]["name"])},
                    "comment": {"comments": [{"id": str(n), "body": body} for n, body in enumerate(self.bodies)]},
                }[what]
            )
        self._touch()
        if what == "comment":
            self.bodies.append(asked.values["body"])
            self.said.append(adf.to_text(asked.values["body"]))
            return as_json({"id": str(len(self.said))}, status=201)
        if what == "transitions":
            fields["status"] = next(way["to"] for way in self.ways("") if way["id"] == asked.values["transition"]["id"])
        elif what == "assignee":
            known = [p for p in _JIRA_PEOPLE if set(asked.values.items()) & set(p.items())]
            fields["assignee"] = known[0] if known else None
        else:
            fields |= asked.values.get("fields", {})
            for step in asked.values.get("update", {}).get("labels", []):
                held = [label for label in fields["labels"] if label != step.get("remove")]
                fields["labels"] = [*held, *([step["add"]] if "add" in step else [])]
        return Answer(b"", 204)

    @property
    def bodies(self) -> list[Any]:
        held: list[Any] = self.__dict__.setdefault("held", [])
        return held

    def ways(self, here: str) -> list[dict[str, Any]]:
        return [
            {"id": str(20 + n), "name": f"To {name}", "to": state, "fields": {}}
            for n, (name, state) in enumerate(_JIRA_STATES.items())
            if name != here
        ]

    def screen(self) -> dict[str, Any]:
        names = [{"name": name} for name in ("Highest", "High", "Medium", "Low")]
        return {
            "priority": {"schema": {"type": "priority"}, "allowedValues": names},
            "summary": {"schema": {"type": "string"}},
            "labels": {"schema": {"type": "array", "items": "string"}},
            "duedate": {"schema": {"type": "date"}},
        }

    def _created(self, fields: dict[str, Any]) -> Answer:
        self.made.append(fields["summary"])
        number = 100 + len(self.made)
        issue = self._new(number, summary=fields["summary"], labels=fields["labels"], description=fields["description"])
        self.issues[issue["id"]] = issue
        return as_json({"id": issue["id"], "key": issue["key"]}, status=201)

    def _new(self, number: int, **more: Any) -> dict[str, Any]:
        return jira_item(number, project={"key": "PAY", "projectTypeKey": "service_desk"}, **more)

    def _touch(self) -> None:
        self.tick += 1
        self.issues[self.ticket]["fields"]["updated"] = jira_time(NOW + self.tick * MINUTE)

    def changes(self, asked: Asked) -> bool:
        return asked.method != "GET" and not asked.path.endswith(("/search", "/search/jql"))


class JiraDataCenter(JiraCloud):
    version = "2"
