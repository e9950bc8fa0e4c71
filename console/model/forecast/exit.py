"""The forecast itself: the criteria of each future laid over each other, and the first instant at which all hold.

Assumed and told with every forecast: what a person signs is signed in time; a waiver holds until its end and not longer;
a criterion without a model that holds goes on holding, and one that does not waits as long again as it has waited with
probability one half (rule of succession: Laplace; for waiting times Gott, Nature 363 (1993) 315).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.forecast import windows
from console.model.forecast.arrivals import Coming, Tide, tide
from console.model.forecast.fixing import Pace, learn, open_ahead, separable, with_closed
from console.model.forecast.luck import Luck
from console.model.forecast.standing import STEP, STEPS_A_DAY, Answers, Defects, Flags, Floats, Judged, Standing
from console.model.interval import Z_95

FUTURES = 2000
READY = 0.8
VERSION = 1
"""Of the model; stands beside every stored forecast, since another model's score is not this one's."""
_NEVER = np.inf
_MOST_ANSWERS = 20_000
_OLD_ANSWERS = 0.7
"""What an answer from before the last week tells of those to come."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``probability``: of exit on or before each day. ``low``, ``high``: days from now; None: after the last day.

    The interval holds at least 80 % of the futures: the middle ones; where more than a tenth have not ended with the
    last day, those and the latest of the others. ``ready``: the first day with 80 %, as an index.
    """

    probability: tuple[float, ...]
    low: float | None
    high: float | None

    @property
    def ready(self) -> int | None:
        return next((i for i, p in enumerate(self.probability) if p >= READY), None)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """``kind``: ``closes`` (a ticket), ``stays`` (a share), ``waived`` or ``without`` (a criterion); ``subject`` names it."""

    kind: str
    subject: str
    outcome: Outcome
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """``binding``: the criterion that is most often the last to hold; ``last``: how often each is, shares of the futures.

    ``blocked``: why there is no forecast; then there is no outcome. ``assumed``: (what, about which criteria).
    """

    outcome: Outcome | None
    binding: str = ""
    last: tuple[tuple[str, float], ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
    assumed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    blocked: str = ""
    futures: int = FUTURES
    seed: int = 0


class Futures:
    """All futures of one standing. Costs about 100 ms for 2 000; each what-if a few more."""

    def __init__(self, standing: Standing, seed: int, futures: int = FUTURES) -> None:
        self.standing = standing
        self.count = futures
        self._luck = Luck(seed)
        self._tide: Tide | None = None
        self._played: dict[str, tuple[Coming, Pace, Floats]] = {}
        self._days: windows.Days | None = None
        self.held = {judged.key: self._holds(judged) for judged in standing.criteria}

    def outcome(self, instead: dict[str, Flags] | None = None) -> Outcome:
        """``instead``: what holds by criterion where it differs."""
        return self._outcome(self.ends(instead))

    def ends(self, instead: dict[str, Flags] | None = None) -> Floats:
        """Days from now to the exit of each future, infinite where there is none before the last day ends."""
        every = np.ones((self.count, self.standing.steps + 1), dtype=np.bool_)
        for held in {**self.held, **(instead or {})}.values():
            every &= held
        first = np.argmax(every, axis=1)
        return np.where(every[np.arange(self.count), first], first * STEP, _NEVER)

    def last(self) -> dict[str, float]:
        """How often each criterion is what is missing just before the exit; where there is none, how long it is missing."""
        ends = self.ends()
        done = np.isfinite(ends) & (ends > 0)
        step = np.where(done, np.round(ends / STEP) - 1, 0).astype(np.int64)
        found = {}
        missing = {}
        for key, held in self.held.items():
            missing[key] = np.where(done, ~held[np.arange(self.count), step], 0.0) + np.where(
                np.isinf(ends), (~held).mean(axis=1), 0.0
            )
        total = sum(missing.values(), np.zeros(self.count))
        for key, values in missing.items():
            found[key] = float(np.divide(values, total, out=np.zeros(self.count), where=total > 0).mean())
        return found

    def closing(self, ticket: str) -> Outcome:
        """What if this open P1 or P2 were fixed for good now."""
        for name, defects in (("p1_resolved", self.standing.p1), ("p2_resolved", self.standing.p2)):
            if defects is None or name not in self.held or ticket not in dict(defects.open_tickets()):
                continue
            judged = next(c for c in self.standing.criteria if c.key == name)
            coming, pace, ahead = self._played[defects.severity]
            fewer = with_closed(ahead, ticket, defects, coming, pace, self._luck.under(defects.severity))
            return self.outcome({name: self._over(judged, self._resolved(defects, judged, coming, fewer))})
        return self.outcome()

    def staying(self, criterion: str, share: float) -> Outcome:
        """What if a share stayed at a value from now on."""
        judged = next(c for c in self.standing.criteria if c.key == criterion)
        return self.outcome({criterion: self._over(judged, self._shares(judged, share))})

    def without(self, criterion: str) -> Outcome:
        """What if a criterion were waived."""
        return self.outcome({criterion: np.ones_like(self.held[criterion])})

    def _outcome(self, ends: Floats) -> Outcome:
        edges = np.asarray(self.standing.day_ends)
        probability = tuple(float((ends <= edge + 1e-9).mean()) for edge in edges)
        ends = np.where(ends <= edges[-1] + 1e-9, ends, _NEVER)
        never = float(np.isinf(ends).mean())
        low, high = (0.1, 0.9) if never <= 0.1 else (0.2, 1.0)
        ordered = np.sort(ends)
        # An exit found at the end of a step came somewhere in it.
        first = max(0.0, ordered[min(self.count - 1, int(low * self.count))] - STEP)
        last = ordered[min(self.count - 1, int(np.ceil(high * self.count)) - 1)]
        return Outcome(probability, *(None if np.isinf(x) else float(x) for x in (first, last)))

    # One criterion

    def _holds(self, judged: Judged) -> Flags:
        standing = self.standing
        defects = {"p1_resolved": standing.p1, "p2_resolved": standing.p2}.get(judged.key)
        if defects is not None:
            return self._over(judged, self._defects(defects, judged))
        if any(share.criterion == judged.key for share in standing.shares):
            return self._over(judged, self._shares(judged))
        if judged.key == "ticket_volume" and standing.volume is not None:
            return self._over(judged, self._volume())
        if judged.key == "csat" and standing.answers is not None:
            return self._over(judged, self._answers(standing.answers))
        if judged.key in standing.signed:
            return np.ones((self.count, standing.steps + 1), dtype=np.bool_)
        return self._over(judged, self._plain(judged))

    def _over(self, judged: Judged, ahead: Flags, now: bool | None = None) -> Flags:
        """Clock, coverage and waiver laid over what is played; what is judged now stands before it."""
        ends = np.arange(1, self.standing.steps + 1) * STEP
        ahead = ahead & (ends >= judged.wait - 1e-6)
        if judged.covered < windows.COVERAGE:
            later = (judged.covered * self.standing.since + ends) / (self.standing.since + ends)
            ahead &= later >= windows.COVERAGE
        if judged.state == "waived":
            ahead |= ends <= judged.waived_for
        first = np.full((self.count, 1), judged.holds if now is None else now)
        return np.concatenate([first, ahead], axis=1)

    def _defects(self, defects: Defects, judged: Judged) -> Flags:
        name, steps = defects.severity, self.standing.steps
        luck = self._luck.under(name)
        coming = self._water().tickets(self._part(defects), luck.of("arrivals"))
        pace = learn(defects, self.standing.since, self.count, luck)
        ahead = open_ahead(defects, coming, steps, pace, luck)
        self._played[name] = (coming, pace, ahead)
        return self._resolved(defects, judged, coming, ahead)

    def _resolved(self, defects: Defects, judged: Judged, coming: Coming, ahead: Floats) -> Flags:
        """Whether enough are resolved, by how many are open."""
        target = 1.0 if judged.target is None else judged.target
        if target >= 1.0:
            return np.asarray(ahead < 0.5)
        total = defects.total + np.cumsum(coming.by_step(self.count, self.standing.steps), axis=1)
        return np.asarray((total - ahead > target * total) | (total < 0.5))

    def _part(self, defects: Defects) -> Floats:
        """The severity's share of all new tickets, one a future (beta posterior)."""
        mine = float(defects.arrivals.sum())
        volume = self.standing.volume
        rest = max(0.0, float(volume.arrivals.sum()) - mine) if volume is not None else 0.0
        rng = self._luck.of("part", defects.severity)
        return rng.beta(0.5 + mine, 1.0 + rest, self.count)

    def _water(self) -> Tide:
        if self._tide is None:
            assert self.standing.volume is not None, "defects are only forecast where tickets are counted"
            self._tide = tide(self.standing.volume, self.standing.steps, self.count, self._luck.of("tide"))
        return self._tide

    def _shares(self, judged: Judged, stays: float | None = None) -> Flags:
        if self._days is None:
            self._days = windows.draw_days(self.standing, self.count, self._luck)
        held = np.ones((self.count, self.standing.steps), dtype=np.bool_)
        for share in self.standing.shares:
            if share.criterion == judged.key:
                held &= windows.holds_ahead(share, self.standing, self._days, stays)
        return held

    def _volume(self) -> Flags:
        volume = self.standing.volume
        assert volume is not None
        coming = self._water().steps(self._luck.of("volume"))[:, : self.standing.steps]
        past = np.concatenate([np.zeros(3 * STEPS_A_DAY), volume.arrivals])
        last = windows.trailing(past[-STEPS_A_DAY:], coming)
        held = np.ones(coming.shape, dtype=np.bool_)
        if volume.limit is not None:
            held &= last < volume.limit
        if volume.flat:
            two, three = (windows.trailing(past[-days * STEPS_A_DAY :], coming) for days in (2, 3))
            held &= ~((last > two - last) & (two - last > three - two))
        if volume.sustained > 1:
            # Its clock starts again with every step that is over the limit.
            broken = windows.trailing(np.zeros(volume.sustained), (~held).astype(np.float64))
            held = broken < 0.5
        return np.asarray(held)

    def _answers(self, answers: Answers) -> Flags:
        """Answers go on coming at the pace so far; how good they are is learnt from the last week most (beta posterior)."""
        rng = self._luck.of("answers")
        pace = rng.gamma(0.5 + answers.n, 1 / (0.5 + answers.since), self.count)
        old = answers.n - answers.recent_n
        good = answers.recent_good + _OLD_ANSWERS * (answers.good - answers.recent_good)
        bad = answers.recent_n + _OLD_ANSWERS * old - good
        share = rng.beta(2 + good, 0.5 + max(0.0, bad), self.count)
        days = -(-self.standing.steps // STEPS_A_DAY)
        came = rng.poisson(np.repeat(np.minimum(pace, _MOST_ANSWERS)[:, None], days, axis=1))
        liked = rng.binomial(came, share[:, None])
        n, k = (_through_the_day(x)[:, : self.standing.steps] for x in (came, liked))
        n, k = answers.n + n, answers.good + k
        return _wilson_low(k, n) > answers.target

    def _plain(self, judged: Judged) -> Flags:
        steps = self.standing.steps
        if judged.holds or judged.wait > 0:
            return np.ones((self.count, steps), dtype=np.bool_)
        luck = self._luck.of("plain", judged.key).random(self.count)
        waits = max(judged.unmet_for, STEP) * (1 / np.maximum(luck, 1e-9) - 1)
        return np.arange(1, steps + 1)[None, :] * STEP >= waits[:, None]


def forecast(standing: Standing, seed: int, futures: int = FUTURES) -> Forecast:
    """The outcome, what binds and what would change it. Never raises for a standing; what lacks stands in ``blocked``."""
    if standing.blocked:
        return Forecast(None, blocked=standing.blocked, futures=futures, seed=seed)
    played = Futures(standing, seed, futures)
    outcome = played.outcome()
    last = tuple(sorted(((k, v) for k, v in played.last().items() if v > 0), key=lambda pair: -pair[1]))
    binding = last[0][0] if last else ""
    return Forecast(
        outcome, binding, last, tuple(_what_ifs(played, binding)), _assumed(standing), futures=futures, seed=seed
    )


def _what_ifs(played: Futures, binding: str) -> list[WhatIf]:
    standing = played.standing
    found = []
    if standing.p1 is not None:
        for key, _ in standing.p1.open_tickets()[:2] if separable(standing.p1) else []:
            found.append(WhatIf("closes", key, played.closing(key)))
    holding = {c.key for c in standing.criteria if c.holds}
    for share in standing.shares:
        if share.criterion == "error_rate_5xx" and share.criterion not in holding and share.lately > 0:
            found.append(WhatIf("stays", share.criterion, played.staying(share.criterion, share.lately), share.lately))
    if binding:
        found.append(WhatIf("waived", binding, played.without(binding)))
    return found


def _assumed(standing: Standing) -> tuple[tuple[str, tuple[str, ...]], ...]:
    owed = {what: tuple(key for w, key in standing.owed if w == what) for what, _ in standing.owed}
    signed = tuple(c.key for c in standing.criteria if c.key in standing.signed and not c.holds)
    waived = tuple(c.key for c in standing.criteria if c.state == "waived")
    modelled = {"p1_resolved", "p2_resolved", "ticket_volume", "csat", *(s.criterion for s in standing.shares)}
    plain = tuple(c.key for c in standing.criteria if c.key not in modelled | standing.signed)
    return tuple(pair for pair in (("signed", signed), *owed.items(), ("waived", waived), ("plain", plain)) if pair[1])


def _through_the_day(daily: NDArray[np.int64]) -> Floats:
    """Running sums at the ends of steps, where what comes in a day comes evenly."""
    return np.asarray(np.cumsum(np.repeat(daily / STEPS_A_DAY, STEPS_A_DAY, axis=1), axis=1), dtype=np.float64)


def _wilson_low(good: Floats, n: Floats) -> Floats:
    """As ``interval.wilson``, for arrays."""
    safe = np.maximum(n, 1.0)
    share, z2 = good / safe, Z_95 * Z_95
    half = Z_95 * np.sqrt(np.maximum(0.0, share * (1 - share) / safe + z2 / (4 * safe * safe)))
    return np.asarray(np.where(n > 0, (share + z2 / (2 * safe) - half) / (1 + z2 / safe), 0.0), dtype=np.float64)
