"""How the Command screen's parts are placed for a given room: two columns where there is width, one where there is not.

Pure. One would get wrong: it is width *per text size* that counts, so 1600 pixels at 200 % are a narrow screen.
"""

from __future__ import annotations

from dataclasses import dataclass

_TWO_COLUMNS = 1_000
_TILE = 138
_TWO_CHARTS = 620


@dataclass(frozen=True, slots=True)
class Arrangement:
    """``tiles`` in a row, ``charts`` in a row, and whether the panels stand beside (True) or under the charts."""

    tiles: int
    charts: int
    beside: bool


def arrange(width: int, scale: float, tiles: int) -> Arrangement:
    """For ``width`` pixels at a text ``scale``; rows of tiles are even, so that none stands alone."""
    room = width / scale
    fitting = max(1, int(room // _TILE))
    across = next((count for count in (8, 4, 2, 1) if count <= fitting), 1)
    beside = room >= _TWO_COLUMNS
    charts = 2 if beside or room >= _TWO_CHARTS else 1
    return Arrangement(min(across, max(1, tiles)), charts, beside)
