"""New session files for tests.

A story often takes less time than making its session: tables and macros are written once, and copied.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path

from console.ports import Clock
from console.store import session as sessions
from console.store.session import Session
from tests.conftest import StandingClock


def created(path: Path, clock: Clock) -> Session:
    """What ``sessions.create`` makes; the tests of the file itself call that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_made_once(), path)
    path.chmod(0o600)
    connection = sessions.connect(path)
    session_id = uuid.uuid4().hex
    connection.execute(
        "UPDATE session_info SET id = ?, created_at = make_timestamp(?::BIGINT)", [session_id, clock.now()]
    )
    return Session(path, connection, session_id, read_only=False)


@cache
def _made_once() -> Path:
    path = Path(tempfile.mkdtemp(prefix="hypercare-tests-")) / "new.hypercare"
    sessions.create(path, StandingClock(1_763_640_000_000_000)).close()
    return path
