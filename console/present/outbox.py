"""What was decided and is not confirmed, in words: where each decision stands, why, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec

from console.present import words
from console.present.tone import Tone
from console.present.triage_figures import OutboxFigure, OutboxLine
from console.queries.outbox import NEEDS_A_PERSON, Open

_MOST = 200
_LONGEST = 90
_WHY = 300
_NAMES = {"new_task": "development task", "comment": "comment", "internal_comment": "internal comment"}


@dataclass(frozen=True, slots=True)
class Way:
    """How delivery to a source stands. ``hindrance``: why nothing is written there at all, '' for nothing.

    ``trouble``: what the last attempt met, '' while all is well; ``due``: when it is tried again. ``away_since``: since when
    it does not answer, None while it does.
    """

    hindrance: str = ""
    trouble: str = ""
    due: int | None = None
    away_since: int | None = None


def word(found: Sequence[Open], ways: Mapping[str, Way], zone: ZoneInfo) -> OutboxFigure:
    """The figure. ``found``: everything undelivered, oldest first; ``ways``: by source."""
    if not found:
        return OutboxFigure("Everything is delivered.", 0)
    blocked: set[tuple[str, str]] = set()
    lines: list[OutboxLine] = []
    for asked in found:
        if len(lines) < _MOST:
            lines.append(_line(asked, ways.get(asked.target, Way()), zone, held=asked.place in blocked))
        if asked.state in NEEDS_A_PERSON:
            blocked.add(asked.place)
    return OutboxFigure(_summary(found, ways), len(found), tuple(lines))


def text_of(asked: Open) -> str:
    """ "severity P3 → P1", "comment: we look into it", "status back to new"."""
    if asked.field in _NAMES:
        said = asked.new if not asked.task else _title(asked.new)
        return _short(f"{_NAMES[asked.field]}: {said}")
    name = asked.field.replace("_", " ")
    undone = "back to " if asked.act == "undo" else ""
    before = "" if undone else f"{asked.base or '—'} → "
    return _short(f"{name} {undone}{before}{asked.new or '—'}")


def reason_of(state: str, why: str) -> str:
    """The reason of a delivery row as a sentence: some keep values for the machine instead."""
    if state == "conflict":
        return f"it was changed there to {_theirs(why) or 'nothing'}; say which version shall stand"
    return "" if why.startswith("{") else why


def _line(asked: Open, way: Way, zone: ZoneInfo, *, held: bool) -> OutboxLine:
    state, tone, why, acts = _standing(asked, way, zone, held=held)
    return OutboxLine(asked.id, asked.subject, text_of(asked), state, tone, _short(why, _WHY), acts)


def _standing(asked: Open, way: Way, zone: ZoneInfo, *, held: bool) -> tuple[str, Tone, str, tuple[str, ...]]:
    if asked.state == "refused":
        return "refused", Tone.BAD, asked.why, ("retry", "withdraw")
    if asked.state == "conflict":
        return "conflict", Tone.BAD, f"{asked.target} says {_theirs(asked.why) or 'nothing'} now", ("mine", "theirs")
    if held:
        return "held", Tone.MUTED, "waits for the one before it on this ticket", ("withdraw",)
    if way.hindrance:
        return "held", Tone.MUTED, way.hindrance, ("withdraw",)
    again = f"; tried again {words.clock(way.due, zone, seconds=True)}" if way.due else ""
    if asked.state == "later":
        acts = ("retry",) if asked.undone else ("retry", "withdraw")
        return "later", Tone.WARN, f"{(way.trouble or asked.why).rstrip('.')}{again}", acts
    if way.trouble:
        return "pending", Tone.WARN, f"{way.trouble.rstrip('.')}{again}", ("withdraw",)
    if asked.state == "sent":
        return "sending", Tone.INFO, "", ()
    return "pending", Tone.INFO, "", ("withdraw",)


def _summary(found: Sequence[Open], ways: Mapping[str, Way]) -> str:
    stuck = sum(1 for asked in found if asked.state in NEEDS_A_PERSON)
    parts = []
    if len(found) > stuck:
        parts.append(f"{words.count(len(found) - stuck)} waiting")
    if stuck:
        parts.append(f"{words.count(stuck)} {'needs' if stuck == 1 else 'need'} you")
    silent = sorted({asked.target for asked in found if ways.get(asked.target, Way()).trouble})
    parts += [f"{name} cannot be written to" for name in silent]
    return " · ".join(parts)


def _theirs(why: str) -> str:
    try:
        return str(msgspec.json.decode(why, type=dict[str, str]).get("theirs", ""))
    except msgspec.DecodeError:
        return ""


def _title(task: str) -> str:
    try:
        return str(msgspec.json.decode(task, type=dict[str, str]).get("title", ""))
    except msgspec.DecodeError:
        return task


def _short(text: str, limit: int = _LONGEST) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
