"""What the spike panel shows."""

from __future__ import annotations

from dataclasses import dataclass

from console.present.figures import TableWindow


@dataclass(frozen=True, slots=True)
class SpikeFigure:
    """``moved`` and ``still``: tables ready to draw; a cell with a ``number`` opens its proof.

    ``summary`` is one sentence; ``notes`` say what it is compared with and what is unknown.
    """

    title: str
    summary: str
    moved: TableWindow
    still: TableWindow
    notes: tuple[str, ...]
