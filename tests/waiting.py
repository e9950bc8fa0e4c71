"""How tests wait: for another thread's doing, at a gate that a test opens, for the next round of a loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable


def until(happened: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for another thread's doing; fails when it never comes."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        threading.Event().wait(0.002)


class Gate(threading.Event):
    """Shut until it is set, from any thread. Coroutines wait at it too, on whatever loop they run."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._waiting: set[asyncio.Future[None]] = set()

    def set(self) -> None:
        with self._lock:
            super().set()
            for future in self._waiting:
                future.get_loop().call_soon_threadsafe(_wake, future)

    async def opened(self) -> None:
        with self._lock:
            if self.is_set():
                return
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
        try:
            await future
        finally:
            with self._lock:
                self._waiting.discard(future)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def next_round() -> None:
    """Until the loop comes round again, as one waits for a socket at the least: others get their turn."""
    come = asyncio.Event()
    asyncio.get_running_loop().call_soon(come.set)
    await come.wait()
