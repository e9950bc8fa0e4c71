"""What was decided, in a few words: for the outbox, the header of a ticket and the sentence of an undo."""

from __future__ import annotations

from collections.abc import Sequence

from console.present import words
from console.queries.decided import Decided

_LONGEST = 80
_TITLES = {
    "acknowledge": "acknowledged", "comment": "comment", "internal_comment": "internal comment", "tag": "tag",
    "untag": "tag off", "duplicate_of": "duplicate of", "split": "split off", "link": "link", "snooze": "snoozed until",
    "wake": "woken", "decline": "declined", "reopen": "re-opened", "set": "set", "score": "score", "capture": "captured",
    "task": "development task", "severity": "severity", "assign": "assigned to", "stage": "stage", "status": "status",
    "undo": "taken back",
}  # fmt: skip
_EMPTIED = {"severity": "severity unset", "assign": "unassigned", "stage": "stage unset"}
_SILENT = frozenset({"acknowledge", "split", "wake", "reopen", "capture", "task", "decline"})


def deed(decided: Decided) -> str:
    """ "severity P1", "assigned to Ann", "comment: we look into it"."""
    if decided.act == "undo":
        return f"taken back: {_undone(decided)}"
    if not decided.value and decided.act in _EMPTIED:
        return _EMPTIED[decided.act]
    title = _TITLES.get(decided.act, decided.act)
    if decided.act in _SILENT:
        return title
    separator = ": " if decided.act in ("comment", "internal_comment") else " "
    return f"{title}{separator}{_short(decided.value)}".strip()


def taken_back(undone: Sequence[Decided], corrected: int) -> str:
    """What an undo did, as a sentence. ``corrected``: comments that are out and are corrected by another one."""
    if not undone:
        return "There is nothing of yours to take back."
    subjects = list(dict.fromkeys(d.subject for d in undone))
    where = subjects[0] if len(subjects) == 1 else words.plural(len(subjects), "ticket")
    also = f" {words.plural(corrected, 'comment')} went out already and will be corrected." if corrected else ""
    return f"Taken back: {deed(undone[0])} on {where}.{also}"


def run_taken_back(rule: str, undone: Sequence[Decided], left: int) -> str:
    """What taking back a rule's run did, as a sentence. ``left``: decisions that somebody overtook since."""
    overtaken = f"{words.plural(left, 'change')} {'was' if left == 1 else 'were'} overtaken since and"
    if not undone:
        kept = f" {overtaken.capitalize()} {'stays' if left == 1 else 'stay'}." if left else ""
        return f"There is nothing that rule “{rule}” did to take back.{kept}"
    tickets = words.plural(len({d.subject for d in undone}), "ticket")
    kept = f" {overtaken} {'stays' if left == 1 else 'stay'}." if left else ""
    return f"Taken back: what rule “{rule}” did on {tickets}.{kept}"


def _undone(decided: Decided) -> str:
    wish = decided.wish or (decided.changes[0] if decided.changes else None)
    if wish is None:
        return "a decision"
    if wish.field in ("comment", "internal_comment"):
        return "a comment, by a correction"
    return f"{wish.field.replace('_', ' ')} {_short(wish.new)}".strip()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
