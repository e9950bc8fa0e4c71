"""Tails of distributions over whole arrays, and p-values corrected for how many were looked at. numpy only.

Regularised incomplete beta function: the continued fraction 8.17.22 of the NIST Digital Library of Mathematical
Functions (dlmf.nist.gov), evaluated by Lentz's method (W. J. Lentz, Appl. Opt. 15 (1976) 668). The tails of the binomial
and of Student's t are values of it (DLMF 8.17.5; Abramowitz and Stegun 26.5.27). Correction for many: Y. Benjamini and
Y. Hochberg, J. R. Stat. Soc. B 57 (1995) 289.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TINY = 1e-300
_EXACT = 1e-13
_MOST_STEPS = 400
_LOOK_EVERY = 4
_NORMAL = NormalDist()
_LOG_GAMMA = np.frompyfunc(math.lgamma, 1, 1)


def log_gamma(values: Floats) -> Floats:
    """ln Γ of each positive value."""
    return np.asarray(_LOG_GAMMA(values), np.float64)


def beta_share(x: Floats, a: Floats, b: Floats) -> Floats:
    """The regularised incomplete beta function I_x(a, b), 0..1. ``a`` and ``b`` are positive, ``x`` in 0..1."""
    x, a, b = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(a, np.float64), np.asarray(b, np.float64))
    turned = x > (a + 1) / (a + b + 2)
    # The fraction converges fast on one side of the mean only; the other side is one minus its mirror image.
    p, q, y = np.where(turned, b, a), np.where(turned, a, b), np.where(turned, 1 - x, x)
    with np.errstate(divide="ignore", invalid="ignore", under="ignore", over="ignore"):
        log_front = log_gamma(p + q) - log_gamma(p) - log_gamma(q) + p * np.log(y) + q * np.log1p(-y)
        found = np.exp(log_front) * _fraction(y, p, q) / p
    found = np.where(y <= 0, 0.0, np.where(y >= 1, 1.0, found))
    return np.asarray(np.clip(np.where(turned, 1 - found, found), 0.0, 1.0), np.float64)


def _fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    shape = x.shape
    x, a, b = x.ravel(), a.ravel(), b.ravel()
    found = np.ones_like(x)
    left = np.arange(x.size)
    c = np.ones_like(x)
    d = 1 / _off_zero(1 - (a + b) * x / (a + 1))
    running = d.copy()
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / _off_zero(1 + even * d), _off_zero(1 + even / c)
        running = running * d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / _off_zero(1 + odd * d), _off_zero(1 + odd / c)
        step = d * c
        running = running * step
        if m % _LOOK_EVERY:
            continue
        # Most settle within a few steps; only the rest goes on.
        open_still = np.abs(step - 1) >= _EXACT
        found[left[~open_still]] = running[~open_still]
        if not open_still.any():
            return np.asarray(found.reshape(shape), np.float64)
        left, x, a, b = left[open_still], x[open_still], a[open_still], b[open_still]
        c, d, running = c[open_still], d[open_still], running[open_still]
    found[left] = running
    return np.asarray(found.reshape(shape), np.float64)


def _off_zero(values: Floats) -> Floats:
    return np.where(np.abs(values) < _TINY, _TINY, values)


def at_least(k: Floats, n: Floats, share: Floats) -> Floats:
    """Chance of ``k`` or more of ``n`` when each comes with probability ``share``; ``k`` and ``n`` may be fractions.

    1 where ``k`` is 0. At fractions it is the continuous curve through the binomial tails.
    """
    k, n, share = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64), np.asarray(share))
    found = beta_share(share, np.maximum(k, _TINY), np.maximum(n - k, 0) + 1)
    return np.asarray(np.where(k <= 0, 1.0, found), np.float64)


def at_most(k: Floats, n: Floats, share: Floats) -> Floats:
    """Chance of ``k`` or fewer of ``n``, likewise; 1 where ``k`` is ``n``."""
    k, n, share = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64), np.asarray(share))
    return at_least(n - k, n, 1 - share)


def drawn_at_least(hits: Floats, marked: Floats, drawn: Floats, total: Floats) -> Floats:
    """Chance that ``drawn`` of ``total`` cells, taken blindly, hold ``hits`` or more of the ``marked`` ones (hypergeometric)."""
    hits, marked, drawn, total = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (hits, marked, drawn, total)))
    most = np.minimum(marked, drawn)
    everything = _log_choose(total, drawn)
    found = np.zeros(hits.shape)
    for more in range(int(np.max(most - hits, initial=-1)) + 1):
        x = hits + more
        possible = (x <= most) & (drawn - x <= total - marked)
        x = np.where(possible, x, np.maximum(0, drawn - (total - marked)))
        log = _log_choose(marked, x) + _log_choose(total - marked, drawn - x) - everything
        found += np.where(possible, np.exp(np.minimum(log, 0.0)), 0.0)
    return np.asarray(np.minimum(found, 1.0), np.float64)


def _log_choose(n: Floats, k: Floats) -> Floats:
    k = np.clip(k, 0, n)
    return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)


def student_tail(t: Floats, freedom: Floats) -> Floats:
    """Chance that Student's t with ``freedom`` degrees exceeds ``t``; normal where ``freedom`` is infinite."""
    t, freedom = np.broadcast_arrays(np.asarray(t, np.float64), np.asarray(freedom, np.float64))
    bounded = np.minimum(freedom, 1e6)
    tail = beta_share(bounded / (bounded + t * t), bounded / 2, np.full(t.shape, 0.5)) / 2
    return np.asarray(np.where(t >= 0, tail, 1 - tail), np.float64)


def normal_deviates(tails: Floats) -> Floats:
    """The z that a standard normal exceeds with each probability; bounded at ±37, where floats end."""
    clipped = np.clip(np.asarray(tails, np.float64), 1e-300, 1 - 1e-16)
    return np.array([-_NORMAL.inv_cdf(p) for p in clipped.ravel()], np.float64).reshape(clipped.shape)


def corrected(p: Floats) -> Floats:
    """p-values corrected after Benjamini and Hochberg: claiming all at or below q keeps the share of false claims at q."""
    p = np.asarray(p, np.float64)
    if not p.size:
        return p
    order = np.argsort(p, kind="stable")
    raised = p[order] * p.size / np.arange(1, p.size + 1)
    lowest = np.minimum.accumulate(raised[::-1])[::-1]
    found = np.empty_like(p)
    found[order] = np.minimum(lowest, 1.0)
    return found
