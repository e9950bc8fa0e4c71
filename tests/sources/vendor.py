"""What every small ticket system of the writers' contract is: one ticket, and what was done to it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tests.sources.contract import Answer, Asked


class Vendor(ABC):
    """``said``: texts of the ticket's comments; ``made``: titles of issues created; ``writes``: requests that changed it."""

    ticket = "7"
    faulty: bytes
    """A body of an error, that comes with status 200."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.made: list[str] = []
        self.writes = 0
        self.gone = False

    def __call__(self, asked: Asked) -> Answer:
        if self.changes(asked):
            self.writes += 1
        return self.answer(asked)

    @abstractmethod
    def answer(self, asked: Asked) -> Answer: ...

    @abstractmethod
    def move(self) -> None:
        """Somebody else changes the ticket, and its version with it."""

    def changes(self, asked: Asked) -> bool:
        """Whether the request would change something."""
        return asked.method != "GET"
