"""A page of Jira told in the worker process is the page told here."""

from __future__ import annotations

import asyncio
from typing import Any

from console.sources.tickets import words as w
from console.sources.tickets.jira_page import Manner, Told, told_of
from console.work.lanes import ProcessWorkshop

_BORN = "2026-11-20T08:00:00.000+0000"
_STATES = {"1": ["Offen", "new"], "5": ["Erledigt", "done"]}


def issue(number: int, **fields: Any) -> dict[str, Any]:
    told = {
        "summary": f"Zahlung {number} fehlt",
        "status": {"id": "5", "name": "Erledigt", "statusCategory": {"key": "done"}},
        "created": _BORN,
        "updated": _BORN,
        **fields,
    }
    return {"id": str(number), "key": f"PAY-{number}", "fields": told}


def page() -> tuple[Any, ...]:
    closed = {
        "field": "status",
        "fieldId": "status",
        "from": "1",
        "fromString": "Offen",
        "to": "5",
        "toString": "Erledigt",
    }
    log = [{"id": "9", "created": "2026-11-20T09:00:00.000+0000", "items": [closed]}]
    said = [{"id": "3", "created": _BORN, "body": "kommt noch\u0000 vor"}]
    words = w.words_for(w.JIRA_SEVERITY, {}, categories=w.JIRA_CATEGORIES, severity_map={}, status_map={})
    manner = Manner("shop", words, {"team": "customfield_1"}, [], {}, "https://jira.example/browse/")
    issues = [issue(1, customfield_1={"value": "Zürich"}), issue(2, created="yesterday"), issue(3)]
    return issues, {"1": log, "3": log}, [said, [], []], {"1": ["Offen", "new"]}, manner


def in_a_worker(arguments: tuple[Any, ...]) -> Told:
    async def run() -> Told:
        workshop = ProcessWorkshop(large=0)
        try:
            return await workshop.run(1, told_of, *arguments)
        finally:
            workshop.close()

    return asyncio.run(run())


def test_what_a_worker_tells_is_what_is_told_here() -> None:
    told = in_a_worker(page())
    assert told == told_of(*page())
    assert [stood.place for stood in told.stood] == [0, 2], "the issue without a readable time is left out"
    values = {(row.ticket, row.field, row.change_id): row.new for row in told.events}
    assert values["1", "team", "created"] == "Zürich"
    assert (values["1", "status", "created"], values["1", "status", "9"]) == ("new", "resolved")
    assert [comment.body for comment in told.comments] == ["kommt noch vor"]
    assert told.statuses == {"5": _STATES["5"]} and told.met == {("1", "Offen"), ("5", "Erledigt")}
