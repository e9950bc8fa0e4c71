"""A small curve without axes. Gaps are gaps; a flat line stands in the middle."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from console.present.figures import Floats


def paint_sparkline(painter: QPainter, area: QRectF, values: Floats, colour: QColor) -> None:
    """Draw ``values`` (evenly spaced, NaN unknown) into ``area``; fewer than two known values draw nothing."""
    known = np.isfinite(values)
    if known.sum() < 2:
        return
    low, high = float(np.min(values[known])), float(np.max(values[known]))
    span = high - low
    xs = area.left() + np.arange(len(values)) / (len(values) - 1) * area.width()
    shares = (values - low) / span if span > 0 else np.where(known, 0.5, np.nan)
    ys = area.bottom() - shares * area.height()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.3))
    run: list[QPointF] = []
    for x, y, good in zip(xs.tolist(), ys.tolist(), known.tolist(), strict=True):
        if good:
            run.append(QPointF(x, y))
        elif run:
            painter.drawPolyline(QPolygonF(run))
            run = []
    painter.drawPolyline(QPolygonF(run))
    painter.restore()
