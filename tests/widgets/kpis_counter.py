"""A counter of numbers with canned answers that writes down what it was asked."""

from __future__ import annotations

import numpy as np

from console.model.errors import QuestionError
from console.model.moment import HOUR, Moment
from console.model.number import Number, Slice
from console.present.figures import Cell, ChartFigure, Curve, Row, TableWindow
from console.present.kpis import _PART_COLUMNS, COLUMNS, WINDOW_WORDS
from console.present.kpis_figures import KpiFigure, NumbersFigure, OwnKpi
from console.present.tone import Tone

START = 1_763_640_000_000_000
END = START + HOUR
NAMES = ("availability", "error_rate_5xx", "lost_carts")
FAULT = "broken.sql: the statement cannot be read (syntax error)"


class FakeCounter:
    """``lost_carts`` is the user's own; ``refusal``: what check and save complain of, '' for nothing."""

    def __init__(self, faults: tuple[str, ...] = (FAULT,), refusal: str = "") -> None:
        self.faults = faults
        self.refusal = refusal
        self.asked: list[tuple[object, ...]] = []
        self.saved: list[tuple[OwnKpi, str]] = []
        self.removed: list[str] = []

    def numbers(self, moment: Moment, window: str) -> NumbersFigure:
        self.asked.append(("numbers", moment, window))
        rows = tuple(
            Row(
                name,
                (
                    Cell("Business"),
                    Cell(name),
                    Cell("1 %", number=Number(name, START, END)),
                    *[Cell("") for _ in range(5)],
                ),
                f"{name}: 1 %",
            )
            for name in NAMES
        )
        return NumbersFigure(
            "3 numbers", TableWindow(COLUMNS, len(rows), 0, rows), tuple(WINDOW_WORDS.items()), self.faults
        )

    def kpi(self, moment: Moment, name: str, window: str, by: str) -> KpiFigure:
        self.asked.append(("kpi", name, window, by))
        if name == "error_rate_5xx" and by == "consumer":
            raise QuestionError("Consumers are away today; try tomorrow.")
        number = Number(name, START, END, Slice(route="GET /a"))
        rows = (Row("GET /a", (Cell("GET /a"), Cell("2 %", number=number), Cell(""), Cell("7"))),)
        xs = np.arange(3, dtype=np.float64) * 600 + START / 1e6
        chart = ChartFigure(
            "k", name, "percent", START / 1e6, END / 1e6, (Curve(name, Tone.ACCENT, xs, np.full(3, 0.01), kpi=name),)
        )
        ways = (("route", "Route"), ("consumer", "Consumer"))
        table = TableWindow(_PART_COLUMNS, 1, 0, rows)
        lines = (("Means", "How it goes."),)
        return KpiFigure(name, name, "1 % · n = 9", lines, chart, ways, by or "route", table, own=name == "lost_carts")

    def own(self, name: str) -> OwnKpi:
        head = (("title", "Lost carts"), ("category", "business"), ("unit", "count"), ("direction", "down"),
                ("feeds", "measure"), ("means", "Money left behind."), ("edge", "None known."))  # fmt: skip
        return OwnKpi(name, head, "SELECT 1 AS value")

    def check(self, draft: OwnKpi) -> str:
        self.asked.append(("check", draft))
        if self.refusal:
            raise QuestionError(self.refusal)
        return "It gives 4 now, n = 4."

    def save(self, draft: OwnKpi, before: str = "") -> str:
        if self.refusal:
            raise QuestionError(self.refusal)
        self.saved.append((draft, before))
        return f"{draft.name} is saved and shown among the numbers."

    def remove(self, name: str) -> str:
        self.removed.append(name)
        return f"{name} is not asked any more."
