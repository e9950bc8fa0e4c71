"""What the Radar screen shows: three lists and, for each of their rows, its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.present.figures import TableWindow

NO_TICKET = "·"
"""How the key of an evidence row begins that is no ticket's."""


@dataclass(frozen=True, slots=True)
class RadarList:
    """``evidence``: by the key of a row, the table that opens under it; a cell with a ``number`` opens its proof there."""

    key: str
    title: str
    means: str
    table: TableWindow
    evidence: dict[str, TableWindow] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class RadarFigure:
    lists: tuple[RadarList, ...]
    summary: str
