"""Every act of the Triage screen as an action, for palette, menu and the list of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.actions import Action
from widgets.triage.asks import DEEDS, Deed

if TYPE_CHECKING:
    from widgets.triage.steering import SteeredScreen

GROUP = "Triage"
_OF_WINDOW = frozenset({"acknowledge"})
"""The window has this action for every screen with a queue."""


class _Do:
    """A deed bound to its screen. A lambda would hide the screen from the collector."""

    def __init__(self, screen: SteeredScreen, deed: Deed) -> None:
        self._screen, self._deed = screen, deed

    def run(self) -> None:
        self._screen.do(self._deed.act, self._deed.value)

    def may(self) -> bool:
        return self._screen.isVisible() and self._screen.can_decide()


def triage_actions(screen: SteeredScreen) -> list[Action]:
    """The bare letters act wherever nobody types on the screen; the window only tells them."""
    made = []
    for deed in DEEDS:
        if deed.act not in _OF_WINDOW:
            do = _Do(screen, deed)
            made.append(Action(deed.id, deed.text, GROUP, do.run, deed.keys, do.may, local=True))
    there = screen.isVisible
    return [
        *made,
        Action("triage.undo", "Undo the newest decision", GROUP, screen.undo, ("Z", "Ctrl+Z"), there, local=True),
        Action("triage.undo_of", "Undo the newest decision on this ticket", GROUP, screen.deciding.undo_of, (), there),
        Action("triage.accept", "Accept what rules propose", GROUP, screen.deciding.accept, ("Y",), there, local=True),
        Action(
            "triage.dismiss",
            "Dismiss what rules propose",
            GROUP,
            screen.deciding.dismiss,
            ("Shift+Y",),
            there,
            local=True,
        ),
        Action("triage.capture", "New ticket by hand", GROUP, screen.capture, ("N",), there, local=True),
        Action("triage.board", "Board of the seven stages", GROUP, screen.toggle_board, ("B",), there, local=True),
        Action("triage.view", "Choose or keep a view", GROUP, screen.choose_view, ("V",), there, local=True),
        Action("triage.outbox", "Outbox", GROUP, screen.toggle_outbox, ("O",), there, local=True),
        Action(
            "triage.all", "Select every ticket of the filter", GROUP, screen.select_all, ("Ctrl+A",), there, local=True
        ),
        Action("triage.reach", "Who failed, as text", GROUP, screen.body.detail.open_reach, (), there),
        Action("triage.copy", "Copy the ticket's address", GROUP, screen.body.detail.copy_link, (), there),
    ]
