"""What the decide bar offers: each act once, with its key, and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.typed import STAGE_NAMES

_STAGES = tuple(f"{number} {name}" for number, name in enumerate(STAGE_NAMES, 1))


@dataclass(frozen=True, slots=True)
class Ask:
    """What is typed for an act. ``field``: whose known values complete it; ``choices``: words offered from the start."""

    title: str
    hint: str
    field: str = ""
    choices: tuple[str, ...] = ()


ASKS = {
    "severity": Ask("Severity", "P1 to P4", choices=("P1", "P2", "P3", "P4")),
    "assign": Ask("Assign to", "a name", "assignee"),
    "stage": Ask("Stage", "1–7, and why when stages are left out", choices=_STAGES),
    "status": Ask("Status", "a state", "status"),
    "duplicate_of": Ask("Duplicate of", "the other ticket, like PAY-1479", "key"),
    "link": Ask("Link to", "the other ticket, like PAY-1479", "key"),
    "snooze": Ask(
        "Snooze until", "2h · tomorrow · mon 9:00 · 14:30", choices=("1h", "4h", "tomorrow 9:00", "monday 9:00")
    ),
    "decline": Ask("Decline", "why, in a sentence; the reporter may read it"),
    "comment": Ask("Comment", "what the reporter reads"),
    "internal_comment": Ask("Internal comment", "what only colleagues read"),
    "tag": Ask("Tag", "a tag; with - before it, it is taken off", "tag"),
    "set": Ask("Set", "field=value"),
    "score": Ask("Score", "impact=3", choices=("impact=", "confidence=", "effort=", "moscow=", "reach_override=")),
    "capture": Ask("New ticket", "#call @Dana P2 bug: what was told, in a sentence"),
    "task": Ask("Development task", "jira: its title; the ticket's text goes with it"),
    "view": Ask("View", "its name; a new name keeps this filter, -name forgets it"),
}

SEVERITIES = ("P1", "P2", "P3", "P4")
ADVANCING = frozenset({"acknowledge", "severity", "assign", "stage", "duplicate_of", "snooze", "decline"})
"""After these the next ticket is shown; a comment or a field leaves one where one is."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An act of the bar and the palette. ``value``: given with the key itself; ``key`` '' for one without a key."""

    act: str
    text: str
    key: str = ""
    value: str = ""
    shift: bool = False

    @property
    def id(self) -> str:
        return f"triage.{self.act}{self.value}"

    @property
    def keys(self) -> tuple[str, ...]:
        if not self.key:
            return ()
        return (f"Shift+{self.key}" if self.shift else self.key,)


DEEDS = (
    Deed("acknowledge", "Acknowledge", "A"),
    *(Deed("severity", f"Severity {severity}", severity[1], severity) for severity in SEVERITIES),
    Deed("assign", "Assign", "G"),
    Deed("stage", "Stage", "S"),
    Deed("duplicate_of", "Duplicate of", "D"),
    Deed("snooze", "Snooze", "H"),
    Deed("decline", "Decline", "X"),
    Deed("comment", "Comment", "C"),
    Deed("internal_comment", "Internal comment", "C", shift=True),
    Deed("tag", "Tag", "T"),
    Deed("set", "Set a field", "E"),
    Deed("score", "Priority scores", "P"),
    Deed("status", "Status"),
    Deed("link", "Link to another ticket"),
    Deed("split", "Split off what was joined"),
    Deed("wake", "Wake a snoozed ticket"),
    Deed("reopen", "Re-open"),
    Deed("task", "Development task"),
)


def deed_of(key: int, *, shift: bool) -> Deed | None:
    """The act a key stands for."""
    for deed in DEEDS:
        if deed.key and ord(deed.key) == key and deed.shift == shift:
            return deed
    return None


BAR = (
    ("acknowledge", "Acknowledge", "A"),
    ("severity", "Severity", "1–4"),
    ("assign", "Assign", "G"),
    ("stage", "Stage", "S"),
    ("duplicate_of", "Duplicate of", "D"),
    ("snooze", "Snooze", "H"),
    ("decline", "Decline", "X"),
    ("comment", "Comment", "C"),
    ("reproduce", "Reproduce", "R"),
    ("undo", "Undo", "Z"),
)
"""The chips of the bar: id, words, the key on their cap."""

SCREEN_KEYS = frozenset("JKZNBVORY/")
"""Keys of the screen that are no act; while one types they are letters."""


def ours(key: int, *, shift: bool) -> bool:
    """Whether a bare key means something here, before any key of the window's."""
    return deed_of(key, shift=shift) is not None or (key < 128 and chr(key) in SCREEN_KEYS)
