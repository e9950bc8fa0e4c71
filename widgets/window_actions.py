"""The actions of the main window, in the order in which menu, palette and help show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.actions import Action
from widgets.queue_deeds import QueueDeeds
from widgets.rail import STOPS

if TYPE_CHECKING:
    from widgets.window import MainWindow

GROUPS = ("Go to", "Queue", "Triage", "Alerts", "Exit", "Proof", "Session", "Sources", "View", "Help")
NEEDS_DESK = frozenset({"command", "triage", "kpis", "alerts", "radar", "rules", "exit", "sources", "settings"})


class _Go:
    """The way to one screen. A lambda would hide the window from the collector."""

    def __init__(self, window: MainWindow, screen: str) -> None:
        self._window, self._screen = window, screen

    def run(self) -> None:
        self._window.show_screen(self._screen)


def window_actions(window: MainWindow) -> list[Action]:
    """Every action the window itself offers; screens add theirs when they are built."""
    look, queue, proofs = window.appearance, QueueDeeds(window), window.proofs
    going = [
        Action(
            f"go.{stop.screen}",
            stop.title,
            "Go to",
            _Go(window, stop.screen).run,
            (stop.key,),
            window.has_desk if stop.screen in NEEDS_DESK else window.not_leaving,
        )
        for stop in STOPS
    ]
    return [
        *going,
        Action("queue.filter", "Filter the queue", "Queue", queue.focus_filter, ("/",), queue.here),
        Action("queue.unfilter", "Show the whole queue again", "Queue", queue.clear_filter, (), queue.has_filter),
        Action("queue.next", "Next ticket", "Queue", queue.next_ticket, ("J", "Down"), queue.here, local=True),
        Action("queue.back", "Ticket before", "Queue", queue.ticket_before, ("K", "Up"), queue.here, local=True),
        Action("queue.acknowledge", "Acknowledge", "Queue", queue.acknowledge, ("A",), queue.can_acknowledge),
        Action("proof.link", "Copy the link to this number", "Proof", proofs.copy_link, ("Ctrl+L",), proofs.has_proof),
        Action("proof.text", "Copy the proof as text", "Proof", proofs.copy_text, (), proofs.has_proof),
        Action("proof.markdown", "Copy the proof as Markdown", "Proof", proofs.copy_markdown, (), proofs.has_proof),
        Action("proof.rows", "Save the rows behind this number", "Proof", proofs.save_rows, (), proofs.has_proof),
        Action("spike.explain", "Explain this span: what moved?", "View", window.explain, ("W",), window.on_command),
        Action("session.new", "New session", "Session", window.new_session, ("Ctrl+Shift+N",), window.not_leaving),
        Action("session.demo", "Start the simulated launch", "Session", window.start_demo, (), window.not_leaving),
        Action("source.add", "Add a source", "Sources", window.add_source, ("Ctrl+N",), window.may_act),
        Action("view.larger", "Larger text", "View", look.larger, ("Ctrl+=", "Ctrl++")),
        Action("view.smaller", "Smaller text", "View", look.smaller, ("Ctrl+-",)),
        Action("view.usual", "Text at 100 %", "View", look.usual_size, ("Ctrl+0",)),
        Action("view.look", "Dark, light or high contrast", "View", look.next_look, ("Ctrl+T",)),
        Action("view.full", "Full screen on or off", "View", window.toggle_full_screen, ("F11",)),
        Action("banner.dismiss", "Dismiss the message", "View", window.banner.dismiss, (), window.has_message),
        Action("palette", "Search or run a command", "Help", window.toggle_palette, ("Ctrl+K",)),
        Action("help", "Show all keys", "Help", window.toggle_help, ("F1", "?")),
        Action("quit", "Quit", "Help", window.quit, ("Ctrl+Q",)),
    ]
