"""Triage by keyboard alone, in a real window, over a network that is cut and through a kill: each decision arrives once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.triaging import triage

TICKETS = 40


@pytest.mark.thorough
@pytest.mark.timeout(240)
def test_what_was_decided_by_keys_stands_in_jira_and_redmine_each_once(tmp_path: Path) -> None:
    told = triage(tmp_path, TICKETS)
    assert told["tickets"] == TICKETS
