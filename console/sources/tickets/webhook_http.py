"""A small HTTP server on the network lane: one request a connection, bounded in size, time and number.

What one would get wrong: a sender that never finishes must cost nobody else anything, and an answer given before the
body was read is lost when the connection is torn down at once; so the rest is drained for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import h11
import msgspec

_MOST_AT_ONCE = 64
_WHOLE_REQUEST_S = 10.0
_DRAIN_S = 0.5
_DRAIN = 256 * 1024


class Head(NamedTuple):
    """A request before its body. ``headers`` with lower-case names; ``peer``: the address it came from."""

    method: str
    path: str
    headers: dict[str, str]
    peer: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    document: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


Gate = Callable[[Head], Answer | None]
Handler = Callable[[Head, bytes], Awaitable[Answer]]
TOO_LARGE, TOO_SLOW, CROWDED, GARBLED = "too large", "too slow", "too many at once", "no HTTP"


class HttpServer:
    """``gate`` may answer before the body is read; ``refused`` hears of what never reached a handler, by a word above."""

    def __init__(self, gate: Gate, handle: Handler, refused: Callable[[str], None], max_body: int) -> None:
        self._gate = gate
        self._handle = handle
        self._refused = refused
        self._max_body = max_body
        self._server: asyncio.Server | None = None
        self._tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.whole_request_s = _WHOLE_REQUEST_S

    async def start(self, host: str, port: int) -> int:
        """Listen; the port taken. Raises OSError."""
        self._server = await asyncio.start_server(self._accept, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening; whoever is still talking is cut off."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._tasks) >= _MOST_AT_ONCE:
            self._make_room()
        self._tasks[task] = writer
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            # The sender went away or had to make room, or we close: there is nobody to tell.
            pass
        finally:
            self._tasks.pop(task, None)
            writer.close()

    def _make_room(self) -> None:
        """Send away who has been talking longest: whoever means well is done in an instant."""
        task, writer = next(iter(self._tasks.items()))
        self._tasks.pop(task)
        self._refused(CROWDED)
        writer.write(_bytes(h11.Connection(h11.SERVER), _said(503, "too many requests at once", {"retry-after": "1"})))
        task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            async with asyncio.timeout(self.whole_request_s):
                answer = await self._answer(connection, reader, writer)
        except TimeoutError:
            self._refused(TOO_SLOW)
            answer = _said(408, "the request did not come whole in time")
        except h11.RemoteProtocolError as error:
            self._refused(GARBLED)
            answer = _said(error.error_status_hint, "this is no HTTP request")
        if connection.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            # What came was no request to answer by rule; the plain form is still understood.
            connection = h11.Connection(h11.SERVER)
        writer.write(_bytes(connection, answer))
        await writer.drain()
        await _drain(reader, writer)

    async def _answer(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Answer:
        request = await _next_event(connection, reader)
        if not isinstance(request, h11.Request):
            return _said(400, "a request is needed")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        peer = writer.get_extra_info("peername")
        path = request.target.decode("latin-1").partition("?")[0]
        head = Head(request.method.decode("latin-1"), path, headers, peer[0] if peer else "")
        if (early := self._gate(head)) is not None:
            return early
        size = headers.get("content-length", "0")
        if size.isdecimal() and int(size) > self._max_body:
            return self._too_large()
        if connection.they_are_waiting_for_100_continue:
            writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        body = bytearray()
        while not isinstance(event := await _next_event(connection, reader), h11.EndOfMessage):
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionResetError
            assert isinstance(event, h11.Data)
            body += event.data
            if len(body) > self._max_body:
                return self._too_large()
        return await self._handle(head, bytes(body))

    def _too_large(self) -> Answer:
        self._refused(TOO_LARGE)
        return _said(413, f"at most {self._max_body // 1024} kB")


def _bytes(connection: h11.Connection, answer: Answer) -> bytes:
    content = msgspec.json.encode(answer.document)
    headers = {
        "content-type": "application/json",
        "content-length": str(len(content)),
        "connection": "close",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **answer.headers,
    }
    response = h11.Response(status_code=answer.status, headers=list(headers.items()))
    events = (response, h11.Data(data=content), h11.EndOfMessage())
    return b"".join(connection.send(event) or b"" for event in events)


def _said(status: int, words: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"error": words}, headers or {})


async def _next_event(connection: h11.Connection, reader: asyncio.StreamReader) -> Any:
    while True:
        event = connection.next_event()
        if event is not h11.NEED_DATA:
            return event
        connection.receive_data(await reader.read(65_536))


async def _drain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if writer.can_write_eof():
        writer.write_eof()
    left = _DRAIN
    try:
        async with asyncio.timeout(_DRAIN_S):
            while left > 0 and (chunk := await reader.read(65_536)):
                left -= len(chunk)
    except TimeoutError:
        pass
