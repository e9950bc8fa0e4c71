"""Answers of a remote system kept for a moment, so that the same question is asked of it once.

For previews: the same tickets are read with one mapping and with another. What is kept lives in memory only and is
bounded; the credential is part of no key.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from console.sources.http import tls

_MOST = 2_000
_MOST_BYTES = 256 * 1024 * 1024
_GONE = ("content-encoding", "transfer-encoding", "content-length")


@dataclass
class Recording:
    """``made_at``: when its first answer came, in instants."""

    made_at: int
    answers: dict[tuple[str, str, bytes], tuple[int, list[tuple[str, str]], bytes]] = field(default_factory=dict)
    size: int = 0


class Recorded(httpx.AsyncBaseTransport):
    """Asks through a client of its own what the recording does not hold."""

    def __init__(self, recording: Recording, ca_file: str | None = None) -> None:
        self._recording = recording
        self._client = httpx.AsyncClient(verify=tls(ca_file), follow_redirects=False, trust_env=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        key = (request.method, str(request.url), request.content)
        held = self._recording.answers.get(key)
        if held is None:
            response = await self._client.send(request)
            # It is decoded already; saying how it was packed would have it unpacked twice.
            headers = [(n, v) for n, v in response.headers.multi_items() if n.lower() not in _GONE]
            held = (response.status_code, headers, response.content)
            if response.status_code == 200 and self._has_room(len(response.content)):
                self._recording.answers[key] = held
                self._recording.size += len(response.content)
        status, headers, content = held
        return httpx.Response(status, headers=headers, content=content, request=request)

    async def aclose(self) -> None:
        await self._client.aclose()

    def _has_room(self, size: int) -> bool:
        return len(self._recording.answers) < _MOST and self._recording.size + size <= _MOST_BYTES
