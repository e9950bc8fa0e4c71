"""Ticket volume: the last 24 h below the baseline, at every instant of the last days; of kind flat, not rising either."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.model.clock import BAD, GOOD, UNKNOWN, Stretch, run, without
from console.model.coverage import share
from console.model.criterion import Criterion, Definition
from console.model.lengths import length_words
from console.model.moment import DAY, SECOND, Span
from console.queries.criteria.tickets import NOT_READ
from console.queries.criteria.window import filling, floor, percent, ticket_coverage, to_come
from console.queries.reader import TICKET_KINDS, Reader


def judge(reader: Reader, table: str, d: Definition) -> Criterion:
    """``n``: tickets opened in the time the clock must run. The target is the settings' cap or the mean before go-live."""
    early = to_come(reader, d)
    if early is not None:
        return early
    spans = ticket_coverage(reader)
    if not spans:
        return Criterion(d.key, "unknown", NOT_READ, unit="per_day", definition=d)
    baseline, target = reader.settings.session.baseline, d.below
    if baseline is None and target is None:
        why = "no baseline is set; choose one in Settings"
        return Criterion(d.key, "unknown", why, unit="per_day", definition=d)
    kind = baseline.kind if baseline is not None else "fixed"
    begun, at, needed = floor(reader, d), reader.at, (d.sustained_s or 3 * 86_400) * SECOND
    opened = _opened(reader, table, min(at - needed - DAY, begun - DAY), at)
    days = [_between(opened, at - (i + 1) * DAY, at - i * DAY) for i in range(3)]
    if kind == "pre_launch" and target is None:
        before = Span(reader.go_live - reader.settings.session.lookback_days * DAY, reader.go_live)
        if before.length == 0 or share(reader.told_by(TICKET_KINDS, all_must=True), before) < d.coverage:
            return Criterion(d.key, "unknown", "the days before go-live are not known", unit="per_day",
                             value=float(days[0]), definition=d)  # fmt: skip
        counts = _opened(reader, table, before.start, before.end)
        target = len(counts) / (before.length / DAY)
    assert target is not None
    clock = run(stretches(opened, target, Span(max(begun, at - needed), at), spans), needed, at)
    shared: dict[str, Any] = {
        "value": float(days[0]), "target": target, "n": _between(opened, at - needed, at), "unit": "per_day",
        "coverage": share(spans, Span(max(begun, at - needed), at)), "definition": d, "start": at - DAY, "end": at,
        "clock_s": clock.held / SECOND if d.sustained_s else None, "sustained_s": float(d.sustained_s) or None,
    }  # fmt: skip
    words = "rising" if days[0] > days[1] > days[2] else "falling" if days[0] < days[1] < days[2] else "steady"
    if days[0] >= target:
        return Criterion(d.key, "not_met", f"{days[0]} in the last 24 h", **{**shared, "clock_s": 0.0})
    if kind == "flat" and words == "rising":
        return Criterion(d.key, "not_met", f"rising: {days[2]}, {days[1]}, {days[0]} a day", **shared)
    shared["resets"] = f"{int(np.ceil(target)) - days[0]} more tickets within the last 24 h"
    told = f"{filling(clock.held / SECOND, d.sustained_s)}; {words}" if d.sustained_s else words
    if d.sustained_s and not clock.could_be_full:
        enough = clock.coverage >= d.coverage
        why = told if enough else f"{told}; only {percent(clock.coverage)} of it known"
        return Criterion(d.key, "not_met", why, on_track=enough, **shared)
    if shared["coverage"] < d.coverage:
        known = percent(shared["coverage"])
        return Criterion(d.key, "unknown", f"only {known} of {length_words(needed / SECOND)} known", **shared)
    return Criterion(d.key, "met", told, **shared)


def stretches(opened: NDArray[np.int64], target: float, span: Span, known: list[Span]) -> list[Stretch]:
    """The span cut where the count of the 24 h before crosses the target, and where ticket sources do not speak.

    Too many are too many whatever is unknown: tickets only ever come to be known.
    """
    if not span.length:
        return []
    steps = np.concatenate([opened, opened + DAY])
    order = np.argsort(steps, kind="stable")
    counts = np.cumsum(np.concatenate([np.ones(len(opened)), -np.ones(len(opened))])[order])
    edges, bad = steps[order], counts >= target
    turns = np.flatnonzero(np.diff(np.concatenate([[False], bad])))
    found: list[Span] = []
    for place in turns.tolist():
        if bad[place]:
            found.append(Span(int(edges[place]), span.end))
        else:
            found[-1] = Span(found[-1].start, int(edges[place]))
    over = [s for s in (stretch.clip(span) for stretch in found) if s.length]
    fine = without([s.clip(span) for s in known], over)
    unknown = without([span], [*over, *fine])
    parts = [(s, BAD) for s in over] + [(s, GOOD) for s in fine] + [(s, UNKNOWN) for s in unknown]
    return [Stretch(s, state) for s, state in sorted(parts, key=lambda part: part[0].start) if s.length]


def _opened(reader: Reader, table: str, start: int, end: int) -> NDArray[np.int64]:
    """When tickets that are no wishes were opened in [start, end), oldest first."""
    key = ("opened", start, end)
    if key not in reader.answers:
        found = reader.connection.execute(
            f"SELECT epoch_us(created_at) AS at_us FROM {table} WHERE kind <> 'enhancement' "
            f"AND created_at >= make_timestamp({start}) AND created_at < make_timestamp({end}) ORDER BY 1"
        ).fetchnumpy()
        reader.answers[key] = np.asarray(found["at_us"], np.int64)
    made: NDArray[np.int64] = reader.answers[key]
    return made


def _between(opened: NDArray[np.int64], start: int, end: int) -> int:
    return int(np.searchsorted(opened, end) - np.searchsorted(opened, start))
