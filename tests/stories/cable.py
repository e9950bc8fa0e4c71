"""A network that can be cut: a TCP proxy of the test's own between the console and a server on loopback.

What one would get wrong: a cut closes what is under way as well, half-way through an answer if it must be, and nobody
listens on the port until the network is back.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Cable:
    """``port`` stays the same over every cut."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.restore()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Refuse whoever comes, hang up on whoever is there."""
        with self._lock:
            listener, self._listener = self._listener, None
            ends, threads = list(self._ends), self._threads
            self._threads = []
        if listener is not None:
            _hang_up(listener)
        for end in ends:
            _hang_up(end)
        for thread in threads:
            thread.join(20)

    def restore(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        self._begin(self._accept, listener)

    def _begin(self, act: object, *arguments: object) -> None:
        thread = threading.Thread(target=act, args=arguments, name="story cable")  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                listener.close()
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._to), 10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                cut = self._listener is not listener
                if not cut:
                    self._ends |= {near, far}
                    for pair in ((near, far), (far, near)):
                        self._begin(self._carry, *pair)
            if cut:
                near.close()
                far.close()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        """One direction. Whoever ends first ends both."""
        try:
            while piece := here.recv(65_536):
                there.sendall(piece)
        except OSError:
            pass
        for end in (here, there):
            _hang_up(end)
        with self._lock:
            last = here not in self._ends
            self._ends -= {here, there}
        if last:
            here.close()
            there.close()


def _hang_up(end: socket.socket) -> None:
    # Closing alone would leave another thread waiting on it.
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def cable(to: int) -> Iterator[Cable]:
    """A cable to a port on loopback, gone at the end."""
    made = Cable(to)
    try:
        yield made
    finally:
        made.cut()
