"""A bound on statements that are not ours: after so long the connection is interrupted."""

from __future__ import annotations

import threading
from types import TracebackType

import duckdb

SECONDS = 2.0


class Limit:
    """While entered, a statement that runs on ``connection`` is cancelled after ``seconds`` (``duckdb.InterruptException``).

    The timer's thread touches the connection only to interrupt it, which DuckDB allows from any thread, and never after
    the block was left: the next statement of the connection is somebody else's.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float = SECONDS) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._over = False
        self._timer = threading.Timer(seconds, self._cancel)
        self._timer.daemon = True
        self._timer.name = "limit"

    def __enter__(self) -> Limit:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over = True
        self._timer.cancel()
        self._timer.join()

    def _cancel(self) -> None:
        with self._lock:
            if not self._over:
                self._connection.interrupt()
