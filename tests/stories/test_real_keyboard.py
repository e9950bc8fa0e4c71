"""A real window on a real display: the keys a lead presses reach the queue, and what they do is in the session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.display import Display, display
from tests.stories.servers import Program, until


@pytest.fixture
def shown() -> Iterator[Display]:
    with display() as made:
        yield made


def decisions(program: Program, session: Path) -> list[dict[str, Any]]:
    """Asked of the window that holds the session."""
    target = session.with_suffix(".json")
    program.holder(session, "export", table="decision", format="json", to=str(target))
    found: list[dict[str, Any]] = json.loads(target.read_bytes())
    return found


@pytest.mark.thorough
@pytest.mark.timeout(150)
def test_a_acknowledges_the_selected_ticket_and_typing_in_the_filter_does_not(shown: Display, tmp_path: Path) -> None:
    program = Program(
        tmp_path / "home",
        {"DISPLAY": shown.name, "QT_QPA_PLATFORM": "xcb", "TMPDIR": str(tmp_path), "WAYLAND_DISPLAY": ""},
    )
    with program.started("demo", "--seconds", "100", "--size", "1600x900") as demo:
        window = until(lambda: shown.find("Hypercare Console"), "no window was shown", 60)
        until(lambda: shown.focus(window), "the window did not get the keyboard")
        session = until(lambda: next(tmp_path.glob("hypercare-demo-*/*.hypercare"), None), "there is no session")
        until(lambda: program.holder(session, "queue"), "no ticket came", 60)
        # Typed into the filter, the letter is a letter.
        shown.press("slash")
        shown.type("a")
        shown.press("Escape")
        shown.press("Escape")
        assert decisions(program, session) == []

        def acknowledged() -> list[dict[str, Any]]:
            shown.press("j")
            shown.press("a")
            return decisions(program, session)

        made = until(acknowledged, "pressing A acknowledged nothing", 60)
        assert {row["act"] for row in made} == {"acknowledge"}
        told = {f"{row['source']}:{row['key']}": row["status"] for row in program.holder(session, "queue", all=True)}
        assert told[made[0]["subject"]] == "acknowledged"
        assert demo.stop() == 0, demo.errors
