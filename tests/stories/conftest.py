"""Servers too slow to start for one story alone: once a session, for whoever asks first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.redmine import Redmine, redmine


@pytest.fixture(scope="session")
def busy_redmine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redmine]:
    """A Redmine with 200 open tickets. A story that changes them says in its own words what it left behind."""
    with redmine(tmp_path_factory.mktemp("busy-redmine"), issues=200) as running:
        yield running
