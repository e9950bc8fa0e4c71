"""What a rule would have done over the recorded history, with the code that judges live."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.model.alert_load import AlertLoad, Episode, load
from console.model.alert_rules import Rule
from console.model.alert_watch import REASONS, Told, Watch
from console.model.grouping import Fired, Notice, replay
from console.model.moment import HOUR, Span, minute_of
from console.model.rolling import Floats
from console.queries.alert_book import fill
from console.queries.alert_engine import not_teaching
from console.queries.alert_minutes import Labels
from console.queries.alert_records import Firing, change_of, firings_of
from console.queries.alert_samples import Sampler
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf

_NEAR = HOUR
"""A critical ticket counts as noticed when the rule fired within an hour of its creation, or was firing then."""


@dataclass(frozen=True, slots=True)
class Missed:
    ticket: str
    title: str
    created: int


@dataclass(frozen=True, slots=True, eq=False)
class BacktestAnswer:
    """``known``, ``unknown``, ``learning``: minutes over all series. ``why``: what is missing when nothing is known.

    ``curve``: what was compared, minute by minute from ``curve_from`` on, of the series ``shown``: the one that fires most.
    ``shown_limit``: the limit of that series.
    """

    rule: Rule
    span: Span
    series: int
    firings: tuple[Firing, ...]
    notices: tuple[Notice, ...]
    missed: tuple[Missed, ...]
    load: AlertLoad
    known: int
    unknown: int
    learning: int
    why: str
    told: tuple[Told, ...]
    shown: tuple[tuple[str, str], ...]
    shown_limit: float
    curve_from: int
    curve: Floats


def backtest(
    reader: Reader, shelf: TicketShelf, periods: dict[str, float], rule: Rule, span: Span | None = None
) -> BacktestAnswer:
    """Over ``span``; default: everything that is covered up to the reader's moment."""
    whole = span or recorded(reader)
    sampler = Sampler(reader, shelf, periods, whole.start, whole.end)
    excluded = not_teaching(reader, shelf, whole.end)
    told: list[Told] = []
    series = known = unknown = learning = 0
    why, most = "", -1
    shown: Labels = ()
    shown_limit, curve_from, curve = rule.limit, whole.start, np.zeros(0)
    filled = fill(reader, rule)
    for part in filled:
        family = sampler.family(part)
        why = family.why
        for labels, samples in family.each():
            watch = Watch(part, dict(labels))
            changes, judged = watch.extend(samples, excluded)
            told += changes
            series += 1
            fires = sum(1 for one in changes if one.change.fires)
            if fires > most:
                most, shown, shown_limit = fires, labels, watch.limit
                curve_from, curve = samples.first, judged.value
            missing = int(np.count_nonzero(np.isin(judged.reason, (REASONS.index("missing"), REASONS.index("few")))))
            young = int(np.count_nonzero(judged.reason == REASONS.index("learning")))
            known, unknown, learning = known + len(samples) - missing - young, unknown + missing, learning + young
    if not filled:
        why = "The settings name no route for this rule: mark critical routes, or give core flows an SLO."
    told.sort(key=lambda t: (t.change.minute, sorted(t.labels.items())))
    firings = firings_of([change_of(t) for t in told], live=False)
    fired = [Fired(t.rule, t.labels, t.change.minute) for t in told if t.change.fires]
    notices = replay(fired, whole.end)
    episodes = [Episode(f.rule, f.key, f.fired, f.ended) for f in firings]
    disturbing = [n.minute for n in notices if not n.kept]
    return BacktestAnswer(
        rule, whole, series, tuple(firings), tuple(notices), tuple(_missed(reader, shelf, firings, whole)),
        load(disturbing, episodes, whole), known, unknown, learning, why, tuple(told), shown, shown_limit,
        curve_from, curve,
    )  # fmt: skip


def recorded(reader: Reader) -> Span:
    """From the first covered minute to the newest one."""
    starts = [spans[0].start for spans in reader.coverage.values() if spans]
    end = minute_of(reader.newest_covered)
    return Span(minute_of(min(starts, default=end)), end)


def _missed(reader: Reader, shelf: TicketShelf, firings: list[Firing], span: Span) -> list[Missed]:
    rows = reader.rows(
        f"SELECT key, title, epoch_us(created_at) FROM {shelf.fill(reader)} WHERE severity = 'P1' "
        f"AND epoch_us(created_at) >= {span.start} AND epoch_us(created_at) < {span.end} ORDER BY created_at"
    )
    found = []
    for key, title, created in rows:
        near = any(f.fired <= created + _NEAR and (f.ended is None or f.ended >= created - _NEAR) for f in firings)
        if not near:
            found.append(Missed(key, title or "", int(created)))
    return found
