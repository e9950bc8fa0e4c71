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
_ENOUGH = 0.25
"""Share of its long window that must be known before a pair may speak: an hour says nothing about three days."""
LONGEST = max(pair.long for pair in PAIRS)


class Burnt(NamedTuple):
    """Per minute: whether any pair burns, the rate of the pair that burns most by its bound (budgets), and which it is."""

    burns: Bools
    rate: Floats
    bound: Floats
    pair: np.ndarray[tuple[int], np.dtype[np.int8]]


def burnt(bad: Floats, n: Floats, known: Floats, budget: float, least: int, last: int) -> Burnt:
    """Of the ``last`` minutes. ``bad`` of ``n`` calls a minute, 0 where nothing is known, and ``known`` 1 where it is; with the
    minutes before them as far as there are any. ``least``: failures below which a window says nothing.
    """
    burns = np.zeros(last, np.bool_)
    rate, bound = np.zeros(last), np.zeros(last)
    chosen = np.zeros(last, np.int8)
    if not bad.any():
        return Burnt(burns, rate, bound, chosen)
    most = np.full(last, -1.0)
    for place, pair in enumerate(PAIRS):
        limit = min(pair.factor * budget, 0.9)
        failed, calls = rolling(bad, pair.long, last), rolling(n, pair.long, last)
        low = wilson_low(failed, calls, CERTAIN)
        short_calls = rolling(n, pair.short, last)
        with np.errstate(invalid="ignore", divide="ignore"):
            short = np.where(short_calls > 0, rolling(bad, pair.short, last) / short_calls, 0.0)
            share = np.where(calls > 0, failed / calls, 0.0)
        over = (
            (low > limit)
            & (short > limit)
            & (failed >= least)
            & (rolling(known, pair.long, last) >= pair.long * _ENOUGH)
        )
        # The fastest pair that burns is what one is told; where none does, the one that is nearest to it.
        nearness = np.where(over, 10.0 - place, np.minimum(low / limit, 1.0))
        better = nearness > most
        most = np.where(better, nearness, most)
        rate = np.where(better, share / budget, rate)
        bound = np.where(better, low / budget, bound)
        chosen = np.where(better, place, chosen).astype(np.int8)
        burns |= over
    return Burnt(burns, rate, bound, chosen)
