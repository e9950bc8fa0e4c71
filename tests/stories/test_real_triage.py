"""The Triage screen in a real window on a real display: tickets are decided by keys, and the decisions are in the session."""

from __future__ import annotations

import itertools
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
    """Asked of the window that holds the session; in the order in which they were made."""
    target = session.with_suffix(".json")
    program.holder(session, "export", table="decision", format="json", to=str(target))
    found: list[dict[str, Any]] = json.loads(target.read_bytes())
    return sorted(found, key=lambda row: row["known_at"])


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_tickets_are_decided_commented_captured_and_undone_without_a_mouse(shown: Display, tmp_path: Path) -> None:
    program = Program(
        tmp_path / "home",
        {"DISPLAY": shown.name, "QT_QPA_PLATFORM": "xcb", "TMPDIR": str(tmp_path), "WAYLAND_DISPLAY": ""},
    )
    with program.started("demo", "--seconds", "280", "--size", "1600x900", "--screen", "triage") as demo:
        window = until(lambda: shown.find("Hypercare Console"), "no window was shown", 60)
        until(lambda: shown.focus(window), "the window did not get the keyboard")
        session = until(lambda: next(tmp_path.glob("hypercare-demo-*/*.hypercare"), None), "there is no session")
        until(lambda: program.holder(session, "queue"), "no ticket came", 60)

        def made(count: int) -> list[dict[str, Any]]:
            found = decisions(program, session)
            return found if len(found) >= count else []

        keys = itertools.cycle("12")

        def decided() -> list[dict[str, Any]]:
            shown.press("Home")
            shown.press(next(keys))
            return made(1)

        # The first key may come before the queue does. What comes first may be a wish, which has no severity, and what leads
        # the queue in the end a P1 already.
        first = until(decided, "neither 1 nor 2 decided anything", 90)
        assert {row["act"] for row in first} == {"severity"}
        assert first[0]["value"] in ("P1", "P2")
        count = len(made(1))

        # Typed into the strip, letters and digits are text.
        shown.press("c")
        shown.type("a1 we look into it")
        shown.press("Return")
        said = until(lambda: made(count + 1), "the comment was not written", 60)[-1]
        assert (said["act"], said["value"]) == ("comment", "a1 we look into it")

        shown.press("n")
        shown.type("#call @Dana P2 bug: the page stays blank")
        shown.press("Return")
        caught = until(lambda: made(count + 2), "the ticket was not kept", 60)[-1]
        assert caught["act"] == "capture"

        shown.press("z")
        undone = until(lambda: made(count + 3), "nothing was taken back", 60)[-1]
        assert undone["act"] in ("undo", "withdraw")
        assert demo.stop() == 0, demo.errors
