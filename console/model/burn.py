"""Burn rate of an error budget on two windows, with the confidence its evidence allows, and a slow-leak rule.

A pair fires when the long window burns faster than ``factor`` budgets even at the lower bound of its interval, and the
short window still does. Windows and factors: B. Beyer et al., The Site Reliability Workbook (2018), chapter 5: 14.4 over
1 h spends 2 % of a 30-day budget, 6 over 6 h 5 %, 1 over 3 d 10 %: the slow leak.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from console.model.rolling import Bools, Floats, rolling, wilson_low

CERTAIN = 1.6448536269514722
"""One-sided 95 %."""


class Pair(NamedTuple):
    """Windows in minutes."""

    long: int
    short: int
    factor: float
    name: str


PAIRS = (
    Pair(60, 5, 14.4, "fast"),
    Pair(360, 30, 6.0, "slow"),
    Pair(4320, 360, 1.0, "slow leak"),
)
LONGEST = max(pair.long for pair in PAIRS)


class Burnt(NamedTuple):
    """Per minute: whether any pair burns, the rate of the pair that burns most by its bound (budgets), and which it is."""

    burns: Bools
    rate: Floats
    bound: Floats
    pair: np.ndarray[tuple[int], np.dtype[np.int8]]


def burnt(bad: Floats, n: Floats, budget: float, least: int) -> Burnt:
    """``bad`` of ``n`` calls a minute, 0 where nothing is known. ``least``: failures below which a window says nothing."""
    burns = np.zeros(len(bad), np.bool_)
    rate, bound = np.zeros(len(bad)), np.zeros(len(bad))
    chosen = np.zeros(len(bad), np.int8)
    most = np.full(len(bad), -1.0)
    for place, pair in enumerate(PAIRS):
        limit = min(pair.factor * budget, 0.9)
        failed, calls = rolling(bad, pair.long), rolling(n, pair.long)
        low = wilson_low(failed, calls, CERTAIN)
        short_calls = rolling(n, pair.short)
        with np.errstate(invalid="ignore", divide="ignore"):
            short = np.where(short_calls > 0, rolling(bad, pair.short) / short_calls, 0.0)
            share = np.where(calls > 0, failed / calls, 0.0)
        over = (low > limit) & (short > limit) & (failed >= least)
        nearness = np.where(over, 1.0, 0.0) + np.minimum(low / limit, 1e6) * 1e-7
        better = nearness > most
        most = np.where(better, nearness, most)
        rate = np.where(better, share / budget, rate)
        bound = np.where(better, low / budget, bound)
        chosen = np.where(better, place, chosen).astype(np.int8)
        burns |= over
    return Burnt(burns, rate, bound, chosen)
