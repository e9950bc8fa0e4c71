"""Shared by the tests of the window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.widgets.triage_hands import Hands
from widgets import theme


@pytest.fixture
def hands(qtbot: QtBot, qapp: QApplication) -> Iterator[Hands]:
    """At the Triage screen; who sits at another one has hands of its own."""
    theme.apply(qapp, theme.Theme())
    made = Hands(qtbot)
    yield made
    made.bridge.close()
    theme.apply(qapp, theme.Theme())
