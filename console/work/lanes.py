"""The lanes on which all work runs, so that no other room starts a thread.

``network``: one asyncio loop on its own thread. ``write``: one thread, the only one that appends. ``read``: two threads,
each with a database cursor of its own. ``analysis``: one thread for long computations. The ``workshop`` decodes bodies
that would hold the interpreter too long in one worker process, started when the first such body comes.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from console import frugal
from console.model.errors import SourceError, Trouble

T = TypeVar("T")

_log = logging.getLogger(__name__)

_LARGE_BODY = 400_000
"""Bytes. Exposition of this size takes about 10 ms to parse, JSON about 5 ms: half of what may hold the interpreter."""


class Lanes:
    """Opened once by ``main``, closed once. ``submit`` methods may be called from any thread."""

    def __init__(self) -> None:
        pool = concurrent.futures.ThreadPoolExecutor
        self._write = pool(1, thread_name_prefix="write")
        self._read = pool(2, thread_name_prefix="read")
        self._analysis = pool(1, thread_name_prefix="analysis")
        self.loop = asyncio.new_event_loop()
        self._network = threading.Thread(target=self._run_loop, name="network", daemon=True)
        self._network.start()
        self.workshop = ProcessWorkshop()

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def write(self, job: Callable[..., T], *arguments: Any) -> concurrent.futures.Future[T]:
        return self._write.submit(job, *arguments)

    def read(self, job: Callable[..., T], *arguments: Any) -> concurrent.futures.Future[T]:
        return self._read.submit(job, *arguments)

    def analysis(self, job: Callable[..., T], *arguments: Any) -> concurrent.futures.Future[T]:
        return self._analysis.submit(job, *arguments)

    def network(self, job: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(job, self.loop)

    def await_questions(self) -> None:
        """Wait until no question is under way: the database ends the process when a cursor is closed under one.

        The lane that calls this is not waited for.
        """
        waits: list[concurrent.futures.Future[int]] = []
        for pool, workers, name in ((self._read, 2, "read"), (self._analysis, 1, "analysis")):
            if not threading.current_thread().name.startswith(name):
                meeting = threading.Barrier(workers)
                waits += [pool.submit(meeting.wait) for _ in range(workers)]
        concurrent.futures.wait(waits)

    def close(self) -> None:
        """Stop the loop, let the write lane finish, drop unread questions. Idempotent."""
        if self.loop.is_closed():
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._network.join(timeout=10)
        self._read.shutdown(wait=True, cancel_futures=True)
        self._analysis.shutdown(wait=True, cancel_futures=True)
        self._write.shutdown(wait=True)
        self.workshop.close()
        self.loop.close()


def _end_with_parent() -> None:
    """In the worker process: a console that was killed cannot tell its worker to end, so the worker watches for it."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(0)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    frugal.settle()


class ProcessWorkshop:
    """Runs small jobs where it stands and large ones in one worker process. Implements ``ports.Workshop``."""

    def __init__(self, large: int = _LARGE_BODY) -> None:
        self._large = large
        self._pool: concurrent.futures.ProcessPoolExecutor | None = None

    async def run(self, size: int, function: Callable[..., T], *arguments: Any) -> T:
        if size < self._large:
            return function(*arguments)
        if self._pool is None:
            self._pool = concurrent.futures.ProcessPoolExecutor(
                1,
                mp_context=multiprocessing.get_context("spawn"),
                max_tasks_per_child=None,
                initializer=_end_with_parent,
            )
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)
        except concurrent.futures.process.BrokenProcessPool:
            # Others may wait for the same process, and one of them may have begun a new one by now.
            if self._pool is pool:
                self._pool = None
            sentence = (
                "The process that reads large answers ended by itself, perhaps for want of memory; it is asked again."
            )
            _log.error("%s", sentence)
            raise SourceError(Trouble.UNREADABLE, sentence) from None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
