"""Shared by all tests: no display, a home of their own, and silence as a result."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# How long one example takes says something about the machine and its neighbours, nothing about what is tested.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def pytest_configure(config: pytest.Config) -> None:
    """Processes the tests start compile the program once for all of them, also where an image forbids to keep bytecode.

    Without it each of them compiles everything anew, which is most of what a short command costs.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        folder = tempfile.mkdtemp(prefix="hypercare-bytecode-")
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the user's own is read or written."""
    home = tmp_path / "home"
    monkeypatch.setenv("HYPERCARE_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """A thread that outlives its test fails the test that left it."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
    left = [t.name for t in set(threading.enumerate()) - before if t.is_alive()]
    assert not left, f"threads left running: {left}"


class StandingClock:
    """A clock that moves only when told."""

    def __init__(self, now: int = 1_763_640_000_000_000) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def forward(self, seconds: float) -> int:
        self._now += round(seconds * 1_000_000)
        return self._now


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()
