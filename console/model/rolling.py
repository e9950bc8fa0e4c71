"""Sums and bounds over trailing windows of minutes. Arrays stand minute by minute, oldest first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def rolling(values: Floats, width: int) -> Floats:
    """The sum of each minute and the ``width`` − 1 before it, as far as there are any. Whole numbers stay exact."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    places = np.arange(1, len(values) + 1)
    found: Floats = total[places] - total[np.maximum(0, places - width)]
    return found


def wilson_low(k: Floats, n: Floats, z: float) -> Floats:
    """Lower Wilson bound of k of n; 0 without evidence. The formula of ``interval.wilson``, for arrays."""
    return _bound(k, n, z, -1.0)


def wilson_high(k: Floats, n: Floats, z: float) -> Floats:
    """Upper Wilson bound of k of n; 1 without evidence."""
    return _bound(k, n, z, 1.0)


def _bound(k: Floats, n: Floats, z: float, side: float) -> Floats:
    calls = np.maximum(n, 1.0)
    share = np.clip(k / calls, 0.0, 1.0)
    centre = share + z * z / (2 * calls)
    half = z * np.sqrt(share * (1 - share) / calls + z * z / (4 * calls * calls))
    bound = np.clip((centre + side * half) / (1 + z * z / calls), 0.0, 1.0)
    return np.where(n > 0, bound, 0.0 if side < 0 else 1.0)
