"""A desk with canned answers for the Triage screen: it remembers what it was asked and what was decided."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from console.model.errors import ConsoleError, QuestionError
from console.model.moment import Moment
from console.present.figures import Row
from console.present.triage_figures import (
    BoardFigure,
    BulkPreview,
    OutboxFigure,
    TriageContext,
    TriageDetail,
    TriageQueue,
)
from tests.widgets import triage_figures as figures
from tests.widgets.triage_empty import Standing

WORDS = ("severity:P1", "severity:P2", "segment:enterprise", "stage:2", "assignee:Ana", "assignee:Lee Wong", "tag:pay")


class TriageDesk:
    """``fault`` makes the queue fail, ``refusal`` every act; ``total`` makes the queue a long one."""

    def __init__(self) -> None:
        self.read_only = False
        self.rows: list[Row] = [figures.row(ticket) for ticket in figures.TICKETS]
        self.total = 0
        self.ahead = 0
        self.pending = 0
        self.confirmed: set[str] = set()
        self.empty = "Nothing is open."
        self.fault: ConsoleError | None = None
        self.refusal: ConsoleError | None = None
        self.asked: list[tuple[str, Any]] = []
        self.acts: list[tuple[Any, ...]] = []
        self.details: dict[str, TriageDetail] = {}
        self.refused: tuple[tuple[str, str], ...] = ()

    def count(self, what: str) -> int:
        return sum(1 for name, _ in self.asked if name == what)

    def reader(self) -> Standing:
        return Standing(time.time_ns() // 1000 + self.ahead)

    def session_zone(self) -> ZoneInfo:
        return ZoneInfo("Europe/Berlin")

    def triage(self, moment: Moment, question: Any) -> TriageQueue:
        self.asked.append(("triage", question))
        if self.fault is not None:
            raise self.fault
        if "sevrity" in question.filter:
            made = figures.queue((), question.selected)
            return TriageQueue(made.window, "", made.order, 'There is no word "sevrity"; did you mean severity?')
        if self.total:
            return figures.long_queue(self.total, question.offset, question.limit, question.selected)
        words = question.filter.lower()
        rows = tuple(row for row in self.rows if words in row.spoken.lower())
        return figures.queue(rows, question.selected, self.pending, self.empty if not words else "No ticket matches.")

    def triage_ticket(self, moment: Moment, key: str) -> TriageDetail:
        self.asked.append(("triage_ticket", key))
        if key not in self.details and not self.total and all(row.key != key for row in self.rows):
            raise QuestionError(f"There is no ticket {key} here.")
        return self.details.get(key) or figures.detail(key)

    def triage_context(self, moment: Moment, key: str) -> TriageContext:
        self.asked.append(("triage_context", key))
        return figures.context(key)

    def board(self, moment: Moment, filter: str) -> BoardFigure:
        self.asked.append(("board", filter))
        return figures.board()

    def completions(self, text: str, cursor: int) -> tuple[str, ...]:
        self.asked.append(("completions", text))
        word = text[text.rfind(" ", 0, cursor) + 1 : cursor].lower()
        return tuple(offer for offer in WORDS if word and offer.lower().startswith(word))

    def preview(self, act: str, subjects: tuple[str, ...], value: str) -> BulkPreview:
        self.asked.append(("preview", (act, subjects, value)))
        lines = tuple((key.split(":")[1], "P2", value or act) for key in subjects[:200])
        return BulkPreview(f"{act} {value}".strip(), len(subjects) - len(self.refused), lines, self.refused)

    def outbox(self) -> OutboxFigure:
        self.asked.append(("outbox", None))
        figure = figures.outbox() if self.pending else OutboxFigure("Everything is delivered.", 0)
        return replace(figure, lines=tuple(line for line in figure.lines if line.decision not in self.confirmed))

    def _act(self, *what: Any) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.acts.append(what)

    def decide(self, act: str, subject: str, value: str = "", comment: str = "") -> str:
        self._act(act, subject, value, comment)
        return "d-9"

    def decide_many(self, act: str, subjects: tuple[str, ...], value: str = "", comment: str = "") -> str:
        self._act("many", act, tuple(subjects), value, comment)
        return "b-1"

    def undo(self) -> str:
        self._act("undo")
        return "Took back: severity P1 on PAY-1482."

    def accept_proposals(self, subject: str) -> str:
        self._act("accept", subject)
        return "Accepted: Severity P2."

    def dismiss_proposals(self, subject: str) -> str:
        self._act("dismiss", subject)
        return "Dismissed 1 proposal."

    def retry(self, decision: str) -> None:
        self._act("retry", decision)

    def withdraw(self, decision: str) -> None:
        self._act("withdraw", decision)

    def settle(self, decision: str, whose: str) -> None:
        self._act("settle", decision, whose)

    def capture(self, fields: dict[str, str]) -> str:
        self._act("capture", fields)
        return "console:CAP-1"
