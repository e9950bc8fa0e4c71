"""What a desk answers about the proof of a number. A mixin of the desk, with the same threads: any but the GUI's."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from console.model.errors import QuestionError
from console.model.moment import LIVE, Moment, Span
from console.model.number import Number
from console.present import proof as present_proof
from console.present.figures import TableWindow
from console.present.proof_figures import ProofFigure
from console.queries import proof as proof_query
from console.queries import proof_rows
from console.queries.kpi import limited
from console.queries.proof import ProofAnswer
from console.queries.proof_rows import RowsPlan
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sources import Standing
from console.store import housekeeping

if TYPE_CHECKING:
    from console.store.session import Session

MOST_ROWS = 1_000
"""The most rows that one answer to a command carries; the rest is exported."""

_MOST_TOTALS = 200


class Proving:
    """Mixed into ``ReadingDesk``."""

    session: Session
    _tickets: TicketShelf

    if TYPE_CHECKING:

        def reader(self, moment: Moment = LIVE) -> Reader: ...

        def _standings(self, reader: Reader) -> list[Standing]: ...

    @cached_property
    def _totals(self) -> dict[Number, int]:
        return {}

    @property
    def session_id(self) -> str:
        """What links to this session name it by; free of any question."""
        return self.session.id

    def proof(self, number: Number) -> ProofFigure:
        """A number's proof at its own moment; a live one is pinned to now. Raises QuestionError for an unknown KPI."""
        answer, rows = self._prove(number)
        return present_proof.word(answer, self.session.id, "" if rows is None else rows.kind)

    def proof_rows(self, number: Number, offset: int, limit: int) -> TableWindow:
        """Rows [offset, offset + limit) behind a pinned number, newest first.

        Until ``proof_total`` was asked, ``total`` is how far they were read: counting millions takes longer than showing some.
        """
        reader = self.reader(number.moment)
        window = Span(number.start, min(number.end, reader.at))
        rows = proof_query.rows_of(reader, self._tickets, number)
        if rows is None:
            return present_proof.rows_window((), [], 0, 0, reader.zone, window)
        known = self._totals.get(number)
        if known is not None:
            offset = max(0, min(offset, known - 1))
        found = proof_rows.page(reader, rows, offset, limit)
        total = offset + len(found) if known is None else known
        return present_proof.rows_window(rows.columns, found, offset, total, reader.zone, window)

    def proof_total(self, number: Number) -> int:
        """How many rows stand behind a pinned number."""
        if number not in self._totals:
            reader = self.reader(number.moment)
            rows = proof_query.rows_of(reader, self._tickets, number)
            if len(self._totals) >= _MOST_TOTALS:
                self._totals.clear()
            self._totals[number] = 0 if rows is None else proof_rows.total(reader, rows)
        return self._totals[number]

    def export_proof(self, number: Number, form: str, target: str) -> str:
        """Write every row behind a pinned number to a file. Returns the path. Raises as ``export`` does."""
        reader = self.reader(number.moment)
        rows = proof_query.rows_of(reader, self._tickets, number)
        if rows is None:
            raise QuestionError("There are no rows behind this; it rests on what people decided.")
        with limited(reader, rows.kpi):
            housekeeping.export_rows(reader.connection, rows.sql, form, Path(target), order=rows.order)
        return target

    def proven(self, number: Number) -> dict[str, Any]:
        """As the ``kpi`` command prints a number with its proof: plain values."""
        answer, rows = self._prove(number)
        found: dict[str, Any] = msgspec.to_builtins(answer.answer) if answer.answer is not None else {}
        reader = self.reader(answer.number.moment)
        listed = [] if rows is None else proof_rows.page(reader, rows, 0, MOST_ROWS)
        return found | {
            "definition": present_proof.definition(answer),
            "coverage_strip": present_proof.strip_rows(answer),
            "rows": [] if rows is None else [present_proof.plain_row(rows.columns, row) for row in listed],
            "rows_total": 0 if rows is None else proof_rows.total(reader, rows),
            "link": answer.number.link(self.session.id),
        }

    def _prove(self, number: Number) -> tuple[ProofAnswer, RowsPlan | None]:
        if number.moment.live:
            number = number.pinned(self.reader().at)
        reader = self.reader(number.moment)
        answer = proof_query.ask(reader, self._tickets, number, self._standings(reader))
        return answer, proof_query.rows_of(reader, self._tickets, number)
