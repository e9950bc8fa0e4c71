"""A connection test that can be given up: it runs on the network lane and is cancelled from the window."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from console.ports import Seen


class LookJob:
    """Runs once. Cancelling before it began, meanwhile or afterwards is all right, and any thread may do it."""

    def __init__(self, job: Coroutine[Any, Any, Seen]) -> None:
        self._job = job
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._given_up = False

    async def run(self) -> Seen:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._given_up:
            self._job.close()
            raise asyncio.CancelledError
        return await self._job

    def cancel(self) -> None:
        self._given_up = True
        loop, task = self._loop, self._task
        if loop is not None and task is not None and not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)
