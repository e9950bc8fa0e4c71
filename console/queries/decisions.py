"""What people decided, as it stood at a moment: read once a reader, in the order in which it was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.model.moment import Span, merge, parse_instant

if TYPE_CHECKING:
    from console.queries.reader import Reader

EXIT_ACTS = (
    "sign_off", "withdraw_sign_off", "waive", "end_waiver", "maintenance", "end_maintenance", "add_criterion",
    "edit_criterion", "remove_criterion", "exit", "resume", "defer", "end_deferral",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """One act. ``at`` is when it was decided; what another program wrote may hold any text in ``value``."""

    id: str
    act: str
    subject: str
    value: str
    who: str
    comment: str
    at: int


def decided(reader: Reader, *acts: str) -> list[Decision]:
    """The decisions of these acts up to the moment, oldest first."""
    if "decisions" not in reader.answers:
        listed = ", ".join(f"'{act}'" for act in EXIT_ACTS)
        reader.answers["decisions"] = [
            Decision(*row)
            for row in reader.rows(
                "SELECT decision_id, act, subject, coalesce(value, ''), coalesce(who, ''), coalesce(comment, ''), "
                f"epoch_us(happened_at) FROM decision WHERE act IN ({listed}) AND happened_at <= "
                f"make_timestamp({reader.at}) AND known_at <= {reader.known_sql} ORDER BY happened_at, known_at, decision_id"
            )
        ]
    return [d for d in reader.answers["decisions"] if d.act in acts]


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A planned window. What was announced after it had begun counts from the announcement on: nobody plans the past."""

    name: str
    span: Span
    who: str
    why: str


def maintenance(reader: Reader) -> list[Maintenance]:
    """Every planned window known at the moment, also those still to come, in the order of their names' last decision."""
    if "maintenance" not in reader.answers:
        reader.answers["maintenance"] = _maintenance(reader)
    found: list[Maintenance] = reader.answers["maintenance"]
    return found


def _maintenance(reader: Reader) -> list[Maintenance]:
    planned: list[Maintenance] = []
    for decision in decided(reader, "maintenance", "end_maintenance"):
        if decision.act == "maintenance":
            span = interval_of(decision.value)
            if span is None:
                continue
            kept = Span(max(span.start, decision.at), span.end)
            if kept.length:
                planned.append(Maintenance(decision.subject, kept, decision.who, decision.comment))
        else:
            # Ended early: what has passed stays planned, what was to come does not.
            planned = [
                Maintenance(m.name, Span(m.span.start, min(m.span.end, decision.at)), m.who, m.why)
                if m.name == decision.subject
                else m
                for m in planned
            ]
            planned = [m for m in planned if m.span.length]
    return planned


def left_out(reader: Reader) -> list[Span]:
    """The time up to the moment that planned maintenance takes out of availability, errors and response times."""
    return merge([m.span.clip(Span(0, reader.at)) for m in maintenance(reader)])


def interval_of(text: str) -> Span | None:
    """'FROM/TO', both ISO 8601; None when it cannot be read or ends before it begins."""
    start, slash, end = text.partition("/")
    if not slash:
        return None
    try:
        span = Span(parse_instant(start), parse_instant(end))
    except ValueError:
        return None
    return span if span.length else None
