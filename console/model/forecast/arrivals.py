"""How many tickets will come: a level and a trend learnt from the days since go-live, both uncertain.

A Poisson regression of the daily counts on time, fitted by Newton's method with normal priors (a Laplace approximation:
MacKay, Information Theory, Inference, and Learning Algorithms, 2003, ch. 27), widened by Pearson's dispersion
(McCullagh and Nelder, Generalized Linear Models, 2nd ed. 1989, 4.5). The trend is damped towards the future (Gardner and
McKenzie, Management Science 31 (1985) 1237), so that neither a fall nor a rise is drawn out for ever. Days scatter more
than Poisson: each gets a gamma factor. A week's shape is used only after two whole weeks.

Assumed: what comes next resembles what came, releases to come included; the hour of the day does not matter, because
every rule over tickets looks at whole days or at what is open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.model.forecast.standing import STEPS_A_DAY, Floats, Volume

_DAMPED = 0.9
"""What is left of a day's trend the day after."""
_SLOPE_SD = 0.12
"""Before any day is seen: log-rate per day."""
_LEVEL_SD = 1.5
_SCATTER, _SCATTER_DAYS = 0.08, 3.0
"""Before any day is seen: variance of a day's factor, and how many days that opinion is worth."""
_WEEK_WEIGHT = 30.0
_MOST_LOG = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Tide:
    """Expected tickets of all severities: ``daily`` (futures × coming days), and the day each coming step falls on."""

    daily: Floats
    day_of_step: Floats

    def steps(self, share: Floats, rng: np.random.Generator) -> Floats:
        """Arrivals of a part: futures × steps. ``share`` is the part's share of all tickets, one a future."""
        rate = self.daily[:, self.day_of_step.astype(np.int64)] * share[:, None] / STEPS_A_DAY
        return rng.poisson(rate).astype(np.float64)


def tide(volume: Volume, steps: int, futures: int, rng: np.random.Generator) -> Tide:
    """The futures of the daily rate."""
    days = -(-steps // STEPS_A_DAY)
    counts = _by_day(volume.arrivals)
    ages = np.arange(len(counts))[::-1] + 0.5
    week = _week(volume, counts)
    past_week = _of_days(week, volume.weekday, len(counts))
    mean, cov, scatter = _fit(counts, -ages, past_week)
    root = np.linalg.cholesky(cov + 1e-12 * np.eye(2))
    drawn = mean + rng.standard_normal((futures, 2)) @ root.T
    ahead = np.arange(days) + 0.5
    damped = (1 - _DAMPED**ahead) / (1 - _DAMPED)
    log_rate = drawn[:, :1] + np.clip(drawn[:, 1:] * damped, -_MOST_LOG, _MOST_LOG)
    factor = rng.gamma(1 / scatter, scatter, (futures, days))
    coming = week[volume.coming[::STEPS_A_DAY][:days]] if len(volume.coming) >= steps else np.ones(days)
    return Tide(np.exp(np.clip(log_rate, -8, 12)) * factor * coming, np.arange(steps) // STEPS_A_DAY)


def _by_day(arrivals: Floats) -> Floats:
    """Counts of whole days back from now, oldest first; a day that had only begun at go-live is left out."""
    whole = len(arrivals) // STEPS_A_DAY * STEPS_A_DAY
    return arrivals[len(arrivals) - whole :].reshape(-1, STEPS_A_DAY).sum(axis=1)


def _week(volume: Volume, counts: Floats) -> Floats:
    """A factor for each weekday, drawn towards 1."""
    if len(counts) < 14 or len(volume.weekday) < len(counts) * STEPS_A_DAY:
        return np.ones(7)
    days = _day_numbers(volume.weekday, len(counts))
    smooth = max(counts.mean(), 1e-9)
    seen = np.bincount(days, weights=counts, minlength=7)
    expected = np.bincount(days, minlength=7) * smooth
    found = (seen + _WEEK_WEIGHT) / (expected + _WEEK_WEIGHT)
    return np.asarray(found / found.mean(), dtype=np.float64)


def _of_days(week: Floats, weekday: np.ndarray, days: int) -> Floats:
    return week[_day_numbers(weekday, days)] if len(weekday) >= days * STEPS_A_DAY else np.ones(days)


def _day_numbers(weekday: np.ndarray, days: int) -> np.ndarray:
    return weekday[len(weekday) - days * STEPS_A_DAY :: STEPS_A_DAY]


def _fit(counts: Floats, times: Floats, offset: Floats) -> tuple[Floats, Floats, float]:
    """Log-level now and slope per day: mean, covariance; and the variance of a day's factor."""
    prior_mean = np.array([np.log((counts.sum() + 0.5) / (len(counts) + 0.5)) if len(counts) else 0.0, 0.0])
    prior = np.diag([1 / _LEVEL_SD**2, 1 / _SLOPE_SD**2])
    design = np.column_stack([np.ones(len(counts)), times])
    found = prior_mean.copy()
    scatter = _SCATTER
    for _ in range(25):
        mu = np.exp(np.clip(design @ found, -10, 12)) * offset
        # A count of mean mu and scatter psi varies by mu + psi mu²: busy days say less than Poisson would have them say.
        weight = 1 / (1 + scatter * mu)
        gradient = design.T @ ((counts - mu) * weight) - prior @ (found - prior_mean)
        precision = design.T @ (design * (mu * weight)[:, None]) + prior
        step = np.linalg.solve(precision, gradient)
        found = found + np.clip(step, -1.0, 1.0)
        spread = ((counts - mu) ** 2 - mu).sum() / max((mu**2).sum(), 1e-9) if len(counts) else 0.0
        scatter = float(
            np.clip((_SCATTER * _SCATTER_DAYS + max(0.0, spread) * len(counts)) / (_SCATTER_DAYS + len(counts)), 0.01, 1)
        )
        if np.abs(step).max() < 1e-8:
            break
    return found, np.linalg.inv(precision), scatter
