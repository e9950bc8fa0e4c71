"""Watches the GUI thread of a running window: how long it is away from its event loop, and what it touches meanwhile.

What one would get wrong: on a busy machine the wall clock also counts the time in which others had the processor. So
the bound of a stall is the GUI thread's own processor time between two heartbeats; the wall clock gets a wide bound of
its own, for waiting on a lock or on a thread that holds the interpreter.
"""

from __future__ import annotations

import builtins
import faulthandler
import io
import os
import socket
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import msgspec
import pytest
from PySide6.QtCore import QObject, Qt, QTimer

from console import paths

_BEAT_MS = 2
_LOOK_S = 0.005
_SUSPECT_S = 0.03
_DEPTH = 16
_IMPORT = "<frozen importlib._bootstrap>"


@dataclass(frozen=True, slots=True)
class Stall:
    """One absence from the event loop. ``where``: the GUI thread's stack as it was last seen in it."""

    cpu_ms: float
    wall_ms: float
    where: str


class Watchdog(QObject):
    """Made on the GUI thread, used as a context: keeps every absence over 30 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.stalls: list[Stall] = []
        self.beats = 0
        self._gui = threading.get_ident()
        self._cpu, self._wall = time.thread_time(), time.perf_counter()
        self._seen: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watchdog")
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def __enter__(self) -> Watchdog:
        self._cpu, self._wall = time.thread_time(), time.perf_counter()
        self._timer.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beat()
        self._timer.stop()
        self._over.set()
        self._thread.join()

    def worst(self, measure: Callable[[Stall], float]) -> Stall:
        return max(self.stalls, key=measure, default=Stall(0.0, 0.0, ""))

    def _beat(self) -> None:
        cpu, wall = time.thread_time(), time.perf_counter()
        away = wall - self._wall
        if away > _SUSPECT_S:
            self.stalls.append(Stall((cpu - self._cpu) * 1000, away * 1000, _busiest(self._seen)))
        self.beats += 1
        self._cpu, self._wall, self._seen = cpu, wall, []

    def _look(self) -> None:
        while not self._over.wait(_LOOK_S):
            if time.perf_counter() - self._wall > _SUSPECT_S:
                self._seen.append(self._stack())

    def _stack(self) -> str:
        """The GUI thread's stack. Only faulthandler reads it: making frame objects of a thread that is inside Qt, as
        ``sys._current_frames`` does, crashes Python 3.11.
        """
        with tempfile.TemporaryFile("w+") as file:
            faulthandler.dump_traceback(file, all_threads=True)
            file.seek(0)
            told = file.read().split("\n\n")
        name = f"0x{self._gui:016x}"
        return "\n".join(next((part for part in told if name in part), "").splitlines()[:_DEPTH])


def _busiest(stacks: list[str]) -> str:
    """The stack seen most often, the deepest of equals: an idle look at the event loop itself says nothing."""
    return max(stacks, key=lambda stack: (stacks.count(stack), len(stack)), default="")


class Boundaries:
    """Records each crossing of the GUI thread into SQL, files, sockets or JSON, with the stack that led there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.crossings: list[str] = []
        self.elsewhere: set[str] = set()
        self.on = True
        self._gui = threading.get_ident()
        for name in ("execute", "executemany", "sql", "fetchall"):
            self._guard(monkeypatch, duckdb.DuckDBPyConnection, name, f"SQL ({name})")
        for module in (builtins, io):
            self._guard(monkeypatch, module, "open", "a file", _is_own_resource)
        self._guard(monkeypatch, os, "open", "a file", _is_own_resource)
        self._guard(monkeypatch, socket.socket, "connect", "a socket")
        self._guard(monkeypatch, socket, "create_connection", "a socket")
        for name in ("decode", "encode"):
            self._guard(monkeypatch, msgspec.json, name, "JSON")

    def _guard(
        self,
        monkeypatch: pytest.MonkeyPatch,
        owner: Any,
        name: str,
        what: str,
        allowed: Callable[[tuple[Any, ...]], bool] | None = None,
    ) -> None:
        real = getattr(owner, name)

        def guarded(*arguments: Any, **named: Any) -> Any:
            if threading.get_ident() != self._gui:
                self.elsewhere.add(what)
            elif self.on and not (allowed is not None and allowed(arguments)):
                stack = traceback.format_stack()[:-1]
                # A module is read when it is first imported; that is how the window can be shown before it.
                if not any(_IMPORT in line for line in stack):
                    self.crossings.append(f"{what}:\n{''.join(stack[-10:])}")
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, guarded)


def _is_own_resource(arguments: tuple[Any, ...]) -> bool:
    """Icons and fonts of the program itself, read once when a part is first drawn."""
    try:
        return Path(arguments[0]).is_relative_to(paths.resources())
    except TypeError:
        return False
