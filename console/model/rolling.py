"""Sums and bounds over trailing windows of minutes. Arrays stand minute by minute, oldest first."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def rolling(values: Floats, width: int, last: int) -> Floats:
    """The sums of the ``last`` minutes, each with the ``width`` − 1 before it, as far as there are any.

    Whole numbers (and whole 1024ths) stay exact, however many minutes are asked for.
    """
    if last == 1:
        return np.array([values[-width:].sum()])
    tail = values[-(width + last - 1) :]
    total = np.zeros(len(tail) + 1)
    np.cumsum(tail, out=total[1:])
    places = np.arange(len(tail) - last + 1, len(tail) + 1)
    found: Floats = total[places] - total[np.maximum(0, places - width)]
    return found


def wilson_low(k: Floats, n: Floats, z: float) -> Floats:
    """Lower Wilson bound of k of n; 0 without evidence. The formula of ``interval.wilson``, for arrays."""
    return _bound(k, n, z, -1.0)


def wilson_high(k: Floats, n: Floats, z: float) -> Floats:
    """Upper Wilson bound of k of n; 1 without evidence."""
    return _bound(k, n, z, 1.0)


def wilson_low_of(k: float, n: float, z: float) -> float:
    """``wilson_low`` of a single share."""
    return _one(k, n, z, -1.0)


def wilson_high_of(k: float, n: float, z: float) -> float:
    """``wilson_high`` of a single share."""
    return _one(k, n, z, 1.0)


def _bound(k: Floats, n: Floats, z: float, side: float) -> Floats:
    if len(k) == 1:
        return np.array([_one(float(k[0]), float(n[0]), z, side)])
    calls = np.maximum(n, 1.0)
    share = np.clip(k / calls, 0.0, 1.0)
    centre = share + z * z / (2 * calls)
    half = z * np.sqrt(share * (1 - share) / calls + z * z / (4 * calls * calls))
    bound = np.clip((centre + side * half) / (1 + z * z / calls), 0.0, 1.0)
    sure = (k > 0) if side < 0 else (k < n)
    return np.where((n > 0) & sure, bound, 0.0 if side < 0 else 1.0)


def _one(k: float, n: float, z: float, side: float) -> float:
    """The same for a single minute, where setting arrays up would cost twenty times the arithmetic."""
    if n <= 0 or (k <= 0 if side < 0 else k >= n):
        return 0.0 if side < 0 else 1.0
    calls = max(n, 1.0)
    share = min(1.0, max(0.0, k / calls))
    centre = share + z * z / (2 * calls)
    half = z * math.sqrt(share * (1 - share) / calls + z * z / (4 * calls * calls))
    return min(1.0, max(0.0, (centre + side * half) / (1 + z * z / calls)))
