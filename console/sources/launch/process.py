"""Starts and ends the server of the simulated launch as a child process.

What one would get wrong: the pipe to the child's standard input must stay open as long as it shall live; its closing,
also by our sudden death, is what ends the child. Its output is read to the end by a thread, so that it can never
block on a full pipe.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import iso

_START_S = 20.0
_END_S = 3.0


class LaunchProcess:
    """One server. ``start`` and ``stop`` are blocking and meant for one thread; ``stop`` may be called twice."""

    def __init__(self, command: list[str] | None = None) -> None:
        """``command``: what runs the server instead of this Python's ``-m`` (a frozen application has none)."""
        self._command = command or [sys.executable, "-m", "console.sources.launch.server"]
        self._process: subprocess.Popen[bytes] | None = None
        self._readers: list[threading.Thread] = []
        self.base_url = ""
        self.go_live = ""

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self, seed: int = 7, now: int | None = None, *, speed: float = 1.0, truth: Path | None = None) -> str:
        """The base URL, without a slash at its end. ``now``: where the simulated clock starts (default: real time).

        Raises SourceError when the server does not come up.
        """
        if self.alive:
            raise RuntimeError("this launch already runs")
        command = [*self._command, "--seed", str(seed), "--port", "0", "--speed", str(speed)]
        command += ["--now", iso(now)] if now is not None else []
        command += ["--truth", str(truth)] if truth is not None else []
        home = Path(__file__).resolve().parents[3]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=home, close_fds=True
        )
        self._process = process
        assert process.stdout is not None
        assert process.stderr is not None
        lines: SimpleQueue[bytes] = SimpleQueue()
        complaints: list[bytes] = []
        self._readers = [
            threading.Thread(target=_first_line, args=(process.stdout, lines), name="launch-output", daemon=True),
            threading.Thread(target=_drain, args=(process.stderr, complaints), name="launch-errors", daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        try:
            line = lines.get(timeout=_START_S)
            ready: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
        except (Empty, msgspec.DecodeError):
            self.stop()
            why = b"".join(complaints).decode("utf-8", "replace").strip().splitlines()
            raise SourceError(
                Trouble.UNREACHABLE,
                f"The simulated launch did not start ({why[-1] if why else 'no answer'}); the demo cannot run here.",
            ) from None
        self.base_url, self.go_live = str(ready["url"]), str(ready["go_live"])
        return self.base_url

    def stop(self) -> None:
        """Ends the server and waits for it; it leaves no zombie."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join(_END_S)
        self._readers = []

    def __enter__(self) -> LaunchProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _first_line(pipe: IO[bytes], lines: SimpleQueue[bytes]) -> None:
    with pipe:
        lines.put(pipe.readline())
        for _ in pipe:
            pass


def _drain(pipe: IO[bytes], into: list[bytes]) -> None:
    """Keeps the last hundred lines."""
    with pipe:
        for line in pipe:
            into.append(line)
            del into[:-100]
