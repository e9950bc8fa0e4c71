"""The actions of the main window, in the order in which menu, palette and help show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.actions import Action
from widgets.rail import STOPS

if TYPE_CHECKING:
    from widgets.window import MainWindow

GROUPS = ("Go to", "Queue", "Triage", "Alerts", "Exit", "Proof", "Session", "Sources", "View", "Help")
NEEDS_DESK = frozenset({"command", "triage", "kpis", "alerts", "radar", "rules", "exit", "sources", "settings"})


def window_actions(window: MainWindow) -> list[Action]:
    """Every action the window itself offers; screens add theirs when they are built."""
    look = window.appearance
    goers = {
        "command": window.go_command,
        "triage": window.go_triage,
        "exit": window.go_exit,
        "radar": window.go_radar,
        "rules": window.go_rules,
        "alerts": window.go_alerts,
        "kpis": window.go_kpis,
        "sources": window.go_sources,
        "settings": window.go_settings,
        "sessions": window.go_sessions,
    }
    going = [
        Action(
            f"go.{stop.screen}",
            stop.title,
            "Go to",
            goers[stop.screen],
            (stop.key,),
            window.has_desk if stop.screen in NEEDS_DESK else window.not_leaving,
        )
        for stop in STOPS
    ]
    return [
        *going,
        Action("queue.filter", "Filter the queue", "Queue", window.focus_filter, ("/",), window.on_queue),
        Action("queue.unfilter", "Show the whole queue again", "Queue", window.clear_filter, (), window.has_filter),
        Action("queue.next", "Next ticket", "Queue", window.next_ticket, ("J", "Down"), window.on_queue, local=True),
        Action("queue.back", "Ticket before", "Queue", window.ticket_before, ("K", "Up"), window.on_queue, local=True),
        Action("queue.acknowledge", "Acknowledge", "Queue", window.acknowledge, ("A",), window.can_acknowledge),
        Action(
            "proof.link", "Copy the link to this number", "Proof", window.copy_proof_link, ("Ctrl+L",), window.has_proof
        ),
        Action("proof.text", "Copy the proof as text", "Proof", window.copy_proof_text, (), window.has_proof),
        Action(
            "proof.markdown", "Copy the proof as Markdown", "Proof", window.copy_proof_markdown, (), window.has_proof
        ),
        Action("proof.rows", "Save the rows behind this number", "Proof", window.save_proof_rows, (), window.has_proof),
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
