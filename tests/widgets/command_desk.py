"""A desk with canned answers, and lanes that answer at once: the Command screen without any console behind it."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import Any

from console.model.errors import ConsoleError
from console.model.moment import Moment
from console.present.figures import CommandFigure, TableWindow, TicketDetail
from tests.widgets import figures


class PromptLanes:
    """Runs each job where it stands. ``held`` keeps jobs back until ``release``."""

    def __init__(self) -> None:
        self.held = False
        self._waiting: list[Callable[[], None]] = []

    def read(self, job: Callable[..., Any], *arguments: Any) -> concurrent.futures.Future[Any]:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()

        def run() -> None:
            try:
                future.set_result(job(*arguments))
            except ConsoleError as error:
                future.set_exception(error)

        if self.held:
            self._waiting.append(run)
        else:
            run()
        return future

    write = read
    analysis = read

    def release(self) -> None:
        self.held = False
        waiting, self._waiting = self._waiting, []
        for run in waiting:
            run()


class CommandDesk:
    """Counts what it was asked; set ``fault`` to make ``command`` fail."""

    def __init__(self) -> None:
        self.read_only = False
        self.figure = figures.command()
        self.total = 0
        self.fault: ConsoleError | None = None
        self.refusal: ConsoleError | None = None
        self.asked: list[tuple[str, Any]] = []
        self.decided: list[tuple[str, str]] = []

    def count(self, what: str) -> int:
        return sum(1 for name, _ in self.asked if name == what)

    def command(
        self, moment: Moment, window_s: int, chart_px: int, zoom: tuple[float, float] | None = None
    ) -> CommandFigure:
        self.asked.append(("command", (moment, window_s, chart_px, zoom)))
        if self.fault is not None:
            raise self.fault
        return self.figure

    def queue(self, _moment: Moment, question: Any) -> TableWindow:
        self.asked.append(("queue", question))
        if self.total:
            return figures.long_queue(self.total, question.offset, question.limit, question.selected)
        return figures.queue(question.selected)

    def ticket(self, _moment: Moment, key: str) -> TicketDetail:
        self.asked.append(("ticket", key))
        return figures.ticket(can_acknowledge=not any(subject == key for _, subject in self.decided))

    def decide(self, act: str, subject: str, value: str = "", comment: str = "") -> None:
        if self.refusal is not None:
            raise self.refusal
        self.decided.append((act, subject))
