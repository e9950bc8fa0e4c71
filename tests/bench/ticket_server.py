"""Tickets behind a JSON API with ETags: ``python -m tests.bench.ticket_server``.

``GET /tickets/ID`` and ``PATCH /tickets/ID`` as a plain system of records would do it.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager

from tests.bench.own_process import Answer, path_of, response, running, serve


def answering() -> Answer:
    tickets: dict[str, dict[str, str]] = {}
    versions: dict[str, int] = {}

    def answer(head: bytes, body: bytes) -> bytes:
        identity = path_of(head).decode().rpartition("/")[2]
        standing = {"id": identity, "key": f"T-{identity}", "title": "It fails", "severity": "P3"}
        ticket = tickets.setdefault(identity, standing)
        if head.startswith(b"PATCH "):
            ticket.update(json.loads(body))
            versions[identity] = versions.get(identity, 0) + 1
        return response(json.dumps(ticket).encode(), more=f'etag: "{versions.get(identity, 0)}"\r\n')

    return answer


def tickets() -> AbstractContextManager[str]:
    """The base URL of such a server in a process of its own."""
    return running("tests.bench.ticket_server")


if __name__ == "__main__":
    serve(answering())
