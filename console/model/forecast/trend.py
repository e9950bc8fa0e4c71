"""The rate of something counted by the day: its level now and its trend, both uncertain, drawn on into the future.

A Poisson regression of the daily counts on time, fitted by Newton's method with normal priors (a Laplace approximation:
MacKay, Information Theory, Inference, and Learning Algorithms, 2003, ch. 27). Days scatter more than Poisson: a count of
mean m varies by m + s m² (negative binomial; McCullagh and Nelder, Generalized Linear Models, 2nd ed. 1989, 11.2), with s
found from the residuals. The trend is damped towards the future (Gardner and McKenzie, Management Science 31 (1985)
1237), so that neither a fall nor a rise is drawn out for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.model.forecast.standing import Floats

_DAMPED = 0.9
"""What is left of a day's trend the day after."""
_SCATTER_DAYS = 3.0
"""How many days the opinion on the scatter is worth before any was seen."""
_MOST_LOG = 3.0


@dataclass(frozen=True, slots=True)
class Prior:
    """Before any day is seen: ``slope`` is the change of the log-rate a day. ``scatter``: variance of a day's factor."""

    slope: float = 0.0
    slope_sd: float = 0.12
    level_sd: float = 1.5
    scatter: float = 0.08


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """Log-level now and slope a day: ``mean``, ``covariance``; ``scatter`` as found."""

    mean: Floats
    covariance: Floats
    scatter: float

    def daily(self, days: int, futures: int, rng: np.random.Generator) -> Floats:
        """Expected counts of the coming days, futures × days, without a day's own factor."""
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(2))
        drawn = self.mean + rng.standard_normal((futures, 2)) @ root.T
        damped = (1 - _DAMPED ** (np.arange(days) + 0.5)) / (1 - _DAMPED)
        rise = np.clip(drawn[:, 1:] * damped, -_MOST_LOG, _MOST_LOG)
        return np.asarray(np.exp(np.clip(drawn[:, :1] + rise, -8, 12)), dtype=np.float64)


def fit(counts: Floats, usual: Floats, prior: Prior) -> Trend:
    """``counts`` of whole days, oldest first, the last one ending now. ``usual``: each day's known factor, 1 without any."""
    days = len(counts)
    times = np.arange(days) - days + 0.5
    start = np.array([np.log((counts.sum() + 0.5) / (days + 0.5)), prior.slope])
    weights = np.diag([1 / prior.level_sd**2, 1 / prior.slope_sd**2])
    design = np.column_stack([np.ones(days), times])
    found, scatter, precision = start.copy(), prior.scatter, weights
    for _ in range(25):
        mean = np.exp(np.clip(design @ found, -10, 12)) * usual
        weight = 1 / (1 + scatter * mean)
        gradient = design.T @ ((counts - mean) * weight) - weights @ (found - start)
        precision = design.T @ (design * (mean * weight)[:, None]) + weights
        step = np.linalg.solve(precision, gradient)
        found = found + np.clip(step, -1.0, 1.0)
        excess = max(0.0, float(((counts - mean) ** 2 - mean).sum() / max(float((mean**2).sum()), 1e-9)))
        scatter = float(np.clip((prior.scatter * _SCATTER_DAYS + excess * days) / (_SCATTER_DAYS + days), 0.01, 1.0))
        if np.abs(step).max() < 1e-8:
            break
    return Trend(found, np.linalg.inv(precision), scatter)
