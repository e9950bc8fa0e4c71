"""Samples of rules over tickets: a critical bug waits, the backlog grows, people wait too long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from console.model.alert_rules import ADHERENCE, Rule, Signal
from console.model.alert_watch import Samples
from console.model.moment import MINUTE, SECOND, Span, from_datetime, merge, minute_of, to_datetime
from console.model.rolling import Bools, Floats
from console.queries import sla_clocks
from console.queries.reader import TICKET_KINDS, Reader
from console.queries.shelf import TicketShelf
from console.store.columns import repr_text

_NO_DEFECTS = ("question", "enhancement", "training", "documentation")

Series = dict[tuple[tuple[str, str], ...], Any]


def told(reader: Reader, periods: Mapping[str, float]) -> list[Span]:
    """Time that the ticket sources speak for. Between two polls tickets stand as they stood: only after two of its periods
    is a source late."""
    slowest = max((periods.get(s.name, 60.0) for s in reader.settings.source if s.kind in TICKET_KINDS), default=60.0)
    late = round(2 * slowest * SECOND) + MINUTE
    return merge([Span(s.start, s.end + late) for s in reader.told_by(TICKET_KINDS)])


def series(reader: Reader, shelf: TicketShelf, rule: Rule, start: int, known: Bools, covered: list[Span]) -> Series:
    """By labels, for the minutes of ``known`` from ``start`` on."""
    if rule.signal is Signal.TICKETS and rule.what == "arrives":
        return _waiting(reader, shelf, rule, start, known)
    if rule.signal is Signal.TICKETS and rule.what == "breaches":
        return _breaking(reader, shelf, rule, start, known)
    if rule.signal is Signal.TICKETS:
        return {(): _growing(reader, shelf, rule, start, known, covered)}
    ends = start + (np.arange(len(known), dtype=np.int64) + 1) * MINUTE
    return {(): _kpi(reader, shelf, rule, start, ends, known)}


def _waiting(reader: Reader, shelf: TicketShelf, rule: Rule, start: int, known: Bools) -> Series:
    """One series a ticket: 1 from its arrival until somebody has taken it up or it is done, then 0 for an hour."""
    end = start + len(known) * MINUTE
    rows = reader.rows(
        "SELECT source || ':' || key, epoch_us(created_at), epoch_us(least(coalesce(acknowledged_at, "
        "TIMESTAMP 'infinity'), coalesce(resolved_at, first_resolved_at, TIMESTAMP 'infinity'))) "
        f"FROM {shelf.fill(reader)} WHERE severity = {repr_text(rule.only or 'P1')} "
        f"AND kind NOT IN ({', '.join(repr_text(k) for k in _NO_DEFECTS)}) AND epoch_us(created_at) < {end} "
        f"AND (acknowledged_at IS NULL AND resolved_at IS NULL AND first_resolved_at IS NULL OR "
        f"epoch_us(least(coalesce(acknowledged_at, TIMESTAMP 'infinity'), coalesce(resolved_at, first_resolved_at, "
        f"TIMESTAMP 'infinity'))) >= {start - 60 * MINUTE})"
    )
    found: Series = {}
    for key, created, taken in rows:
        first = max(start, minute_of(int(created)))
        last = end if taken is None or int(taken) >= end else min(end, minute_of(int(taken)) + 61 * MINUTE)
        if first >= last:
            continue
        minutes = first + np.arange((last - first) // MINUTE, dtype=np.int64) * MINUTE
        waits = np.ones(len(minutes)) if taken is None else (minutes < minute_of(int(taken))).astype(np.float64)
        part = slice((first - start) // MINUTE, (last - start) // MINUTE)
        found[(("ticket", key),)] = Samples(first, known[part], waits)
    return found


def _breaking(reader: Reader, shelf: TicketShelf, rule: Rule, start: int, known: Bools) -> Series:
    """One series a broken clock: 1 from the minute in which its time was used up until it ended, then 0 for an hour."""
    end = start + len(known) * MINUTE
    narrow = f"severity = {repr_text(rule.only)}" if rule.only else "true"
    rows = reader.rows(
        "SELECT source || ':' || key, clock, epoch_us(due), epoch_us(ended) "
        f"FROM {sla_clocks.clock_table(reader, shelf)} WHERE NOT met AND {narrow} AND epoch_us(due) < {end} "
        f"AND (ended IS NULL OR epoch_us(ended) >= {start - 60 * MINUTE})"
    )
    found: Series = {}
    for key, clock, due, ended in rows:
        first = max(start, minute_of(int(due)))
        last = end if ended is None else min(end, minute_of(int(ended)) + 61 * MINUTE)
        if first >= last:
            continue
        minutes = first + np.arange((last - first) // MINUTE, dtype=np.int64) * MINUTE
        broken = np.ones(len(minutes)) if ended is None else (minutes <= minute_of(int(ended))).astype(np.float64)
        part = slice((first - start) // MINUTE, (last - start) // MINUTE)
        found[(("clock", clock), ("ticket", key))] = Samples(first, known[part], broken)
    return found


def _adherence(reader: Reader, shelf: TicketShelf, rule: Rule, start: int, ends: Any, known: Bools) -> Samples:
    """The share of kept clocks among those decided in the window that ends with each minute."""
    clock = rule.what.removeprefix("sla_").removesuffix("_adherence")
    narrow = "" if not rule.only else f" AND severity = {repr_text(rule.only)}"
    found = reader.connection.execute(
        f"SELECT epoch_us(decided_at) AS at_us, met::INT AS kept FROM {sla_clocks.clock_table(reader, shelf)} "
        f"WHERE decided_at IS NOT NULL AND clock = '{clock}'{narrow} ORDER BY at_us"
    ).fetchnumpy()
    instants = np.asarray(found["at_us"], np.int64)
    kept = np.concatenate([[0.0], np.cumsum(np.asarray(found["kept"], np.float64))])
    low, high = np.searchsorted(instants, ends - rule.window * MINUTE), np.searchsorted(instants, ends)
    n: Floats = (high - low).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, (kept[high] - kept[low]) / n, np.nan)
    return Samples(start, known, value, None, n)


def _growing(reader: Reader, shelf: TicketShelf, rule: Rule, start: int, known: Bools, covered: list[Span]) -> Samples:
    """By how many tickets the backlog grew over the last days, where it grew on each of them; 0 where it did not."""
    steps = shelf.steps(reader)
    total = np.concatenate([[0.0], np.cumsum(steps.change.weights)])
    value = np.full(len(known), np.nan)
    first_told = covered[0].start if covered else 0
    place = 0
    while place < len(known):
        day = to_datetime(start + place * MINUTE).astimezone(reader.zone)
        midnights = [_midnight(day, -back) for back in range(rule.days, -1, -1)]
        until = _midnight(day, 1)
        end = min(len(known), max(place + 1, (until - start) // MINUTE))
        if midnights[0] >= first_told:
            levels = [total[np.searchsorted(steps.change.instants, at)] for at in midnights]
            grew = all(b > a for a, b in pairwise(levels))
            value[place:end] = levels[-1] - levels[0] if grew else 0.0
        place = end
    return Samples(start, known & np.isfinite(value), value)


def _midnight(day: Any, shift: int) -> int:
    """The start of the local day ``shift`` days away."""
    wanted = (day + timedelta(days=shift)).date()
    return from_datetime(day.replace(year=wanted.year, month=wanted.month, day=wanted.day, hour=0, minute=0, second=0,
                                     microsecond=0, fold=0))  # fmt: skip


def _kpi(reader: Reader, shelf: TicketShelf, rule: Rule, start: int, ends: Any, known: Bools) -> Samples:
    """The KPI over the window that ends with each minute."""
    narrow = "" if not rule.only else f" AND severity = {repr_text(rule.only)}"
    begins = ends - rule.window * MINUTE
    if rule.what == "backlog":
        steps = shelf.steps(reader)
        total = np.concatenate([[0.0], np.cumsum(steps.change.weights)])
        return Samples(start, known, total[np.searchsorted(steps.change.instants, ends)])
    if rule.what in ADHERENCE:
        return _adherence(reader, shelf, rule, start, ends, known)
    column = {"mtta": "acknowledged_at", "opened": "created_at", "resolved": "resolved_at"}[rule.what]
    found = reader.connection.execute(
        f"SELECT epoch_us({column}) AS at_us, date_diff('millisecond', created_at, {column})::DOUBLE AS ms "
        f"FROM {shelf.fill(reader)} WHERE {column} IS NOT NULL{narrow} ORDER BY at_us"
    ).fetchnumpy()
    instants = np.asarray(found["at_us"], np.int64)
    low, high = np.searchsorted(instants, begins), np.searchsorted(instants, ends)
    n: Floats = (high - low).astype(np.float64)
    if rule.what != "mtta":
        return Samples(start, known, n)
    total = np.concatenate([[0.0], np.cumsum(np.asarray(np.ma.filled(found["ms"], 0), np.float64))])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(n > 0, (total[high] - total[low]) / n / 1000, np.nan)
    return Samples(start, known, mean, None, n)
