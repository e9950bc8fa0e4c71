"""Where things are on this machine, and the list of sessions that are ours."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

_APP = "hypercare-console"
SUFFIX = ".hypercare"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one user. ``HYPERCARE_HOME`` moves them all below one folder (tests, portable use)."""

    data: Path
    config: Path

    @property
    def sessions(self) -> Path:
        return self.data / "sessions"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def kpis(self) -> Path:
        """Users' own KPI files."""
        return self.config / "kpis"


def places() -> Places:
    home = os.environ.get("HYPERCARE_HOME")
    if home:
        return Places(Path(home) / "data", Path(home) / "config")
    return Places(
        Path(platformdirs.user_data_dir(_APP, appauthor=False)),
        Path(platformdirs.user_config_dir(_APP, appauthor=False)),
    )


def resources() -> Path:
    """The bundled files: beside the code in a checkout and in a frozen app."""
    return Path(__file__).resolve().parent.parent / "resources"


class KnownSession(msgspec.Struct, frozen=True):
    """A session made or adopted here."""

    id: str
    path: str
    name: str
    archived: bool = False
    opened_at: int = 0
    temporary: bool = False
    """A demo's session: known as ours while it runs, never offered again."""


class SessionList:
    """The sessions that are ours, in one small private file. Blocking; never on the GUI thread."""

    def __init__(self, data: Path) -> None:
        self._file = data / "sessions.json"

    def all(self) -> list[KnownSession]:
        """Newest opened first. A damaged list is an empty one: sessions can be opened by file and join it again."""
        try:
            found = msgspec.json.decode(self._file.read_bytes(), type=list[KnownSession])
        except (FileNotFoundError, msgspec.DecodeError):
            return []
        return sorted(found, key=lambda s: -s.opened_at)

    def knows(self, session_id: str) -> bool:
        return any(s.id == session_id for s in self.all())

    def put(self, session: KnownSession) -> None:
        others = [s for s in self.all() if s.id != session.id]
        self._write([session, *others])

    def drop(self, session_id: str) -> None:
        self._write([s for s in self.all() if s.id != session_id])

    def _write(self, sessions: list[KnownSession]) -> None:
        write_private(self._file, msgspec.json.encode(sessions))


def write_private(path: Path, content: bytes) -> None:
    """Replace a small file in one step; only this user may read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(beside, path)
