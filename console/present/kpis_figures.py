"""What the Numbers screen shows, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from console.present.figures import ChartFigure, TableWindow


@dataclass(frozen=True, slots=True)
class NumbersFigure:
    """``table``: one row a KPI, its key the KPI's name; every value cell carries its number. ``faults``: of own files."""

    summary: str
    table: TableWindow
    windows: tuple[tuple[str, str], ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class KpiFigure:
    """One KPI in full. ``lines``: (label, text) of what it means; ``ways``: (name, title) of the breakdowns there are.

    ``table``: the breakdown by ``way``; its value cells carry their numbers. ``own``: a file of the user's.
    """

    kpi: str
    title: str
    value: str
    lines: tuple[tuple[str, str], ...]
    chart: ChartFigure
    ways: tuple[tuple[str, str], ...]
    way: str
    table: TableWindow
    own: bool = False


@dataclass(frozen=True, slots=True)
class OwnKpi:
    """A user's KPI file as the editor holds it: the head's lines by name, the statement, and the parts' if there are."""

    name: str
    head: tuple[tuple[str, str], ...]
    sql: str
    parts: str = ""
