"""A network that does what it is asked and loses the answer: the doubt every writer has to live with."""

from __future__ import annotations

import httpx


class Deaf(httpx.AsyncHTTPTransport):
    """Passes everything on, but loses the answer to the n-th request that changes something."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self._left = lost

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        if request.method != "GET":
            self._left -= 1
            if self._left == 0:
                await answer.aclose()
                raise httpx.ReadTimeout("no answer", request=request)
        return answer
