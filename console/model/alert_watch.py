"""One rule over its series: samples in, verdicts and transitions out. Live and back-test run this and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from console.model import burn
from console.model.alert import ACTIVE, Standing, State, Transition, Verdict, step
from console.model.alert_rules import Rule, Signal, Way
from console.model.anomaly import Anomaly, Kind
from console.model.moment import MINUTE, Span
from console.model.rolling import Bools, Floats, rolling, wilson_high, wilson_high_of, wilson_low, wilson_low_of

_NO, _YES, _UNKNOWN, _NOTHING = (np.int8(v) for v in (Verdict.NO, Verdict.YES, Verdict.UNKNOWN, Verdict.NOTHING))


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One series, minute by minute from the instant ``first`` on. All arrays have one length.

    ``known``: the minute is covered. ``value``: the level of the minute, NaN where there is none. Of shares ``bad`` of ``n``
    calls, which are 0 where nothing is known, and ``value`` says nothing; of plain levels ``n`` is None. ``fresh``: the
    minute brought a new value (measures are held). ``sure``: what is compared with the limit in place of the value, the bound
    of its interval that is nearer to it. ``thin``: the minute is covered, and the evidence too little to say anything.
    """

    first: int
    known: Bools
    value: Floats
    bad: Floats | None = None
    n: Floats | None = None
    fresh: Bools | None = None
    sure: Floats | None = None
    thin: Bools | None = None

    def __len__(self) -> int:
        return len(self.known)

    def part(self, start: int, end: int) -> Samples:
        """Minutes ``start`` to ``end`` (exclusive), counted from the first."""

        def cut(values: NDArray[np.generic] | None) -> NDArray[np.generic] | None:
            return None if values is None else values[start:end]

        return Samples(
            self.first + start * MINUTE, self.known[start:end], self.value[start:end], cut(self.bad), cut(self.n),  # type: ignore[arg-type]  # a slice keeps its kind
            cut(self.fresh), cut(self.sure), cut(self.thin),  # type: ignore[arg-type]  # as above
        )  # fmt: skip


def unknown_samples(first: int, count: int, *, share: bool) -> Samples:
    """Minutes of which nothing is known."""
    zeros = np.zeros(count)
    none = np.full(count, np.nan)
    return Samples(first, np.zeros(count, np.bool_), none, zeros if share else None, zeros if share else None)


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Per minute: the verdict, the value it was made on, the bound of that value, and a code of how (see ``REASONS``)."""

    verdict: NDArray[np.int8]
    value: Floats
    bound: Floats
    reason: NDArray[np.int8]


REASONS = ("", "fast", "slow", "slow leak", "step", "drift", "learning", "missing", "no calls", "few")
_REASON = {name: np.int8(place) for place, name in enumerate(REASONS)}


@dataclass(frozen=True, slots=True)
class Told:
    """A transition of one alert, with the number behind it. ``limit``: what the value was compared with."""

    rule: Rule
    labels: Mapping[str, str]
    change: Transition
    value: float
    bound: float
    limit: float
    reason: str


@dataclass(eq=False)
class Watch:
    """One rule over one series (``labels``). Call ``extend`` with samples that follow one another."""

    rule: Rule
    labels: Mapping[str, str]
    standing: Standing = field(default_factory=Standing)
    _bad: Floats = field(default_factory=lambda: np.zeros(0))
    _n: Floats = field(default_factory=lambda: np.zeros(0))
    _known: Floats = field(default_factory=lambda: np.zeros(0))
    _anomaly: Anomaly | None = None

    @property
    def limit(self) -> float:
        return self.rule.flows.get(self.labels.get("route", ""), self.rule.limit)

    def extend(self, samples: Samples, excluded: list[Span] | None = None) -> tuple[list[Told], Judgement]:
        """Judge the next minutes. ``excluded``: spans that must not teach what is usual."""
        judgement = self.judge(samples, excluded or [])
        return self._step(samples.first, judgement), judgement

    def warm(self, samples: Samples, excluded: list[Span] | None = None) -> None:
        """Learn from earlier minutes without changing where the alert stands."""
        self.judge(samples, excluded or [])

    def judge(self, samples: Samples, excluded: list[Span]) -> Judgement:
        match self.rule.way:
            case Way.BURN:
                return self._burn(samples)
            case Way.ANOMALY:
                return self._unusual(samples, excluded)
        return self._share(samples) if samples.bad is not None else self._level(samples)

    def _step(self, first: int, judgement: Judgement) -> list[Told]:
        verdicts = judgement.verdict
        if not len(verdicts):
            return []
        if len(verdicts) == 1 and self.standing.state is State.OK and verdicts[0] in (_NO, _NOTHING):
            return []
        starts = np.concatenate([[0], np.flatnonzero(np.diff(verdicts)) + 1, [len(verdicts)]])
        told: list[Told] = []
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            minute, verdict = first + start * MINUTE, Verdict(int(verdicts[start]))
            self.standing, changes = step(self.rule.timing, self.standing, verdict, minute, end - start)
            for change in changes:
                at = (change.minute - first) // MINUTE
                told.append(
                    Told(
                        self.rule, self.labels, change, float(judgement.value[at]), float(judgement.bound[at]), self.limit,
                        REASONS[int(judgement.reason[at])],
                    )
                )  # fmt: skip
        return told

    def _history(self, samples: Samples, width: int) -> tuple[Floats, Floats]:
        """Failures and calls of the ``width`` − 1 minutes before the samples and of the samples themselves."""
        assert samples.bad is not None and samples.n is not None
        bad = np.concatenate([self._bad, np.where(samples.known, samples.bad, 0.0)])
        n = np.concatenate([self._n, np.where(samples.known, samples.n, 0.0)])
        keep = max(0, len(bad) - width + 1)
        self._bad, self._n = bad[keep:], n[keep:]
        return bad, n

    def _share(self, samples: Samples) -> Judgement:
        rule, width = self.rule, self.rule.window
        bad, n = self._history(samples, width)
        if len(samples) == 1:
            return self._share_now(float(bad[-width:].sum()), float(n[-width:].sum()), bool(samples.known[0]))
        k, calls = rolling(bad, width, len(samples)), rolling(n, width, len(samples))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(calls > 0, k / calls, np.nan)
        limit, quantile = self.limit, rule.quantile
        if quantile is not None:
            # p95 over its limit says: more than 5 % of the calls were slower. That share has an interval, a percentile has none.
            allowed = 1 - quantile
            bound = wilson_low(k, calls, burn.CERTAIN) if rule.way is Way.ABOVE else wilson_high(k, calls, burn.CERTAIN)
            over = bound > allowed if rule.way is Way.ABOVE else bound < allowed
            events = k if rule.way is Way.ABOVE else calls - k
            value = share
        elif rule.way is Way.ABOVE:
            bound, value, events = wilson_low(k, calls, burn.CERTAIN), share, k
            over = bound > limit
        else:
            bound, value, events = wilson_high(k, calls, burn.CERTAIN), share, calls - k
            over = bound < limit
        over &= events >= rule.least
        verdict = np.where(over, _YES, np.where(~samples.known, _UNKNOWN, np.where(calls > 0, _NO, _NOTHING)))
        reason = np.where(
            verdict == _UNKNOWN, _REASON["missing"], np.where(verdict == _NOTHING, _REASON["no calls"], _REASON[""])
        )
        return Judgement(verdict.astype(np.int8), value, bound, reason.astype(np.int8))

    def _share_now(self, k: float, calls: float, known: bool) -> Judgement:
        """As ``_share`` for one minute, where setting arrays up would cost more than the arithmetic; a test holds them equal."""
        rule, above = self.rule, self.rule.way is Way.ABOVE
        share = k / calls if calls > 0 else math.nan
        bound = (wilson_low_of if above else wilson_high_of)(k, calls, burn.CERTAIN)
        limit = self.limit if rule.quantile is None else 1 - rule.quantile
        over = bound > limit if above else bound < limit
        reason = _REASON[""]
        if over and (k if above else calls - k) >= rule.least:
            verdict = _YES
        elif not known:
            verdict, reason = _UNKNOWN, _REASON["missing"]
        elif calls > 0:
            verdict = _NO
        else:
            verdict, reason = _NOTHING, _REASON["no calls"]
        return Judgement(np.array([verdict]), np.array([share]), np.array([bound]), np.array([reason]))

    def _level(self, samples: Samples) -> Judgement:
        rule, value = self.rule, samples.value
        judged = value if samples.sure is None else samples.sure
        with np.errstate(invalid="ignore"):
            over = judged > self.limit if rule.way is Way.ABOVE else judged < self.limit
        if samples.n is not None:
            over &= samples.n >= rule.least
        there = np.isfinite(value)
        blank = np.where(samples.known, _NOTHING, _UNKNOWN)
        verdict = np.where(there & samples.known, np.where(over, _YES, _NO), blank)
        if rule.signal in (Signal.GAUGE, Signal.KPI) and samples.n is None:
            # A level has no truth without a reading: a covered minute that brought none is as unknown as any.
            verdict = np.where(there, verdict, _UNKNOWN)
        reason = np.where(verdict == _UNKNOWN, _REASON["missing"], _REASON[""])
        if samples.thin is not None:
            verdict = np.where(samples.thin, _UNKNOWN, verdict)
            reason = np.where(samples.thin & samples.known, _REASON["few"], reason)
        bound = np.full(len(samples), np.nan) if samples.sure is None else samples.sure
        return Judgement(verdict.astype(np.int8), value, bound, reason.astype(np.int8))

    def _burn(self, samples: Samples) -> Judgement:
        bad, n = self._history(samples, burn.LONGEST)
        known = np.concatenate([self._known, samples.known.astype(np.float64)])
        self._known = known[max(0, len(known) - burn.LONGEST + 1) :]
        found = burn.burnt(bad, n, known, self.limit, self.rule.least, len(samples))
        burns, quiet = found.burns, rolling(n, burn.PAIRS[0].long, len(samples)) <= 0
        verdict = np.where(burns, _YES, np.where(~samples.known, _UNKNOWN, np.where(quiet, _NOTHING, _NO)))
        pair = np.where(burns, found.pair + 1, np.where(verdict == _UNKNOWN, _REASON["missing"], 0))
        return Judgement(verdict.astype(np.int8), found.rate, found.bound, pair.astype(np.int8))

    def _unusual(self, samples: Samples, excluded: list[Span]) -> Judgement:
        level = _level_of(samples)
        if samples.thin is not None and samples.thin.any():
            # Too little evidence neither teaches nor is a calm minute.
            samples = replace(samples, known=samples.known & ~samples.thin, thin=None)
        if self._anomaly is None:
            there = samples.known & np.isfinite(level)
            first = int(np.argmax(there)) if there.any() else len(samples)
            if first:
                return self._before_anything(samples, first, excluded)
            counts = self.rule.signal is Signal.MEASURE and samples.n is None
            self._anomaly = Anomaly(self.rule.sense, falling=self.rule.falling, counts=counts and self._counted)
        value = np.where(samples.known, level, np.nan)
        fresh = np.isfinite(value) if samples.fresh is None else samples.fresh
        out = np.zeros(len(samples), np.bool_)
        for span in excluded:
            low = max(0, (span.start - samples.first) // MINUTE)
            out[low : max(0, -(-(span.end - samples.first) // MINUTE))] = True
        found = self._anomaly.extend(samples.first // MINUTE, value, fresh, out, samples.n)
        kind = found.kind
        unusual = (kind == Kind.STEP) | (kind == Kind.DRIFT)
        if samples.bad is not None:
            unusual &= samples.bad >= self.rule.least
        blank = np.where(samples.known & (kind == Kind.MISSING), _NOTHING, _UNKNOWN)
        verdict = np.where(unusual, _YES, np.where(kind == Kind.USUAL, _NO, blank))
        verdict = np.where((kind == Kind.STEP) | (kind == Kind.DRIFT), np.where(unusual, _YES, _NO), verdict)
        names = {Kind.STEP: "step", Kind.DRIFT: "drift", Kind.LEARNING: "learning", Kind.MISSING: "missing"}
        reason = np.zeros(len(samples), np.int8)
        for which, name in names.items():
            reason[kind == which] = _REASON[name]
        return Judgement(verdict.astype(np.int8), level, found.bound, reason)

    def _before_anything(self, samples: Samples, first: int, excluded: list[Span]) -> Judgement:
        """A series begins with its first value: what came before is unknown and teaches nothing."""
        blank = np.full(first, np.nan)
        missing = Judgement(np.full(first, _UNKNOWN), blank, blank, np.full(first, _REASON["missing"]))
        if first == len(samples):
            return missing
        rest = self._unusual(samples.part(first, len(samples)), excluded)
        return Judgement(
            np.concatenate([missing.verdict, rest.verdict]), np.concatenate([blank, rest.value]),
            np.concatenate([blank, rest.bound]), np.concatenate([missing.reason, rest.reason]),
        )  # fmt: skip

    @property
    def _counted(self) -> bool:
        return self.rule.what not in ("churn", "conversion", "adoption")

    @property
    def learning(self) -> bool:
        return self.rule.way is Way.ANOMALY and self.standing.state is State.UNKNOWN

    @property
    def active(self) -> bool:
        return self.standing.state in ACTIVE


def _level_of(samples: Samples) -> Floats:
    """The level that is compared with its usual; of a share the share of the minute itself."""
    if samples.bad is None or samples.n is None:
        return samples.value
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((samples.n > 0) & samples.known, samples.bad / samples.n, np.nan)
