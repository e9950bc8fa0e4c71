"""Acts about criteria, checked before they are written, because what is written can never be mended."""

from __future__ import annotations

from typing import Any

import msgspec

from console.model import criterion as rules
from console.model.artefact import artefact_of
from console.model.criterion import Form, Kind
from console.model.decision import Act
from console.model.errors import QuestionError
from console.model.moment import DAY, MINUTE, iso, parse_instant
from console.model.nearest import did_you_mean
from console.queries.criteria.definitions import Book, book, change_of, check_kpi
from console.queries.criteria.guard import exited
from console.queries.criteria.judge import ask
from console.queries.criteria.signatures import standing
from console.queries.decisions import interval_of, maintenance
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf

OF_CRITERIA = (
    Act.SIGN_OFF, Act.WITHDRAW_SIGN_OFF, Act.WAIVE, Act.END_WAIVER, Act.ADD_CRITERION, Act.EDIT_CRITERION,
    Act.REMOVE_CRITERION, Act.MAINTENANCE, Act.END_MAINTENANCE, Act.EXIT, Act.RESUME, Act.DEFER,
)  # fmt: skip
_LATE = MINUTE
"""Maintenance that begins now was typed a moment ago."""


def meant(reader: Reader, shelf: TicketShelf, act: Act, subject: str, value: str, comment: str) -> tuple[str, str]:
    """Subject and value as they are written. Raises QuestionError with a sentence that says what is missing."""
    try:
        match act:
            case Act.SIGN_OFF:
                return _signed(book(reader), subject, value)
            case Act.WITHDRAW_SIGN_OFF:
                return _withdrawn(reader, subject, value)
            case Act.WAIVE:
                return _waived(reader, subject, value)
            case Act.END_WAIVER:
                return book(reader).find(subject).key, value
            case Act.ADD_CRITERION:
                return _added(book(reader), subject, value)
            case Act.EDIT_CRITERION:
                return _edited(book(reader), subject, value, comment)
            case Act.REMOVE_CRITERION:
                return _removed(book(reader), subject)
            case Act.MAINTENANCE:
                return _planned(reader, subject, value, comment)
            case Act.END_MAINTENANCE:
                return _ended(reader, subject)
            case Act.EXIT:
                return _exit(reader, shelf, comment)
            case Act.RESUME if exited(reader) is None:
                raise QuestionError("Hypercare was not ended; there is nothing to take up again.")
            case Act.DEFER if not comment.strip():
                raise QuestionError("Putting a ticket off needs why, so that it is a decision: --comment TEXT.")
    except ValueError as error:
        raise QuestionError(str(error) if str(error).endswith(".") else f"{error}.") from None
    return subject, value


def _signed(standing_rows: Book, subject: str, value: str) -> tuple[str, str]:
    row = standing_rows.find(subject)
    if row.form not in (Form.SIGNED, Form.KNOWN_ISSUES):
        raise QuestionError(
            f'"{row.title}" is judged from facts and cannot be signed; waive it, with why and until when.'
        )
    document = _json(value)
    if document is None:
        artefact_of(value)
        return row.key, value.strip()
    unknown = set(document) - {"artefact", "by", "side"}
    if unknown or not all(isinstance(v, str) for v in document.values()):
        raise QuestionError('A sign-off is an artefact, or JSON of the texts "artefact", "by" and "side".')
    artefact_of(document.get("artefact", ""))
    return row.key, _text({key: text.strip() for key, text in document.items() if text.strip()})


def _withdrawn(reader: Reader, subject: str, value: str) -> tuple[str, str]:
    row = book(reader).find(subject)
    names = [s.by for s in standing(reader, row.key)]
    if value.strip() and value.strip() not in names:
        raise QuestionError(f'"{row.title}" is not signed by {value.strip()}.{did_you_mean(value.strip(), names)}')
    return row.key, value.strip()


def _waived(reader: Reader, subject: str, value: str) -> tuple[str, str]:
    row = book(reader).find(subject)
    until = parse_instant(value)
    return row.key, iso(until)


def _added(rows: Book, subject: str, value: str) -> tuple[str, str]:
    if any(row.key == subject for row in rows.rows):
        raise QuestionError(f'There is a criterion "{subject}" already; edit it, or choose another key.')
    table, _ = change_of(value)
    if not table:
        raise QuestionError(
            'A new criterion needs its keys as JSON, such as {"kpi": "csat", "above": 0.9, "window": "7 d"}.'
        )
    check_kpi(rules.defined({**table, "key": subject}))
    table.pop("key", None)
    return subject, _text(table)


def _edited(rows: Book, subject: str, value: str, comment: str) -> tuple[str, str]:
    row = rows.find(subject)
    table, restart = change_of(value)
    table.pop("key", None)
    if not table and not restart:
        raise QuestionError('An edit needs what changes as JSON, such as {"above": 0.995, "restart": false}.')
    if not comment.strip():
        raise QuestionError("An edit of a criterion needs why, because it is read on exit day: --comment TEXT.")
    check_kpi(rules.changed(row, table))
    return row.key, _text({**table, "restart": restart})


def _removed(rows: Book, subject: str) -> tuple[str, str]:
    row = rows.find(subject)
    if not row.own:
        raise QuestionError(
            f'"{row.title}" belongs to the template; edit its target or waive it, with why and until when.'
        )
    return row.key, ""


def _planned(reader: Reader, subject: str, value: str, comment: str) -> tuple[str, str]:
    span = interval_of(value)
    if span is None:
        raise QuestionError(
            "Maintenance needs FROM/TO as ISO times with FROM before TO, such as 2026-11-20T22:00:00Z/2026-11-20T23:30:00Z."
        )
    if not comment.strip():
        raise QuestionError("Maintenance needs why, because it takes time out of the exit criteria: --comment TEXT.")
    if span.start < reader.at - _LATE:
        raise QuestionError(
            f"Maintenance is planned ahead; {iso(span.start)} has passed and stays in the numbers. Waive a criterion instead."
        )
    if span.length > 7 * DAY:
        raise QuestionError("Maintenance of more than a week is no maintenance; plan several windows.")
    return subject, f"{iso(span.start)}/{iso(span.end)}"


def _ended(reader: Reader, subject: str) -> tuple[str, str]:
    names = sorted({m.name for m in maintenance(reader) if m.span.end > reader.at})
    if subject not in names:
        raise QuestionError(f'No maintenance "{subject}" is under way or to come.{did_you_mean(subject, names)}')
    return subject, ""


def _exit(reader: Reader, shelf: TicketShelf, comment: str) -> tuple[str, str]:
    if exited(reader) is not None:
        raise QuestionError("Hypercare was ended already; take it up again first.")
    still = [c for c in ask(reader, shelf) if c.kind is Kind.EXIT and c.state not in ("met", "waived")]
    if still and not comment.strip():
        listed = ", ".join(c.criterion for c in still[:4]) + (" …" if len(still) > 4 else "")
        raise QuestionError(
            f"{len(still)} of the exit criteria are not met or unknown ({listed}); ending hypercare over them needs why."
        )
    return "session", _text({"over": [c.criterion for c in still]})


def _json(value: str) -> dict[str, Any] | None:
    if not value.lstrip().startswith("{"):
        return None
    try:
        document = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return None
    return document if isinstance(document, dict) else None


def _text(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document, order="sorted").decode()
