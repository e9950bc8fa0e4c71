"""A power cut during collection: what was committed is there, nothing is there twice, and the file opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.killing import kill_often


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_killed_at_any_moment_it_loses_no_committed_poll_and_doubles_nothing(tmp_path: Path) -> None:
    kill_often(tmp_path, kills=8, seed=11)
