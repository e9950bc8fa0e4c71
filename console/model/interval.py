"""Intervals of shares, rare events and means. Each names its method, because a bound without one cannot be signed.

Wilson: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209. Poisson: exact one-sided bound by inverting the distribution
function (F. Garwood, Biometrika 28 (1936) 437).
"""

from __future__ import annotations

import math
from statistics import NormalDist

Z_95 = 1.959963984540054
"""Two-sided 95 %."""


def wilson(successes: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """Interval of a share, 0..1. (0, 1) without any evidence."""
    if n <= 0:
        return 0.0, 1.0
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes <= 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if successes >= n else min(1.0, (centre + half) / scale)
    return low, high


def poisson_upper(events: int, confidence: float = 0.95) -> float:
    """The largest mean that would still give so few events with probability 1 − confidence.

    0 events: 2.996, 1: 4.744, 3: 7.754, 10: 16.963 (each at 95 %).
    """
    if events > 100:
        # Wilson and Hilferty's cube, wrong by less than one in a hundred thousand from here up.
        z = NormalDist().inv_cdf(confidence)
        k = events + 1
        return k * (1 - 1 / (9 * k) + z / (3 * math.sqrt(k))) ** 3
    low, high = float(events), events + 10 * math.sqrt(events + 1) + 10
    tail = 1 - confidence
    for _ in range(200):
        middle = (low + high) / 2
        if _poisson_at_most(events, middle) > tail:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return (low + high) / 2


def _poisson_at_most(events: int, mean: float) -> float:
    total, log_mean = 0.0, math.log(mean) if mean > 0 else -math.inf
    for k in range(events + 1):
        exponent = k * log_mean - mean - math.lgamma(k + 1) if mean > 0 else (0.0 if k == 0 else -math.inf)
        total += math.exp(exponent)
    return total
