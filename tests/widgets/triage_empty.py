"""The triage answers of a desk that knows of no ticket, for windows whose screens are all walked through."""

from __future__ import annotations

import time
from dataclasses import dataclass

from console.model.moment import Moment
from console.present.figures import TableWindow
from console.present.triage_figures import BoardFigure, OutboxFigure, TriageContext, TriageDetail, TriageQueue


@dataclass(frozen=True)
class Standing:
    """The part of a reader that tells the session's clock."""

    now: int


class EmptyTriage:
    def reader(self) -> Standing:
        return Standing(time.time_ns() // 1000)

    def triage(self, moment: Moment, question: object) -> TriageQueue:
        return TriageQueue(TableWindow((), 0, 0, (), empty="No tickets yet."), "", "")

    def triage_ticket(self, moment: Moment, key: str) -> TriageDetail:
        return TriageDetail(key, "", "", "new", "")

    def triage_context(self, moment: Moment, key: str) -> TriageContext:
        return TriageContext(key)

    def board(self, moment: Moment, filter: str) -> BoardFigure:
        return BoardFigure()

    def completions(self, text: str, cursor: int) -> tuple[str, ...]:
        return ()

    def outbox(self) -> OutboxFigure:
        return OutboxFigure("Everything is delivered.", 0)
