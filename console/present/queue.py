"""The queue's rows and one ticket, in words."""

from __future__ import annotations

import unicodedata
from zoneinfo import ZoneInfo

from console.present import words
from console.present.figures import Cell, Column, Pill, Remark, Row, TableWindow, TicketDetail
from console.present.tone import SEVERITY_TONE, Tone
from console.queries.tickets import QueueAnswer, QueueQuestion, TicketAnswer, TicketRow

__all__ = ["QueueQuestion", "word", "word_ticket"]

COLUMNS = (
    Column("severity", "Sev", 46, sort="severity"),
    Column("key", "Key", 96, sort="key"),
    Column("title", "Title", 0, sort="title"),
    Column("segment", "Segment", 92, sort="segment"),
    Column("assignee", "Assignee", 110, sort="assignee"),
    Column("age", "Open for", 84, right=True, sort="created"),
    Column("status", "State", 90, sort="status"),
)

STATE_WORDS = {
    "new": "new",
    "acknowledged": "ack",
    "in_progress": "in progress",
    "resolved": "resolved",
    "closed": "closed",
    "reopened": "re-opened",
}

_STATE_TONE = {"reopened": Tone.WARN, "new": Tone.NEUTRAL, "resolved": Tone.GOOD, "closed": Tone.MUTED}
_TITLE_LIMIT = 300
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def word(answer: QueueAnswer, now: int) -> TableWindow:
    """A window of the queue as a table."""
    rows = tuple(_row(row, now) for row in answer.rows)
    empty = ""
    if not answer.total:
        if not answer.connected:
            empty = "No ticket system has answered yet. Connect one in Sources."
        elif answer.fault:
            empty = answer.fault
        elif answer.question.filter or answer.question.severity:
            empty = "No ticket matches this filter."
        else:
            empty = "Nothing is open."
    counted = (Pill(f"{words.count(answer.new)} new"), Pill(f"{words.count(answer.open)} open"))
    wanted = one_line(answer.question.filter, 24)
    filtered = Pill(f"{wanted} ✕", Tone.ACCENT, action="queue.unfilter", spoken=f"filtered by {wanted}; show all again")
    # Nobody asked is not nothing open.
    chips = (*(counted if answer.connected else ()), *((filtered,) if wanted else ()))
    return TableWindow(COLUMNS, answer.total, answer.question.offset, rows, answer.selected_at, empty, chips)


def one_line(text: str, limit: int = _TITLE_LIMIT) -> str:
    """Vendor text on one line, bounded. Text that runs right to left is kept apart, so that neighbours keep their order.

    Marks that turn or embed directions are left out: a stray one would end the isolation and turn the neighbours around.
    """
    flat = " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text if c not in _TURNING).split())
    cut = flat if len(flat) <= limit else flat[: limit - 1] + "…"
    return f"\u2068{cut}\u2069" if any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in cut) else cut


def _row(row: TicketRow, now: int) -> Row:
    tone = SEVERITY_TONE.get(row.severity or "", Tone.UNKNOWN)
    title = one_line(row.title)
    age = words.duration((now - row.created_at) / 1e6)
    state = STATE_WORDS.get(row.status, row.status)
    severity = row.severity or ("wish" if row.kind == "enhancement" else "—")
    cells = (
        Cell(severity, tone if row.severity else Tone.QUIET, badge=row.severity is not None),
        Cell(one_line(row.key, 40), Tone.MUTED),
        Cell(title),
        Cell(one_line(row.segment or "—", 40), Tone.MUTED if not row.segment else Tone.NEUTRAL),
        Cell(one_line(row.assignee or "—", 40), Tone.MUTED),
        Cell(age, Tone.MUTED),
        Cell(state, _STATE_TONE.get(row.status, Tone.MUTED)),
    )
    spoken = f"{severity} {row.key}: {title}, {state}, open for {age}" + (f", {row.assignee}" if row.assignee else "")
    return Row(row.row_key, cells, spoken)


_FACTS = (
    ("reporter", "Reporter"), ("customer", "Customer"), ("segment", "Segment"), ("channel", "Channel"),
    ("kind", "Kind"), ("component", "Component"), ("route", "Route"), ("error_code", "Error"), ("release", "Release"),
    ("browser", "Browser"), ("os", "System"), ("assignee", "Assignee"), ("team", "Team"), ("tags", "Tags"),
    ("workaround", "Workaround"), ("root_cause", "Root cause"),
)  # fmt: skip


_WORDED = frozenset({"channel", "kind"})


def _worded(name: str, value: str) -> str:
    """Our own words for people: 'support chat', 'in-app'. Vendor text stays as it came."""
    return value.replace("in_app", "in-app").replace("_", " ") if name in _WORDED else value


def word_ticket(answer: TicketAnswer, now: int, zone: ZoneInfo, *, acts: bool) -> TicketDetail:
    """One ticket with its conversation and history, newest last. Every text is plain."""
    row, fields = answer.row, answer.fields
    state = STATE_WORDS.get(row.status, row.status)
    meta: list[tuple[str, Tone]] = []
    where = [
        w
        for w in (
            fields.get("segment"),
            _worded("channel", fields.get("channel") or ""),
            words.day_and_clock(row.created_at, zone, now),
        )
        if w
    ]
    meta.append((" · ".join(one_line(w, 60) for w in where), Tone.MUTED))
    if answer.acknowledged_at is not None:
        waited = words.duration((answer.acknowledged_at - row.created_at) / 1e6)
        meta.append((f"acknowledged after {waited}", Tone.MUTED))
    elif row.status == "new":
        meta.append((f"waiting for {words.duration((now - row.created_at) / 1e6)}", Tone.WARN))
    if answer.resolved_at is not None:
        meta.append((f"resolved after {words.duration((answer.resolved_at - row.created_at) / 1e6)}", Tone.GOOD))
    if answer.reopens:
        meta.append((f"re-opened {answer.reopens}×", Tone.WARN))
    facts = tuple((label, one_line(_worded(name, fields[name]), 200)) for name, label in _FACTS if fields.get(name))
    remarks = [
        (at, Remark(f"{one_line(author or role or 'somebody', 60)} · {words.day_and_clock(at, zone, now)}"
                    + ("" if public else " · internal"), body[:4000]))
        for author, role, public, body, at in answer.comments
    ]  # fmt: skip
    remarks += [
        (at, Remark(f"{one_line(actor or 'somebody', 60)} · {words.day_and_clock(at, zone, now)}",
                    f"{field}: {one_line(old, 80) or '—'} → {one_line(new, 80) or '—'}", Tone.MUTED))
        for field, old, new, actor, at in answer.changes if field not in ("body", "key", "url", "updated_at")
    ]  # fmt: skip
    remarks += [
        (
            at,
            Remark(
                f"{who} · {words.day_and_clock(at, zone, now)} · here", f"{act} {value} {comment}".strip(), Tone.ACCENT
            ),
        )
        for act, value, who, comment, at in answer.decisions
    ]
    remarks.sort(key=lambda pair: pair[0])
    return TicketDetail(
        row.row_key, row.severity or "", one_line(row.title), state, tuple(meta), fields.get("body", "")[:20_000], facts,
        tuple(r for _, r in remarks), fields.get("url", ""), acts and row.status == "new",
    )  # fmt: skip
