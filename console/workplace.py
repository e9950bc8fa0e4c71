"""What a window works at: the lanes, the vault, the list of sessions, and the desk of the open one."""

from __future__ import annotations

import concurrent.futures
import logging
import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from console import frugal
from console.asking import answer
from console.desk import Desk, ReadingDesk
from console.model.change import Change
from console.model.errors import SessionError
from console.paths import SUFFIX, KnownSession, Places, SessionList, places, write_private
from console.ports import Clock
from console.present import words
from console.present.figures import SessionLine, SessionsFigure
from console.settings import Settings, from_document
from console.sources.launch.process import LaunchProcess
from console.sources.launch.session import settings as launch_settings
from console.store import session as session_file
from console.store.session import MovedClock, Session, SystemClock
from console.vault import KeyringVault
from console.work.answering import Answering
from console.work.lanes import Lanes

_log = logging.getLogger(__name__)


class Preferences:
    """Small choices of this user on this machine (geometry, theme). In memory; saved off the GUI thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._pending = False
        self.write_soon: Callable[[Callable[[], None]], Any] | None = None
        try:
            self._values: dict[str, Any] = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.DecodeError):
            self._values = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Change a choice and have it written down soon, so that a kill loses no draft."""
        self._values[key] = value
        if self.write_soon is not None and not self._pending:
            self._pending = True
            self.write_soon(self.save)

    def save(self) -> None:
        """Write them down; a full disk costs the choices, not the session."""
        with self._lock:
            self._pending = False
            try:
                write_private(self._file, msgspec.json.encode(self._values))
            except OSError as error:
                _log.warning("the preferences could not be saved: %s", error)


class Workplace:
    """One a process. Every method but ``announce`` blocks: run it on a lane."""

    def __init__(self, here: Places | None = None, clock: Clock | None = None) -> None:
        self.places = here or places()
        self.clock: Clock = clock or SystemClock()
        self.lanes = Lanes()
        self.vault = KeyringVault()
        self.preferences = Preferences(self.places.config / "preferences.json")
        self.preferences.write_soon = self.lanes.write
        self.desk: Desk | ReadingDesk | None = None
        self.on_change: Callable[[Change], None] | None = None
        self._list = SessionList(self.places.data)
        self._launch: LaunchProcess | None = None
        self._answering: Answering | None = None
        self._temporary: Path | None = None
        self._still = False

    def announce(self, change: Change) -> None:
        listener = self.on_change
        if listener is not None:
            listener(change)

    def open(self, path: Path) -> Desk | ReadingDesk:
        """Open a session: ours to work on, any other to read. Raises SessionError; the open one stays open then."""
        session_id = session_file.identity(path) if not _log_beside(path) else ""
        if session_id and not self._list.knows(session_id):
            reading = ReadingDesk(session_file.open_foreign(path), self.clock)
            self._leave()
            self.desk = reading
            return reading
        session = session_file.open_own(path, self.clock)
        if not self._list.knows(session.id):
            session.close()
            return self._read(path)
        return self._take(session)

    def open_ours(self, path: Path) -> Desk:
        """Open a session to append to it without polling yet. Raises SessionError when it is not ours."""
        desk = self.open_still(path)
        if isinstance(desk, Desk):
            return desk
        raise SessionError(f"{path} was made on another machine and is only read here; copy its facts by export.")

    def open_still(self, path: Path) -> Desk | ReadingDesk:
        """As ``open``, but no source is asked until ``begin``."""
        self._still = True
        try:
            return self.open(path)
        finally:
            self._still = False

    def create(self, settings: Settings, path: Path | None = None, *, temporary: bool = False) -> Desk:
        """Make a session and open it; a temporary one is not offered again."""
        target = path or self._free_name(settings.session.name)
        session = session_file.create(target, self.clock)
        return self._take(session, settings, temporary=temporary)

    def start_demo(self, seed: int = 7, now: int | None = None) -> Desk:
        """A fresh temporary session on the simulated launch."""
        if now is not None:
            self.clock = MovedClock(now)
        start = self.clock.now()
        launch = LaunchProcess()
        url = launch.start(seed, start)
        folder = Path(tempfile.mkdtemp(prefix="hypercare-demo-"))
        document = launch_settings(url, start, seed)
        try:
            desk = self.create(from_document(document), folder / f"demo{SUFFIX}", temporary=True)
        except BaseException:
            launch.stop()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._launch, self._temporary = launch, folder
        return desk

    def sessions(self) -> SessionsFigure:
        """The sessions known here, newest first, and the free disk."""
        lines = []
        for known in self._list.all():
            file = Path(known.path)
            if known.temporary and not (self.desk is not None and self.desk.path == file):
                continue
            size = words.bytes_of(file.stat().st_size) if file.exists() else "gone"
            opened = datetime.fromtimestamp(known.opened_at / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
            current = self.desk is not None and self.desk.path == file
            state = (
                "open" if current else "archived" if known.archived else "closed" if file.exists() else "file is gone"
            )
            lines.append(SessionLine(known.path, known.name, f"opened {opened}", size, state, current, known.archived))
        self.places.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(self.places.data).free
        return SessionsFigure(f"{words.bytes_of(free)} free on this disk", tuple(lines))

    def name_of(self, session_id: str) -> str:
        """The name of a session known here by its id, '' for a stranger."""
        return next((known.name for known in self._list.all() if known.id == session_id), "")

    def path_of(self, session_id: str) -> Path | None:
        """The file of a session known here by its id; None for a stranger, or when it is gone."""
        found = (Path(known.path) for known in self._list.all() if known.id == session_id)
        return next((path for path in found if path.exists()), None)

    def last_session(self) -> Path | None:
        for known in self._list.all():
            if not (known.archived or known.temporary) and Path(known.path).exists():
                return Path(known.path)
        return None

    def archive(self, path: Path) -> None:
        """Keep the file, out of the way: it is not opened by itself any more."""
        for known in self._list.all():
            if Path(known.path) == path:
                self._list.put(msgspec.structs.replace(known, archived=not known.archived))

    def delete(self, path: Path) -> None:
        """Remove a session's file for good, with what its sources kept beside it; never the open one. Raises SessionError."""
        if self.desk is not None and self.desk.path == path:
            raise SessionError("The open session cannot be deleted; switch to another one first.")
        for known in self._list.all():
            if Path(known.path) == path:
                for file in (path, path.with_name(path.name + ".wal")):
                    file.unlink(missing_ok=True)
                shutil.rmtree(path.with_suffix(".sources"), ignore_errors=True)
                self._list.drop(known.id)

    def close(self) -> None:
        self._leave()
        self.preferences.write_soon = None
        self.preferences.save()
        self.lanes.close()

    def _read(self, path: Path) -> ReadingDesk:
        reading = ReadingDesk(session_file.open_foreign(path), self.clock)
        self._leave()
        self.desk = reading
        return reading

    def _take(self, session: Session, settings: Settings | None = None, *, temporary: bool = False) -> Desk:
        self._leave()
        desk = Desk(session, self.clock, self.lanes, self.vault, self.announce)
        self.desk = desk
        if settings is not None:
            try:
                self.lanes.write(desk.save_settings, settings).result()
            except BaseException:
                self._leave()
                session.path.unlink(missing_ok=True)
                raise
        elif not self._still:
            desk.begin()
        name = desk.name
        opened = KnownSession(session.id, str(session.path), name, opened_at=self.clock.now(), temporary=temporary)
        self._list.put(opened)
        self._answering = Answering(partial(self._ask_desk, desk), desk.path, self.places.data)
        frugal.settle()
        return desk

    def _ask_desk(self, desk: Desk, ask: str, arguments: dict[str, Any]) -> concurrent.futures.Future[Any]:
        """A question of another process, on the lane where it belongs."""
        lane = self.lanes.write if ask == "decide" else self.lanes.read
        return lane(answer, desk, ask, arguments)

    def _leave(self) -> None:
        if self._answering is not None:
            self._answering.close()
            self._answering = None
        if self.desk is not None:
            self.lanes.await_questions()
            self.desk.close()
            self.desk = None
            frugal.unsettle()
        if self._launch is not None:
            self._launch.stop()
            self._launch = None
        if self._temporary is not None:
            for known in self._list.all():
                if Path(known.path).parent == self._temporary:
                    self._list.drop(known.id)
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def _free_name(self, name: str) -> Path:
        stem = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "session"
        candidate, turn = self.places.sessions / f"{stem}{SUFFIX}", 2
        while candidate.exists():
            candidate, turn = self.places.sessions / f"{stem}-{turn}{SUFFIX}", turn + 1
        return candidate


def _log_beside(path: Path) -> bool:
    """A killed process left its write-ahead log: only opening for writing replays it."""
    return path.with_name(path.name + ".wal").exists()
