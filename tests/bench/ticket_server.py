"""Tickets behind a JSON API on a free port, with ETags: ``python -m tests.bench.ticket_server``.

``GET /tickets/ID`` and ``PATCH /tickets/ID`` as a plain system of records would do it. Prints the port as its first line and
ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


async def serve() -> None:
    tickets: dict[str, dict[str, str]] = {}
    versions: dict[str, int] = {}

    def answer(method: str, path: str, body: bytes) -> bytes:
        identity = path.rpartition("/")[2]
        standing = {"id": identity, "key": f"T-{identity}", "title": "It fails", "severity": "P3"}
        ticket = tickets.setdefault(identity, standing)
        if method == "PATCH":
            ticket.update(json.loads(body))
            versions[identity] = versions.get(identity, 0) + 1
        told = json.dumps(ticket).encode()
        head = f'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\netag: "{versions.get(identity, 0)}"\r\n'
        return head.encode() + f"content-length: {len(told)}\r\n\r\n".encode() + told

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, path, _ = head.split(" ", 2)
                length = next(
                    (line for line in head.lower().split("\r\n") if line.startswith("content-length:")), "0:0"
                )
                body = await reader.readexactly(int(length.partition(":")[2]))
                writer.write(answer(method, path, body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@contextmanager
def tickets() -> Iterator[str]:
    """The base URL of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.ticket_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve())
