"""Acts of every kind, delivered or not, over restarts: fully undone they leave what stood before, here and there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.work.undoing import done_and_undone


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_everything_undone_is_as_if_nothing_had_been(tmp_path: Path) -> None:
    # Five hundred, over several seeds: ``python -m tests.soak undo``.
    done_and_undone(tmp_path, acts=120, seed=2)
