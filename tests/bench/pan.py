"""A chart that was handed a million points: the time of one frame while it is moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtWidgets import QApplication

from console.present.figures import ChartFigure, Curve
from console.present.tone import Tone
from tests.bench.figure import Figure, of_runs, timed
from widgets import theme
from widgets.parts.chart import Plot
from widgets.parts.crosshair import CrossHair

_POINTS, _SPAN_S = 1_000_000, 1_209_600.0


def measure() -> list[Figure]:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, theme.Theme(theme.Look.DARK, 1.0))
    xs = np.linspace(1.79e9, 1.79e9 + _SPAN_S, _POINTS)
    ys = np.abs(np.sin(xs / 7000)) * 0.1 + np.random.default_rng(7).random(_POINTS) * 0.01
    figure = ChartFigure("errors", "5xx", "percent", xs[0], xs[-1], (Curve("5xx", Tone.BAD, xs, ys),))
    plot = Plot(CrossHair())
    plot.resize(900, 300)
    plot.show()
    held = [figure]

    def move() -> None:
        """Half of the span stays in view; it moves by a hundredth."""
        step = _SPAN_S / 200
        x0 = held[0].x0 + step if held[0].x0 + step + _SPAN_S / 2 < xs[-1] else float(xs[0])
        held[0] = replace(figure, x0=x0, x1=x0 + _SPAN_S / 2)
        plot.show_figure(held[0])
        plot.viewport().repaint()

    runs = timed(move, 60, warm=5)
    plot.hide()
    plot.deleteLater()
    app.processEvents()
    return [
        of_runs("pan frame", "ms", runs, 16, note="1 M points, half of them in view, 900 × 300, software rendering")
    ]
