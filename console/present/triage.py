"""The triage queue in words: why each row stands where it stands, how long is left, and the rows of the command."""

from __future__ import annotations

from typing import Any

from console.model.moment import iso
from console.model.priority import MANY
from console.present import words
from console.present.figures import Cell, Column, Pill, Row, TableWindow
from console.present.queue import STATE_WORDS, one_line
from console.present.tone import SEVERITY_TONE, Tone
from console.present.triage_figures import TriageQueue
from console.queries.triage import TriageAnswer, TriageRow

COLUMNS = (
    Column("severity", "Sev", 48, sort="severity"),
    Column("key", "Key", 96, sort="key"),
    Column("title", "Title", 0, sort="title"),
    Column("stage", "Stage", 56, sort="stage"),
    Column("reach", "Reach", 56, right=True, sort="reach"),
    Column("segment", "Segment", 86, sort="segment"),
    Column("sla", "SLA", 76, right=True, sort="left"),
    Column("why", "Why here", 176),
)

ORDER = "breached, severity, time left, reach, segment"
_SORTED = {
    "left": "time left", "created": "age", "updated": "last change", "title": "title", "key": "key", "reach": "reach",
    "stage": "stage", "severity": "severity", "segment": "segment",
}  # fmt: skip
_TIGHT_S = 15 * 60
"""Below this a clock is shown to the second, in red."""
_WEIGHTY = 1.0


def word(answer: TriageAnswer, away_s: float | None = None) -> TriageQueue:
    """A window of the queue, and what stands over it. ``away_s``: how long a system to write to has not answered."""
    question = answer.question
    rows = tuple(_row(row, answer.first) for row in answer.rows)
    empty = ""
    if not answer.total:
        if not answer.connected:
            empty = "No ticket system has answered yet. Connect one in Sources."
        elif question.filter or question.severity:
            empty = "No ticket matches this filter."
        else:
            empty = "Nothing is open."
    window = TableWindow(COLUMNS, answer.total, question.offset, rows, answer.selected_at, empty)
    counted = words.count(answer.whole)
    if answer.total != answer.whole or question.filter or question.severity:
        counted = f"{words.count(answer.total)} of {counted}"
    return TriageQueue(
        window, counted, order_words(question.sort, question.descending), answer.fault, pill(answer, away_s)
    )


def order_words(sort: str, descending: bool) -> str:
    """By what the rows stand."""
    if sort == "rank":
        return ORDER if not descending else f"last first: {ORDER}"
    way = ", highest first" if descending else ""
    return f"by {_SORTED.get(sort, sort)}{way}"


def pill(answer: TriageAnswer, away_s: float | None = None) -> Pill | None:
    """What was decided and has not arrived; None for nothing."""
    if not answer.pending and not answer.refused:
        return None
    parts = [f"{words.count(answer.pending)} pending"] if answer.pending else []
    if answer.refused:
        parts.append(f"{words.count(answer.refused)} refused")
    if answer.pending and away_s is not None:
        parts.append(f"offline {words.duration(away_s)}")
    tone = Tone.BAD if answer.refused else Tone.WARN
    mark = "✕" if answer.refused else "◔"
    return Pill(f"{mark} {' · '.join(parts)}", tone, action="triage.outbox", spoken=f"outbox: {', '.join(parts)}")


def severity_words(severity: str | None, kind: str) -> str:
    return severity or ("wish" if kind == "enhancement" else "—")


def left_words(left_s: int | None) -> str:
    """'11:40' below a quarter of an hour, '27 min', '1 h 05', '−2 h' when it is past, '—' without a target."""
    if left_s is None:
        return "—"
    if 0 <= left_s < _TIGHT_S:
        return f"{left_s // 60:02d}:{left_s % 60:02d}"
    return words.duration(left_s)


def left_tone(row: TriageRow) -> Tone:
    if row.left_s is None:
        return Tone.MUTED
    if row.left_s < _TIGHT_S:
        return Tone.BAD
    if row.sla == "paused":
        return Tone.QUIET
    return Tone.WARN if row.sla == "due_soon" else Tone.NEUTRAL


def reason(row: TriageRow, first: str) -> tuple[str, Tone]:
    """Why a row stands where it stands. ``first``: the row key whose clock runs out next."""
    if row.done:
        return STATE_WORDS.get(row.status, row.status), Tone.MUTED
    label = severity_words(row.severity, row.kind) if row.severity or row.kind == "enhancement" else "no severity"
    if row.sla == "breached":
        return f"{label}, breached", Tone.BAD
    if row.row_key == first:
        return "breaches first", Tone.MUTED
    if row.kind == "enhancement":
        return "wish", Tone.MUTED
    if row.severity in ("P3", "P4") and row.reach is not None and row.reach >= MANY:
        return f"{label}, reach {words.count(row.reach)}: too low?", Tone.WARN
    if row.like:
        return f"{label}, like {one_line(row.like, 40)}", Tone.MUTED
    if row.sla == "due_soon":
        return f"{label}, time left", Tone.MUTED
    if row.segment and row.weight > _WEIGHTY:
        return f"{label}, {one_line(row.segment, 30).lower()}", Tone.MUTED
    if row.reach is not None and row.reach >= MANY:
        return f"{label}, reach {words.count(row.reach)}", Tone.MUTED
    return label, Tone.MUTED


def _row(row: TriageRow, first: str) -> Row:
    severity, title = severity_words(row.severity, row.kind), one_line(row.title)
    reach = "—" if row.reach is None else words.count(row.reach)
    why, tone = reason(row, first)
    if row.pending:
        why = f"{why} · pending"
    if row.refused:
        why, tone = f"{why} · refused", Tone.BAD
    left = left_words(row.left_s)
    cells = (
        Cell(severity, SEVERITY_TONE.get(row.severity or "", Tone.UNKNOWN) if row.severity else Tone.QUIET,
             badge=row.severity is not None),
        Cell(one_line(row.key, 40), Tone.MUTED),
        Cell(title),
        Cell(str(row.stage), Tone.MUTED),
        Cell(reach, Tone.MUTED if row.reach is None else Tone.NEUTRAL),
        Cell(one_line(row.segment or "—", 40), Tone.NEUTRAL if row.segment else Tone.MUTED),
        Cell(left, left_tone(row)),
        Cell(why, tone),
    )  # fmt: skip
    spoken = f"{severity} {row.key}: {title}, stage {row.stage}, {why}"
    if row.left_s is not None:
        spoken += f", SLA {left} left" if row.left_s >= 0 else f", SLA {words.duration(-row.left_s)} over"
    if row.reach is not None:
        spoken += f", {words.plural(round(row.reach), 'consumer')} failed"
    return Row(row.row_key, cells, spoken)


def rows(answer: tuple[TriageRow, ...], first: str) -> list[dict[str, Any]]:
    """As the command prints the queue."""
    return [
        {
            "key": row.key, "title": row.title, "severity": row.severity, "status": row.status, "assignee": row.assignee,
            "created_at": iso(row.created), "updated_at": iso(row.updated), "source": row.source, "stage": row.stage,
            "sla_response_left_s": row.response_left_s, "sla_resolution_left_s": row.resolution_left_s,
            "sla_state": row.sla, "segment": row.segment, "category": row.category,
            "reach": None if row.reach is None else round(row.reach), "rank_reason": reason(row, first)[0],
            "pending": row.pending,
        }
        for row in answer
    ]  # fmt: skip


def line(row: dict[str, Any]) -> str:
    """One row of the command for people."""
    title = "".join(c if c.isprintable() else " " for c in row["title"])[:70]
    left = [s for s in (row["sla_response_left_s"], row["sla_resolution_left_s"]) if s is not None]
    told = (
        f"{row['severity'] or '—':3} {row['key']:12} {row['status']:12} {row['stage']} "
        f"{left_words(min(left) if left else None):>8} "
        f"{'—' if row['reach'] is None else row['reach']:>5}  {title}  ({row['rank_reason']})"
    )
    return "".join(c if c.isprintable() or c in (words.SPACE, words.GROUP) else " " for c in told)
