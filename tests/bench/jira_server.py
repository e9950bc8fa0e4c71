"""A Jira Cloud of canned bodies: ``python -m tests.bench.jira_server TICKETS``.

A page is rendered once; only the number in its ids and keys differs from page to page, so that serving costs next to
nothing beside reading. Each ticket has three changes of five fields and two comments.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import AbstractContextManager
from typing import Any

from console.model.moment import DAY, HOUR, MINUTE, iso, parse_instant
from tests.bench.own_process import Answer, path_of, response, running, serve

PAGE = 100
_MARK = b"7777"
_START = parse_instant("2026-10-01T08:00:00Z")
_PEOPLE = [{"accountId": f"a-{n}", "displayName": f"Agent {n}"} for n in range(8)]
_STATES = (("1", "Open", "new"), ("3", "In Progress", "indeterminate"), ("5", "Resolved", "done"))
_TOKEN = re.compile(rb'"nextPageToken":"p(\d+)"')
_IDS = re.compile(rb'"issueIdsOrKeys":\["1(\d{4})')


def _when(instant: int) -> str:
    return iso(instant)[:19] + ".000+0000"


def _text(words: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}],
    }


def _issue(number: int) -> dict[str, Any]:
    """``number`` within its page; the page stands as a mark in the id."""
    born = _START + number * MINUTE
    identity, name, category = _STATES[2]
    return {
        "id": f"1{_MARK.decode()}{number:02}",
        "key": f"PAY-1{_MARK.decode()}{number:02}",
        "fields": {
            "summary": f"Payment {number} fails with a white page after the address was changed",
            "description": _text("Card accepted, then a blank page. " * 6),
            "status": {"id": identity, "name": name, "statusCategory": {"key": category}},
            "priority": {"id": "2", "name": ("Highest", "High", "Medium", "Low")[number % 4]},
            "issuetype": {"id": "7", "name": "Bug"},
            "assignee": _PEOPLE[number % 8],
            "reporter": {"accountId": f"r-{number}", "displayName": f"Rosa {number}"},
            "creator": {"accountId": f"r-{number}", "displayName": f"Rosa {number}"},
            "created": _when(born),
            "updated": _when(born + DAY),
            "components": [{"name": "checkout"}],
            "labels": ["launch"],
            "versions": [{"name": "3.0.1"}],
            "duedate": None,
            "parent": None,
            "issuelinks": [],
            "project": {"key": "PAY", "projectTypeKey": "software"},
            "comment": {
                "total": 2,
                "comments": [
                    {
                        "id": f"2{_MARK.decode()}{number:02}{n}",
                        "author": _PEOPLE[n],
                        "body": _text("We are looking into it, please try once more. " * 3),
                        "created": _when(born + (n + 1) * HOUR),
                        "updated": _when(born + (n + 1) * HOUR),
                    }
                    for n in range(2)
                ],
            },
        },
    }


def _log(number: int) -> dict[str, Any]:
    born = _START + number * MINUTE
    agent = _PEOPLE[number % 8]

    def moved(place: int) -> dict[str, Any]:
        old, new = _STATES[place - 1], _STATES[place]
        return {
            "field": "status",
            "fieldId": "status",
            "from": old[0],
            "fromString": old[1],
            "to": new[0],
            "toString": new[1],
        }

    taken = {
        "field": "assignee",
        "fieldId": "assignee",
        "from": None,
        "to": agent["accountId"],
        "toString": agent["displayName"],
    }
    graver = {
        "field": "priority",
        "fieldId": "priority",
        "from": "3",
        "fromString": "Medium",
        "to": "2",
        "toString": "High",
    }
    label = {"field": "labels", "fieldId": "labels", "fromString": "", "toString": "launch"}
    changes = [[moved(1), taken], [graver, label], [moved(2)]]
    return {
        "issueId": f"1{_MARK.decode()}{number:02}",
        "changeHistories": [
            {
                "id": f"3{_MARK.decode()}{number:02}{n}",
                "author": agent,
                "created": (born + (n + 1) * 2 * HOUR) // 1_000_000,
                "items": items,
            }
            for n, items in enumerate(changes)
        ],
    }


def answering(tickets: int) -> Answer:
    pages = tickets // PAGE
    found = json.dumps({"issues": [_issue(n) for n in range(PAGE)], "nextPageToken": "p@"}).encode()
    logs = json.dumps({"issueChangeLogs": [_log(n) for n in range(PAGE)]}).encode()
    states = json.dumps([{"id": i, "name": n, "statusCategory": {"key": c}} for i, n, c in _STATES]).encode()

    def content(path: bytes, body: bytes) -> bytes:
        if path.endswith(b"/search/jql"):
            token = _TOKEN.search(body)
            page = int(token[1]) if token else 0
            end = b'"isLast": true' if page + 1 >= pages else b'"nextPageToken": "p%d"' % (page + 1)
            return found.replace(b'"nextPageToken": "p@"', end).replace(_MARK, b"%04d" % page)
        if path.endswith(b"/changelog/bulkfetch"):
            asked = _IDS.search(body)
            return logs.replace(_MARK, asked[1] if asked else b"0000")
        return states

    return lambda head, body: response(content(path_of(head).split(b"?")[0], body))


def jira(tickets: int) -> AbstractContextManager[str]:
    """The base URL of such a server in a process of its own."""
    return running("tests.bench.jira_server", tickets)


if __name__ == "__main__":
    serve(answering(int(sys.argv[1])))
