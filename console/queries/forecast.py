"""Where the launch stands at a moment, as the forecast needs it: read from the facts as they were known then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.model.criterion import Criterion, Form, Kind
from console.model.forecast.exit import VERSION, Forecast, Outcome, forecast
from console.model.forecast.score import Score
from console.model.forecast.standing import (
    STEPS_A_DAY,
    Answers,
    Defects,
    Floats,
    Judged,
    Share,
    Standing,
    Volume,
)
from console.model.forecast.windows import usable_days
from console.model.moment import DAY, HOUR, SECOND, Moment, Span, from_datetime, iso, to_datetime
from console.queries import criteria as criteria_query
from console.queries.catalogue import catalogue
from console.queries.criteria.guard import exited
from console.queries.criteria.judge import ends, waivers
from console.queries.criteria.window import ticket_coverage
from console.queries.decisions import left_out
from console.queries.kpi import ask as ask_kpi
from console.queries.reader import Reader
from console.queries.series import Grid, coverage_of
from console.queries.shelf import TicketShelf
from console.queries.unfolded import table as gateway_table

DAYS = 30
SEED = 20
"""One for all: asking again changes nothing, and a what-if differs by what was asked alone."""
_STEP = DAY // STEPS_A_DAY
_HOURS_A_STEP = _STEP // HOUR
_HISTORY = 28 * DAY
_LEAST = DAY
_UNUSUAL = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class ForecastAnswer:
    """``ends``: the instants at which the days of the outcome end. ``titles``: of the exit criteria by key."""

    moment: Moment
    at: int
    zone: str
    since: float
    ends: tuple[int, ...]
    criteria: tuple[Criterion, ...]
    forecast: Forecast

    @property
    def titles(self) -> dict[str, str]:
        return {c.criterion: _title(c) for c in self.criteria}

    @property
    def ready_now(self) -> bool:
        return all(c.state in ("met", "waived") for c in self.criteria)


def ask(reader: Reader, shelf: TicketShelf, *, seed: int = SEED, futures: int = 2000) -> ForecastAnswer:
    """The forecast made at the reader's moment from what was known at it."""
    criteria = tuple(c for c in criteria_query.ask(reader, shelf) if c.kind is Kind.EXIT)
    ends_ = day_ends(reader)
    stood = standing(reader, shelf, criteria, ends_)
    return ForecastAnswer(
        reader.moment, reader.at, reader.zone.key, stood.since, ends_, criteria, forecast(stood, seed, futures)
    )


def as_row(answer: ForecastAnswer, past: Score) -> dict[str, Any]:
    """The forecast as plain values: days by the instant they end, ``ready`` the first of them with 80 %."""
    made = answer.forecast
    row: dict[str, Any] = {
        "at": iso(answer.at), "state": "unknown" if made.outcome is None else "known", "why": made.blocked,
        "futures": made.futures, "seed": made.seed, "version": VERSION, "binding": made.binding,
        "last": dict(made.last), "assumed": {what: list(keys) for what, keys in made.assumed},
        "brier": past.brier, "scored": past.n, "days": [], "ready": None, "low": None, "high": None, "what_ifs": [],
    }  # fmt: skip
    if made.outcome is None:
        return row

    def ready(outcome: Outcome) -> str | None:
        return None if outcome.ready is None else iso(answer.ends[outcome.ready])

    def on(days: float | None) -> str | None:
        return None if days is None else iso(answer.at + round(days * DAY / SECOND) * SECOND)

    said = zip(answer.ends, made.outcome.probability, strict=True)
    return row | {
        "days": [{"by": iso(end), "probability": share} for end, share in said], "ready": ready(made.outcome),
        "low": on(made.outcome.low), "high": on(made.outcome.high),
        "what_ifs": [
            {"kind": w.kind, "subject": w.subject, "value": w.value, "ready": ready(w.outcome)} for w in made.what_ifs
        ],
    }  # fmt: skip


def day_ends(reader: Reader) -> tuple[int, ...]:
    """The end of today, tomorrow and so on, as the session's zone counts days."""
    today = to_datetime(reader.at).astimezone(reader.zone).date()
    return tuple(
        from_datetime(datetime.combine(today + timedelta(days=i + 1), time(), tzinfo=reader.zone)) for i in range(DAYS)
    )


def standing(reader: Reader, shelf: TicketShelf, criteria: tuple[Criterion, ...], ends_: tuple[int, ...]) -> Standing:
    """``criteria``: those of the exit, as judged at the moment."""
    since = (reader.at - reader.go_live) / DAY
    judged = tuple(_judged(reader, c, since) for c in criteria)
    blocked = _blocked(reader, criteria)
    days = tuple((end - reader.at) / DAY for end in ends_)
    if blocked:
        return Standing(max(0.0, since), days, judged, blocked=blocked)
    table = shelf.fill(reader)
    by_key = {c.criterion: c for c in criteria}
    created = _created(reader, table, int((reader.at - reader.go_live) // _STEP))
    volume = _volume(reader, created[""], by_key.get("ticket_volume"))
    defects = _defects(reader, shelf, by_key, created)
    hours = _Hours(reader)
    shares = tuple(share for c in criteria for share in _shares(reader, c, hours))
    if not len(usable_days(shares)):
        return Standing(since, days, judged, blocked="of no day since go-live half is known by every gateway yet")
    ended, troubled = hours.trouble()
    return Standing(
        since, days, judged,
        p1=defects.get("P1"), p2=defects.get("P2"),
        volume=volume, answers=_answers(reader, by_key.get("csat")), shares=shares,
        signed=frozenset(c.criterion for c in criteria if _form(c) in (Form.SIGNED, Form.KNOWN_ISSUES)),
        owed=_owed(criteria), ended=ended, troubled=troubled,
    )  # fmt: skip


def _form(criterion: Criterion) -> Form | None:
    return criterion.definition.form if criterion.definition is not None else None


def _title(criterion: Criterion) -> str:
    definition = criterion.definition
    return (definition.short or definition.title) if definition is not None else criterion.criterion


def _judged(reader: Reader, c: Criterion, since: float) -> Judged:
    waiver = waivers(reader).get(c.criterion)
    until = (ends(waiver.value) - reader.at) / DAY if waiver is not None else 0.0
    wait = max(0.0, (c.sustained_s or 0.0) - (c.clock_s or 0.0)) / 86_400
    if c.clock_s is None and c.sustained_s is not None:
        wait = c.sustained_s / 86_400
    covered = c.coverage if c.state == "unknown" and _form(c) in (Form.RESOLVED,) else 1.0
    return Judged(c.criterion, c.state, wait, until, covered, c.target, min(since, 7.0), c.why)


def _blocked(reader: Reader, criteria: tuple[Criterion, ...]) -> str:
    """Why nothing can be forecast, as one clause; '' when something can."""
    gone = exited(reader)
    if gone is not None:
        return "hypercare was ended"
    if reader.at < reader.go_live:
        return "go-live is still to come"
    if reader.at - reader.go_live < _LEAST:
        return "it needs one day of hypercare to learn from"
    if not criteria:
        return "there are no exit criteria"
    for c in criteria:
        # What is unknown for want of coverage may fill up by itself; what was never told will not.
        if c.state == "unknown" and c.value is None and not (c.coverage > 0 and _form(c) is Form.RESOLVED):
            return f"{_title(c)} is unknown ({c.why.rstrip('.')})"
    if not ticket_coverage(reader):
        return "not every ticket source has been read to its end yet"
    return ""


def _owed(criteria: tuple[Criterion, ...]) -> tuple[tuple[str, str], ...]:
    found = []
    for c in criteria:
        if _form(c) is not Form.RESOLVED or c.state != "not_met":
            continue
        if c.on_track:
            found.append(("deferred", c.criterion))
        if "not verified" in c.why:
            found.append(("verified", c.criterion))
    return tuple(found)


# Tickets


def _volume(reader: Reader, arrivals: Floats, c: Criterion | None) -> Volume:
    count = len(arrivals)
    baseline = reader.settings.session.baseline
    definition = c.definition if c is not None else None
    held = definition.sustained_s if definition is not None else 0
    past = [reader.at - (count - i) * _STEP for i in range(count)]
    coming = [reader.at + i * _STEP for i in range((DAYS + 1) * STEPS_A_DAY)]
    return Volume(
        arrivals, (reader.at - reader.go_live) / DAY, c.target if c is not None else None,
        flat=baseline is not None and baseline.kind == "flat", sustained=max(1, round(held * SECOND / _STEP)),
        weekday=_weekdays(reader, past), coming=_weekdays(reader, coming),
    )  # fmt: skip


def _weekdays(reader: Reader, instants: list[int]) -> NDArray[np.int64]:
    days = [to_datetime(instant + _STEP // 2).astimezone(reader.zone).weekday() for instant in instants]
    return np.asarray(days, dtype=np.int64)


def _created(reader: Reader, table: str, count: int) -> dict[str, Floats]:
    """Tickets opened in each of the newest ``count`` steps, oldest first, by severity; under '' all of them."""
    rows = reader.rows(
        f"SELECT coalesce(severity, ''), ({reader.at} - 1 - epoch_us(created_at)) // {_STEP} AS back, count(*) FROM {table} "
        f"WHERE kind <> 'enhancement' AND created_at < make_timestamp({reader.at}) "
        f"AND created_at >= make_timestamp({reader.at - count * _STEP}) GROUP BY ALL"
    )
    found = {severity: np.zeros(count) for severity in ("", "P1", "P2")}
    for severity, back, opened in rows:
        for name in {"", severity} & found.keys():
            found[name][count - 1 - int(back)] += opened
    return found


def _defects(
    reader: Reader, shelf: TicketShelf, by_key: dict[str, Criterion], created: dict[str, Floats]
) -> dict[str, Defects]:
    """P1 and P2 where a criterion looks at them."""
    judged = {"P1": by_key.get("p1_resolved"), "P2": by_key.get("p2_resolved")}
    table = shelf.fill(reader)
    steps = reader.connection.execute(
        "SELECT t.severity, t.source || ':' || t.ticket AS id, t.key, s.instant, s.change "
        f"FROM {shelf.status_steps} s JOIN {table} t ON t.source = s.source "
        "AND t.ticket = s.ticket WHERE t.severity IN ('P1', 'P2') AND t.kind <> 'enhancement' AND s.change <> 0 "
        "ORDER BY t.source, t.ticket, s.instant"
    ).fetchnumpy()
    severity, ids = np.asarray(steps["severity"], object), np.asarray(steps["id"], object)
    days = (np.asarray(steps["instant"], np.int64) - reader.at) / DAY
    begins = np.asarray(steps["change"], np.float64) > 0
    # Openings and closings of a ticket take turns: a spell ends with the row behind it, when that is of the same ticket.
    same = np.append(ids[1:] == ids[:-1], False) if len(ids) else np.zeros(0, np.bool_)
    ended = np.where(same, np.append(days[1:], np.nan), np.nan) if len(ids) else days
    before = np.append(False, same[:-1]) if len(ids) else same
    found = {}
    for name, c in judged.items():
        if c is None or c.share_of is None:
            continue
        mine = begins & (severity == name)
        done, total = c.share_of
        keys = tuple(str(key) for key in np.asarray(steps["key"], object)[mine])
        found[name] = Defects(
            name, days[mine], ended[mine], before[mine].astype(np.bool_), keys, created[name], total, done
        )
    return found


def _answers(reader: Reader, c: Criterion | None) -> Answers | None:
    if c is None or c.value is None or c.target is None or _form(c) is not Form.KPI:
        return None
    kpi = catalogue().get("csat")
    week = ask_kpi(reader, kpi, max(reader.go_live, reader.at - 7 * DAY), reader.at)
    since = (reader.at - reader.go_live) / DAY
    good = round((week.value or 0.0) * week.n)
    return Answers(c.n, round(c.value * c.n), min(week.n, c.n), min(good, round(c.value * c.n)), since, c.target)


# Gateway


class _Hours:
    """Calls, errors and bad minutes by hour back from the moment, oldest first, since go-live or for four weeks."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader.judged
        at, self._holes = reader.at, left_out(reader)
        self.start = max(reader.go_live, at - _HISTORY)
        self.count = -(-(at - self.start) // _STEP) * _HOURS_A_STEP
        self.first = at - self.count * HOUR
        self.calls, self.errors = self._calls()
        self.known = self._known()
        share = np.divide(self.errors, self.calls, out=np.full(self.count, np.nan), where=self.calls > 0)
        self._error_share = share
        told = share[:-1][np.isfinite(share[:-1])]
        self.usual = float(np.median(told)) if len(told) else float("nan")
        self.lately = float(share[-1]) if self.count else float("nan")

    def _binned(self, source: str, columns: str) -> dict[str, Floats]:
        found = self._reader.connection.execute(
            f"SELECT (epoch_us(minute) - {self.first}) // {HOUR} AS i, {columns} FROM {source} "
            f"WHERE epoch_us(minute) >= {self.first} GROUP BY i"
        ).fetchnumpy()
        places = np.asarray(found.pop("i"), dtype=np.int64)
        inside = (places >= 0) & (places < self.count)
        made = {}
        for name, values in found.items():
            made[name] = np.zeros(self.count)
            made[name][places[inside]] = np.asarray(values, dtype=np.float64)[inside]
        return made

    def _calls(self) -> tuple[Floats, Floats]:
        source = gateway_table(self._reader, "calls_by_minute", self.start, self._reader.at)
        found = self._binned(source, "sum(calls)::DOUBLE AS calls, sum(calls_5xx)::DOUBLE AS errors")
        return found["calls"], found["errors"]

    def minutes(self) -> tuple[Floats, Floats]:
        """Bad and judged minutes an hour."""
        source = gateway_table(self._reader, "judged_minutes", self.start, self._reader.at)
        found = self._binned(
            source,
            "count(*) FILTER (WHERE state = 'bad')::DOUBLE AS bad, count(*) FILTER (WHERE state <> 'unknown')::DOUBLE AS known",
        )
        return found["bad"], found["known"]

    def _known(self) -> Floats:
        """Share of each hour that is known; planned maintenance is not missed."""
        grid = Grid(Span(self.first, self._reader.at), HOUR)
        shift = self.first - grid.first
        # The grid counts whole hours of the clock; ours end at the moment.
        spans = [Span(s.start - shift, s.end - shift) for s in [*self._reader.traffic_coverage, *self._holes]]
        moved = Grid(Span(grid.first, grid.first + self.count * HOUR), HOUR)
        return np.minimum(1.0, coverage_of(spans, moved)[: self.count] / 3600)

    def trouble(self) -> tuple[int, float]:
        """Stretches of unusual errors that ended, and the days they took together with one under way."""
        if not np.isfinite(self.usual):
            return 0, 0.0
        with np.errstate(invalid="ignore"):
            high = self._error_share > max(_UNUSUAL * self.usual, 0.001)
        ended = int((high[:-1] & ~high[1:]).sum())
        return ended, float(high.sum()) / 24


def _steps(hourly: Floats) -> Floats:
    return np.asarray(hourly.reshape(-1, _HOURS_A_STEP).sum(axis=1), dtype=np.float64)


def _shares(reader: Reader, c: Criterion, hours: _Hours) -> list[Share]:
    """What the windows module plays on: uptime and the 5xx rate over all routes, also with other targets and windows."""
    d = c.definition
    if d is None or d.target is None or d.sustained or not d.window_s or d.part.given():
        return []
    window = max(1, round(d.window_s * SECOND / _STEP))
    begun = (reader.at - c.start) / DAY if c.start is not None and c.start > reader.at - d.window_s * SECOND else np.inf
    if d.form is Form.BUDGET and d.kpi == "availability":
        bad, known = hours.minutes()
        share_known = np.minimum(1.0, _steps(known) / 360 + _out(hours, reader))
        budget = (1 - d.target) * (d.sustained_s or d.window_s) / 60
        return [Share(c.criterion, "minutes", _steps(bad), _steps(known), share_known, "budget", budget + 1e-9,
                      window=window, begun=begun, coverage=d.coverage)]  # fmt: skip
    if d.form is Form.KPI and d.kpi == "error_rate_5xx" and d.below is not None:
        return [Share(c.criterion, "calls", _steps(hours.errors), _steps(hours.calls), _steps(hours.known) / _HOURS_A_STEP,
                      "poisson", d.below, hours.lately, hours.usual, window, begun, d.coverage)]  # fmt: skip
    return []


def _out(hours: _Hours, reader: Reader) -> Floats:
    """Share of each step that planned maintenance takes out."""
    found = np.zeros(hours.count // _HOURS_A_STEP)
    for hole in left_out(reader):
        for i in range(len(found)):
            step = Span(hours.first + i * _STEP, hours.first + (i + 1) * _STEP)
            found[i] += hole.clip(step).length / _STEP
    return found
