"""Counts and levels of a span against windows of the same length before it, many candidates at once.

Each count is compared as a rate: events by exposure (failures by calls, tickets by covered seconds). Unknown time has no
exposure and so says nothing on either side. The comparison is the conditional test of two Poisson means (J. Przyborowski
and H. Wilenski, Biometrika 31 (1940) 313) on effective counts: traffic is never Poisson, so a count k with variance
φk + τ²k² weighs as k / (φ + τ²k). φ (calls that fail together) and τ (a rate that wanders from day to day) are measured
on the windows before, pooled over all candidates of a family, and raised where a candidate wanders more. A family too
small to measure them well is judged by Student's t instead of the normal, and no claim is surer than slots of time drawn
blindly from all windows allow (a permutation test's floor, which asks nothing of the shape of bursts).

The hypothesis refused is not "no change at all", which any large gateway refuses every hour, but "less than a tenth"
(D. J. McCarthy and G. K. Smyth, Bioinformatics 25 (2009) 765). Window 0 is the span, the others stand before it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from console.model.chance import at_least, drawn_at_least, normal_deviates, student_tail

Floats = NDArray[np.float64]

_LEAST_CHANGE = np.log(1.1)
_ENOUGH_WINDOWS = 4
_INFORMATIVE = 3.0
"""Expected events a cell must have for its scatter to say anything."""
_PRIOR_FREEDOM = 12.0
_ENOUGH_SLOTS = 3
_TROUBLED = 5.0
_MANY = 8


class Judged(NamedTuple):
    """Arrays by candidate. ``p`` uncorrected, NaN where there is nothing to compare; ``change`` = ln ratio, ± ``error``."""

    before: Floats
    during: Floats
    change: Floats
    error: Floats
    p: Floats
    n: Floats


class Sides(NamedTuple):
    """Effective counts of both sides, ready to be compared: ``k`` of ``n`` fell into the span, where ``likely`` is the
    share of the least change. ``rose``: which tail to take. ``freedom`` of the scatter that weighed them. ``blind``: the
    chance that slots taken blindly would look like the span's."""

    told: Judged
    k: Floats
    n: Floats
    likely: Floats
    rose: NDArray[np.bool_]
    freedom: Floats
    blind: Floats


def judge_counts(events: Floats, exposure: Floats) -> Judged:
    """Compare window 0 with the others. Shapes as in ``Counts``."""
    return compared([sides_of(events, exposure)])[0]


def sides_of(events: Floats, exposure: Floats, left_out: tuple[int, ...] = ()) -> Sides:
    all_exposure = np.broadcast_to(exposure, events.shape)
    all_known = np.where(all_exposure > 0, events, 0.0)
    kept = [n for n in range(events.shape[1]) if n not in left_out]
    exposure, known = all_exposure[:, kept], all_known[:, kept]
    k, n = known.sum(axis=2), exposure.sum(axis=2)
    k1, n1, k0, n0 = k[:, 0], n[:, 0], k[:, 1:].sum(axis=1), n[:, 1:].sum(axis=1)
    scatter = _scatter(known, exposure)
    usable = (n1 > 0) & (n0 > 0) & (k0 + k1 > 0)
    safe1, safe0 = np.where(n1 > 0, n1, 1.0), np.where(n0 > 0, n0, 1.0)
    rate = np.where(usable, (k0 + k1) / (safe0 + safe1), 0.0)
    windows_known = np.maximum(1, (n[:, 1:] > 0).sum(axis=1))
    # Under the hypothesis both sides share the rate; their own counts would let a burst vouch for itself.
    weight1 = np.maximum(scatter.phi + scatter.tau2 * rate * safe1, scatter.phi + scatter.tau2 * k1 / 4)
    weight0 = scatter.phi + scatter.tau2 * rate * safe0 / windows_known
    e1, e0, m1, m0 = k1 / weight1, k0 / weight0, safe1 / weight1, safe0 / weight0
    change = np.log((e1 + 0.5) / m1) - np.log((e0 + 0.5) / m0)
    error = np.sqrt(1 / (e1 + 0.5) + 1 / (e0 + 0.5))
    factor = np.exp(_LEAST_CHANGE)
    rose = change >= 0
    likely = np.where(rose, factor * m1 / (factor * m1 + m0), m1 / (m1 + factor * m0))
    share = scatter.tau2 * rate * safe1 / np.maximum(weight1, 1e-12)
    freedom = scatter.freedom / np.maximum(share**2, 1e-6)
    p = np.where(usable, 1.0, np.nan)
    told = Judged(_or_none(k0 / safe0, n0), _or_none(k1 / safe1, n1), change, error, p, k0 + k1)
    # A window that was itself in trouble is no measure of the usual, but still shows what time can do by itself.
    blind = _blindly(all_known, all_exposure, k0 / safe0, np.where(n1 > 0, k1 / safe1, 0.0), rose)
    return Sides(told, e1, e1 + e0, likely, rose, freedom, blind)


def _blindly(known: Floats, exposure: Floats, before: Floats, during: Floats, rose: NDArray[np.bool_]) -> Floats:
    """Chance that as many slots taken blindly from all windows hold as many extreme ones as the span does.

    Extreme: beyond the middle of both rates, by their logarithms, and no farther from the span's than four times. What
    comes in bursts has no scatter that a few windows could tell: this asks nothing of its shape. 0 where the span has too
    few slots to ask.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = known / exposure
    heard = exposure > 0
    middle = np.sqrt(before * during)
    above, below = np.maximum(middle, during / 4)[:, None, None], np.minimum(middle, during * 4)[:, None, None]
    extreme = heard & np.where(rose[:, None, None], (rates >= above) & (rates > 0), rates <= below)
    drawn, total = heard[:, 0].sum(axis=1), heard.sum(axis=(1, 2))
    blind = drawn_at_least(extreme[:, 0].sum(axis=1), extreme.sum(axis=(1, 2)), drawn, total)
    return np.asarray(np.where((drawn >= _ENOUGH_SLOTS) & (total > drawn), blind, 0.0))


def compared(sides: list[Sides]) -> list[Judged]:
    """All of them in one go: a tail costs as much for one candidate as for a thousand."""
    if not sides:
        return []
    k, n, likely, rose, freedom, blind = (np.concatenate([s[i] for s in sides]) for i in range(1, 7))
    p = np.concatenate([s.told.p for s in sides])
    # What changed by less than the least change has a tail near one half or above: it is not worth working out.
    usable = np.isfinite(p) & (np.abs(np.concatenate([s.told.change for s in sides])) > _LEAST_CHANGE)
    # The lower tail of k is the upper tail of what is left of n.
    tail = at_least(np.where(rose, k, n - k)[usable], n[usable], np.where(rose, likely, 1 - likely)[usable])
    p[usable] = np.minimum(1.0, 2 * student_tail(normal_deviates(tail), freedom[usable]))
    p[usable] = np.maximum(p[usable], blind[usable])
    cuts = np.cumsum([len(s.k) for s in sides])[:-1]
    return [s.told._replace(p=part) for s, part in zip(sides, np.split(p, cuts), strict=True)]


class _Scatter(NamedTuple):
    """Variance φk + τ²k² of a window's count. ``phi`` of the family, ``tau2`` and ``freedom`` by candidate."""

    phi: float
    tau2: Floats
    freedom: Floats


class _Measured(NamedTuple):
    """``ratio``: variance by mean; ``mean``: events a cell is expected to have; ``freedom``: cells less parameters."""

    ratio: Floats
    mean: Floats
    freedom: Floats


def _measure(k: Floats, n: Floats) -> _Measured:
    """Scatter of cells [candidate, group, cell] about the rate of their group, summed over the groups."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = k.sum(axis=2, keepdims=True) / n.sum(axis=2, keepdims=True)
        mean = np.nan_to_num(rate * n)
        total = mean.sum(axis=2, keepdims=True)
        pull = np.where(total > 0, mean / total, 0.0)
        chi = np.where(mean > 0, (k - mean) ** 2 / mean, 0.0).sum(axis=(1, 2))
    freedom = np.maximum(((mean > 0).sum(axis=2) - 1), 0).sum(axis=1).astype(np.float64)
    spread = (mean * (1 - pull)).sum(axis=(1, 2))
    safe = np.maximum(freedom, 1)
    return _Measured(chi / safe, spread / safe, freedom)


def _scatter(k: Floats, n: Floats) -> _Scatter:
    across = _measure(k[:, None, 1:].sum(axis=3), n[:, None, 1:].sum(axis=3))
    within = _measure(k[:, 1:], n[:, 1:])
    phi = max(1.0, _of_family(within)[0])
    known = (n[:, 1:].sum(axis=2) > 0).sum(axis=1)
    tau_days = _tau(across, phi)
    tau_slots = _tau(within, phi)
    enough = known >= _ENOUGH_WINDOWS
    slots = np.maximum(1, (n[:, 1:] > 0).sum(axis=(1, 2)) / np.maximum(known, 1))
    # With several days their scatter is what counts; with few, neighbouring minutes must stand for it, and as they
    # wander together their scatter is taken as it is.
    tau2 = np.where(enough, np.maximum(tau_days, tau_slots / slots), np.maximum(tau_days, tau_slots))
    own = np.where(enough, across.freedom, within.freedom / 2)
    prior = _PRIOR_FREEDOM if len(k) >= _MANY else 0.0
    return _Scatter(phi, tau2, np.maximum(1.0, own + prior))


def _of_family(told: _Measured) -> tuple[float, float]:
    """φ and τ² of a family: medians over its candidates, the small ones telling φ and the large ones τ²."""
    use = (told.mean >= _INFORMATIVE) & (told.freedom >= 1)
    if not use.any():
        return 1.0, 0.0
    # A median of chi squares lies below their mean (E. B. Wilson and M. M. Hilferty, PNAS 17 (1931) 684).
    ratio = told.ratio[use] / (1 - 2 / (9 * np.maximum(told.freedom[use], 1))) ** 3
    mean = told.mean[use]
    middle = np.median(mean)
    phi = float(np.median(ratio[mean <= middle]))
    large = mean >= middle
    return phi, max(0.0, float(np.median((ratio[large] - max(1.0, phi)) / mean[large])))


def _tau(told: _Measured, phi: float) -> Floats:
    """τ² by candidate: the family's, or the candidate's own where it is beyond what chance makes of the family's."""
    use = (told.mean >= _INFORMATIVE) & (told.freedom >= 1)
    family = 0.0
    if use.any():
        ratio = told.ratio[use] / (1 - 2 / (9 * np.maximum(told.freedom[use], 1))) ** 3
        family = max(0.0, float(np.median((ratio - phi) / told.mean[use])))
    usual = phi + family * told.mean
    slack = usual * np.sqrt(2 / np.maximum(told.freedom, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        own = (told.ratio - phi - slack) / told.mean
    own = np.where((told.freedom >= 1) & (told.mean > 0), np.nan_to_num(own), 0.0)
    return np.maximum(family, np.clip(own, 0.0, 1e6))


def judge_levels(values: Floats) -> Judged:
    """Compare mean levels by Student's t. With fewer than four windows one slot stands for a window's whole scatter."""
    with np.errstate(invalid="ignore"):
        known = np.isfinite(values)
        count = known.sum(axis=2)
        means = np.where(count > 0, np.where(known, values, 0).sum(axis=2) / np.maximum(count, 1), np.nan)
    during = means[:, 0]
    past, slots = means[:, 1:], values[:, 1:].reshape(len(values), -1)
    n_windows, n_slots = np.isfinite(past).sum(axis=1), np.isfinite(slots).sum(axis=1)
    before = _mean(past)
    wide, fine = _deviation(past), _deviation(slots)
    enough = n_windows >= _ENOUGH_WINDOWS
    deviation = np.where(enough, wide, fine)
    pieces = np.where(enough, n_windows, n_slots)
    # A gauge that never changed says nothing about how it would: a hundredth of its level is taken as its least scatter.
    deviation = np.maximum(deviation, 0.01 * np.abs(before))
    error = deviation * np.sqrt(1 + 1 / np.maximum(np.where(enough, n_windows, 1), 1))
    shift = during - before
    margin = np.abs(before) * (np.exp(_LEAST_CHANGE) - 1)
    usable = np.isfinite(shift) & (pieces >= 3) & (error > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(usable, (np.abs(shift) - margin) / error, 0.0)
        p = np.where(usable, np.minimum(1.0, 2 * student_tail(t, np.maximum(pieces - 1, 1).astype(np.float64))), np.nan)
        both = (during > 0) & (before > 0)
        change = np.where(both, np.log(during / before), np.sign(shift) * np.abs(shift) / np.maximum(error, 1e-12) / 10)
        relative = np.where(both, error / np.maximum(np.abs(before), 1e-12), 1.0)
    return Judged(before, during, change, relative, p, (n_slots + count[:, 0]).astype(np.float64))


def _mean(values: Floats) -> Floats:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.asarray(np.where(count > 0, np.where(known, values, 0).sum(axis=1) / np.maximum(count, 1), np.nan))


def _deviation(values: Floats) -> Floats:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    apart = np.where(known, values - _mean(values)[:, None], 0)
    return np.asarray(np.sqrt((apart**2).sum(axis=1) / np.maximum(count - 1, 1)))


def _or_none(values: Floats, exposure: Floats) -> Floats:
    return np.asarray(np.where(exposure > 0, values, np.nan))


def troubled(failed: Floats, calls: Floats) -> tuple[int, ...]:
    """Windows before the span that were in trouble themselves: they failed many times as much as the middle one did.

    ``failed`` and ``calls`` [window, slot] of the whole gateway. At most a third is left out, the worst first.
    """
    k, n = failed.sum(axis=1), calls.sum(axis=1)
    heard = [w for w in range(1, len(k)) if n[w] > 0]
    if len(heard) < _ENOUGH_WINDOWS:
        return ()
    share = {w: float(k[w] / n[w]) for w in heard}
    middle = float(np.median(list(share.values())))
    worst = sorted((w for w in heard if share[w] > _TROUBLED * middle and k[w] >= 10), key=lambda w: -share[w])
    return tuple(sorted(worst[: len(heard) // 3]))
