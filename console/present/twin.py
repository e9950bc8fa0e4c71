"""A chart as text, for those who read or hear it instead of seeing it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from console.model.moment import from_seconds
from console.present import words

if TYPE_CHECKING:
    from console.present.figures import ChartFigure

_MOST_ROWS = 200
_UNIT = {"percent": "share", "ms": "ms", "per_second": "per_second", "count": "count"}


def chart_rows(chart: ChartFigure) -> list[list[str]]:
    """Header, then one row an instant, evenly thinned to at most 200; an unknown value reads 'unknown'."""
    rows = [["Time", *(curve.name for curve in chart.curves)]]
    if not chart.curves:
        return rows
    instants = np.unique(np.concatenate([curve.xs for curve in chart.curves]))
    if len(instants) > _MOST_ROWS:
        instants = instants[np.linspace(0, len(instants) - 1, _MOST_ROWS).astype(int)]
    zone = ZoneInfo(chart.zone)
    unit = _UNIT[chart.unit]
    lookup = [dict(zip(curve.xs.tolist(), curve.ys.tolist(), strict=True)) for curve in chart.curves]
    for instant in instants.tolist():
        cells = [words.day_and_clock(from_seconds(instant), zone)]
        for values in lookup:
            value = values.get(instant)
            cells.append("unknown" if value is None or np.isnan(value) else words.value_of(unit, value))
        rows.append(cells)
    return rows
