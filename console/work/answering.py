"""The holder of a session answers other processes of the same user over a private local socket.

A second process cannot open a DuckDB file, so whoever holds it listens. The address and a fresh key stand in a private
file named after the session file; the connection authenticates with that key before a byte is read. Messages are JSON.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import logging
import os
import secrets
import shutil
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing import connection as wire
from multiprocessing.connection import Client, Connection, Listener
from multiprocessing.context import AuthenticationError
from pathlib import Path
from typing import Any

import msgspec

from console.model.errors import ConsoleError, QuestionError
from console.paths import write_private

_log = logging.getLogger(__name__)

_PATIENCE_S = 5.0
"""How long either side waits for the other to prove itself: long for a loaded machine, short for a stranger."""


class Question(msgspec.Struct, frozen=True):
    """A method of the counter by name, with its arguments as JSON values."""

    ask: str
    arguments: dict[str, Any] = {}


class Reply(msgspec.Struct, frozen=True):
    """``fault``: a sentence and which family it belongs to; otherwise ``answer``."""

    answer: Any = None
    fault: str = ""
    unusable: bool = False


class _Card(msgspec.Struct, frozen=True):
    address: str
    key: str
    pid: int


def card_file(data: Path, session: Path) -> Path:
    """Where the holder of a session leaves its address."""
    digest = hashlib.blake2b(str(session.resolve()).encode(), digest_size=10).hexdigest()
    return data / "held" / f"{digest}.json"


class Answering:
    """Listens until closed. Questions of one caller are answered one after the other, each on a thread of its own."""

    def __init__(
        self, answer: Callable[[str, dict[str, Any]], concurrent.futures.Future[Any]], session: Path, data: Path
    ) -> None:
        """``answer(ask, arguments)`` puts the question on a lane; the future gives JSON values or a ConsoleError."""
        self._answer = answer
        self._key = secrets.token_bytes(32)
        self._card = card_file(data, session)
        self._folder: Path | None = None
        if sys.platform == "win32":
            self._listener = Listener(None, "AF_PIPE")
        else:
            # A folder of its own keeps other users away and the name under the 100 bytes a socket may have.
            self._folder = Path(tempfile.mkdtemp(prefix="hypercare-"))
            self._listener = Listener(str(self._folder / "socket"), "AF_UNIX")
        write_private(self._card, msgspec.json.encode(_Card(self._listener.address, self._key.hex(), os.getpid())))
        self._closed = False
        self._callers: list[threading.Thread] = []
        self._unheard: set[Connection] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, name="answering", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening. A caller whose question was heard gets its answer first; one that said nothing is cut off."""
        if self._closed:
            return
        self._closed = True
        self._card.unlink(missing_ok=True)
        self._wake()
        self._thread.join(timeout=5)
        self._listener.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        with self._lock:
            for connection in self._unheard:
                _cut_off(connection)
        for caller in self._callers:
            caller.join(timeout=5)

    def _wake(self) -> None:
        try:
            Client(self._listener.address).close()
        except OSError:
            return

    def _listen(self) -> None:
        while not self._closed:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError):
                continue
            if self._closed:
                connection.close()
                return
            caller = threading.Thread(target=self._serve, args=(connection,), name="answering caller", daemon=True)
            self._callers = [t for t in self._callers if t.is_alive()] + [caller]
            caller.start()

    def _serve(self, connection: Connection) -> None:
        with connection:
            try:
                question = self._hear(connection)
                connection.send_bytes(msgspec.json.encode(self._reply(question)))
            except (AuthenticationError, AssertionError, EOFError, OSError, msgspec.DecodeError) as error:
                # Python 3.11 asserts that what a caller sends first is a challenge.
                _log.info("a caller was turned away: %s", type(error).__name__)

    def _hear(self, connection: Connection) -> Question:
        """Who calls, and what is asked. A stranger holds up only its own thread, and not for long."""
        with self._lock:
            if self._closed:
                raise EOFError
            self._unheard.add(connection)
        try:
            _be_patient(connection, _PATIENCE_S)
            wire.deliver_challenge(connection, self._key)
            wire.answer_challenge(connection, self._key)
            return msgspec.json.decode(connection.recv_bytes(1 << 20), type=Question)
        finally:
            with self._lock:
                self._unheard.discard(connection)

    def _reply(self, question: Question) -> Reply:
        future = self._answer(question.ask, question.arguments)
        error = future.exception()
        if error is None:
            return Reply(future.result())
        if isinstance(error, ConsoleError):
            return Reply(fault=error.message, unusable=isinstance(error, QuestionError))
        _log.error("a question from outside failed by our own fault", exc_info=error)
        return Reply(fault=f"The process that holds the session failed on this question ({error!r}); see its log.")


def ask_holder(data: Path, session: Path, question: Question) -> Reply | None:
    """Ask whoever holds the session; None when nobody does."""
    try:
        card = msgspec.json.decode(card_file(data, session).read_bytes(), type=_Card)
    except (OSError, msgspec.DecodeError):
        return None
    try:
        key = bytes.fromhex(card.key)
        with Client(card.address) as connection:
            _be_patient(connection, _PATIENCE_S)
            wire.answer_challenge(connection, key)
            wire.deliver_challenge(connection, key)
            _be_patient(connection, 0)
            connection.send_bytes(msgspec.json.encode(question))
            return msgspec.json.decode(connection.recv_bytes(), type=Reply)
    except (OSError, EOFError, ValueError, AssertionError, AuthenticationError, msgspec.DecodeError):
        # The card outlived its holder, which was killed and could not take it away; or what listens there is not ours.
        return None


def _be_patient(connection: Connection, seconds: float) -> None:
    """Give up reading after so long (0: never); a named pipe has no such limit, and no strangers either."""
    if sys.platform == "win32":
        return
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        limit = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
        same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def _cut_off(connection: Connection) -> None:
    """End a connection on which another thread waits for bytes."""
    if sys.platform == "win32":
        return
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The caller went away by itself.
        return
