"""The samples of alert rules, minute by minute: each signal is asked once for all rules and all routes that watch it.

A minute that is not covered is unknown, whatever stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.model.alert_rules import SHARES, TICKET_KPIS, Rule, Signal, Way
from console.model.alert_watch import Samples, unknown_samples
from console.model.moment import HOUR, MINUTE, SECOND, Span, merge, minute_of
from console.model.rolling import Bools, Floats
from console.queries import alert_asked
from console.queries import alert_ticket_samples as of_tickets
from console.queries.alert_asked import Asked
from console.queries.kpi import sources_of
from console.queries.kpi_file import Kpi
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.series import Grid, coverage_of
from console.queries.shelf import TicketShelf
from console.queries.unfolded import minute_filter, table
from console.store.columns import repr_text

Labels = tuple[tuple[str, str], ...]
"""Sorted pairs: the name of a series inside a rule."""

_WHOLE_S = 59.999
_HOLD_MEASURE = 180
"""Minutes for which a measure told once stands; most are told by the hour."""
_SHORTEST_PERIOD_S = 12.0
_FEW_MINUTES = 60
_EXACT = 1024.0
"""Parts of a bucket are whole 1024ths, so that sums do not depend on where the summing began."""

_SHARE_OF = {
    "error_rate_5xx": "sum(calls) FILTER (class = 5)",
    "error_rate_4xx": "sum(calls) FILTER (class = 4)",
    "throttled": "sum(calls) FILTER (status = 429)",
    "rejected": "sum(calls) FILTER (status IN (401, 403))",
    "availability_by_calls": "sum(calls) FILTER (class <> 5)",
}
_GAUGE_OF = {"probe_up": "min", "disk": "max"}


@dataclass(frozen=True, eq=False)
class Family:
    """All series of a rule over [first, first + count minutes). ``known``: which minutes are covered, for every series.

    ``make`` gives the samples of one series. ``blank``: a series of which nothing was heard still has its known minutes.
    ``why``: what is missing when no minute can be known.
    """

    first: int
    known: Bools
    series: dict[Labels, Any]
    why: str = ""
    share: bool = False

    def __len__(self) -> int:
        return len(self.known)

    def labels(self) -> list[Labels]:
        return sorted(self.series)

    def of(self, labels: Labels) -> Samples:
        found = self.series.get(labels)
        if found is None:
            zeros = np.zeros(len(self.known))
            if self.share:
                return Samples(self.first, self.known, np.full(len(zeros), np.nan), zeros, zeros)
            return Samples(self.first, self.known, np.full(len(zeros), np.nan))
        made: Samples = found() if callable(found) else found
        return made

    def each(self) -> Iterator[tuple[Labels, Samples]]:
        for labels in self.labels():
            yield labels, self.of(labels)


@dataclass(eq=False)
class Sampler:
    """Asks for whole minutes [start, end). ``periods``: seconds between two polls, by source."""

    reader: Reader
    shelf: TicketShelf
    periods: Mapping[str, float]
    start: int
    end: int
    _held: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start, self.end = minute_of(self.start), max(minute_of(self.start), minute_of(self.end))

    @property
    def count(self) -> int:
        return (self.end - self.start) // MINUTE

    def family(self, rule: Rule, asked: Asked | None = None) -> Family:
        """The series a rule watches. ``asked``: what its KPI came to at earlier steps, for who samples minute after minute."""
        if rule.asked:
            return self._asked(rule, {} if asked is None else asked)
        match rule.signal:
            case Signal.ABSENT:
                if "silence" not in self._held:
                    self._held["silence"] = self._silence()
                silence: Family = self._held["silence"]
                return silence
            case Signal.GAUGE:
                return self._gauges(rule.what, rule.by)
            case Signal.MEASURE:
                return self._measures(rule.what, rule.by)
            case Signal.TICKETS:
                return self._tickets(rule)
        if rule.what in ("cpu", "memory", "disk"):
            return self._gauges(rule.what, rule.by)
        if rule.what in TICKET_KPIS:
            return self._tickets(rule)
        if rule.what in SHARES:
            return self._shares(rule)
        if rule.quantile is not None:
            return self._slow(rule) if rule.way in (Way.ABOVE, Way.BELOW) else self._quantiles(rule)
        return self._throughput(rule) if rule.what == "throughput" else self._means(rule)

    # What the gateways tell

    @cached_property
    def traffic_known(self) -> Bools:
        return self.covered(self.reader.traffic_coverage)

    def covered(self, spans: list[Span], start: int | None = None) -> Bools:
        """Which whole minutes lie inside the spans."""
        begin = self.start if start is None else start
        if begin >= self.end:
            return np.zeros(0, np.bool_)
        seconds = coverage_of(spans, Grid(Span(begin, self.end), MINUTE))
        return np.asarray(seconds >= _WHOLE_S)

    def _why_no_gateway(self) -> str:
        return "" if self.reader.speakers else "No source tells calls; connect a gateway in Sources."

    def _shares(self, rule: Rule) -> Family:
        what = rule.what
        if not rule.by and what in ("error_rate_5xx", "error_rate_4xx", "availability_by_calls"):
            return self._whole_shares(what)
        n, bad = self._calls(rule, what)
        return self._by_route(rule, {r: (bad[r], n[r]) for r in n}, share=True)

    def _whole_shares(self, what: str) -> Family:
        held = self._held.get("whole")
        if held is None:
            found = self.reader.connection.execute(
                f"SELECT {self._place()} AS i, calls, calls_5xx, calls_4xx FROM "
                f"{table(self.reader, 'calls_by_minute', self.start, self.end)}"
            ).fetchnumpy()
            held = {name: self._spread(found["i"], found[name]) for name in ("calls", "calls_5xx", "calls_4xx")}
            self._held["whole"] = held
        n = held["calls"]
        bad = {"error_rate_5xx": held["calls_5xx"], "error_rate_4xx": held["calls_4xx"]}.get(what)
        bad = n - held["calls_5xx"] if bad is None else bad
        return Family(self.start, self.traffic_known, {(): self._share(bad, n)}, self._why_no_gateway(), True)

    def _share(self, bad: Floats, n: Floats) -> Samples:
        return Samples(self.start, self.traffic_known, self._nothing, bad, n)

    @cached_property
    def _nothing(self) -> Floats:
        return np.full(self.count, np.nan)

    def _by_route(self, rule: Rule, found: Mapping[str, tuple[Floats, Floats]], *, share: bool) -> Family:
        why = self._why_no_gateway()
        if rule.by != "route":
            bad, n = found.get("", (np.zeros(self.count), np.zeros(self.count)))
            return Family(self.start, self.traffic_known, {(): self._share(bad, n)}, why, share)
        wanted = {r: v for r, v in found.items() if _meant(rule, r)}
        series: dict[Labels, Any] = {(("route", r),): _later(self._share, bad, n) for r, (bad, n) in wanted.items()}
        return Family(self.start, self.traffic_known, series, why, share)

    def _calls(self, rule: Rule, what: str) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Calls and those that ``what`` counts, by route ('' for all), minute by minute.

        A few minutes are asked for once for every rule; of weeks each rule takes only what it looks at.
        """
        by_route = rule.by == "route"
        few = self.count <= _FEW_MINUTES
        wanted, some = (tuple(_SHARE_OF), "") if few else ((what,), _of_routes(rule))
        key = ("calls", by_route, wanted, some)
        if key not in self._held:
            columns = ", ".join(f"coalesce({_SHARE_OF[name]}, 0) AS {name}" for name in wanted)
            columns = columns.replace("FILTER (", "FILTER (WHERE ")
            self._held[key] = self._grouped(
                f"SELECT {self._place()} AS i, {{route}} AS route, sum(calls) AS n, {columns} FROM (SELECT *, "
                "CASE WHEN status < 100 THEN status ELSE status // 100 END AS class FROM traffic "
                f"WHERE {minute_filter(self.reader, self.start, self.end)}{some}) GROUP BY ALL",
                by_route, ("n", *wanted),
            )  # fmt: skip
        held: dict[str, dict[str, Floats]] = self._held[key]
        return held["n"], held[what]

    def _grouped(self, sql: str, by_route: bool, names: tuple[str, ...]) -> dict[str, dict[str, Floats]]:
        """Minute arrays by column and route of a statement with ``{route}``."""
        if not by_route:
            return self._together(sql.replace("{route}", "''"), names)
        run = sql.replace("{route}", "route")
        routes = (
            f"WITH told AS ({run}), names AS (SELECT route, row_number() OVER (ORDER BY route) - 1 AS r FROM "
            "(SELECT DISTINCT route FROM told))"
        )
        listed = ", ".join(f"t.{name}::DOUBLE AS {name}" for name in names)
        found = self.reader.connection.execute(
            f"{routes} SELECT t.i, n.r, {listed} FROM told t JOIN names n ON n.route = t.route ORDER BY n.r"
        ).fetchnumpy()
        known = [route for (route,) in self.reader.rows(f"{routes} SELECT route FROM names ORDER BY r")]
        place = np.asarray(found["r"], np.int64)
        edges = np.searchsorted(place, np.arange(len(known) + 1))
        held: dict[str, dict[str, Floats]] = {name: {} for name in names}
        for number, route in enumerate(known):
            part = slice(edges[number], edges[number + 1])
            for name in names:
                held[name][route] = self._spread(found["i"][part], found[name][part])
        return held

    def _together(self, sql: str, names: tuple[str, ...]) -> dict[str, dict[str, Floats]]:
        found = self.reader.connection.execute(sql).fetchnumpy()
        return {name: {"": self._spread(found["i"], found[name])} for name in names}

    def _place(self, column: str = "minute") -> str:
        return f"(epoch_us({column}) - {self.start}) // {MINUTE}"

    def _spread(self, places: Any, values: Any) -> Floats:
        """Values at their minutes, 0 elsewhere."""
        found = np.zeros(self.count)
        at = np.asarray(places, np.int64)
        inside = (at >= 0) & (at < self.count)
        found[at[inside]] = np.asarray(np.ma.filled(values, 0), np.float64)[inside]
        return found

    def _throughput(self, rule: Rule) -> Family:
        if rule.by == "route":
            calls = self._calls(rule, "error_rate_5xx")[0]
            series: dict[Labels, Any] = {
                (("route", r),): _later(self._rate, n) for r, n in calls.items() if _meant(rule, r)
            }
            return Family(self.start, self.traffic_known, series, self._why_no_gateway())
        self._whole_shares("error_rate_5xx")
        rate = self._rate(self._held["whole"]["calls"])
        return Family(self.start, self.traffic_known, {(): rate}, self._why_no_gateway())

    def _rate(self, calls: Floats) -> Samples:
        value = np.where(self.traffic_known, calls / 60, np.nan)
        return Samples(self.start, self.traffic_known, value)

    def _slow(self, rule: Rule) -> Family:
        """Calls slower than the limit, of all calls with a known time: what a percentile over its limit comes to."""
        by_route, kind = rule.by == "route", _kind_of(rule.what)
        key = ("slow", by_route, kind, rule.limit, tuple(sorted(rule.flows.items())), rule.routes)
        if key not in self._held:
            rows, limit = self._latency_rows(rule, by_route, kind), repr(rule.limit)
            if rule.flows:
                limits = ", ".join(f"({repr_text(r)}, {ms!r}::DOUBLE)" for r, ms in sorted(rule.flows.items()))
                rows, limit = f"{rows} JOIN (VALUES {limits}) l(route, limit_ms) USING (route)", "limit_ms"
            # A part of a bucket in whole 1024ths is the same whether rows are added up before or after.
            weight = (
                f"CASE WHEN lower_ms >= {limit} THEN 1.0 WHEN upper_ms <= {limit} OR isinf(upper_ms) THEN 0.0 "
                f"ELSE round((upper_ms - {limit}) / (upper_ms - lower_ms) * {_EXACT}) / {_EXACT} END"
            )
            self._held[key] = self._grouped(
                f"SELECT {self._place()} AS i, {{route}} AS route, sum(count)::DOUBLE AS n, "
                f"sum(count::DOUBLE * {weight}) AS slow FROM {rows} GROUP BY ALL",
                by_route, ("n", "slow"),
            )  # fmt: skip
        held = self._held[key]
        return self._by_route(rule, {route: (held["slow"][route], held["n"][route]) for route in held["n"]}, share=True)

    def _latency_rows(self, rule: Rule, by_route: bool, kind: str) -> str:
        """Bucket rows of the rule's routes as a subquery."""
        if not by_route and not rule.routes:
            return (
                f"(SELECT * FROM {table(self.reader, 'latency_by_minute', self.start, self.end)} WHERE kind = '{kind}')"
            )
        some = f" AND route IN ({', '.join(repr_text(r) for r in sorted(rule.flows))})" if rule.flows else ""
        where = f"{minute_filter(self.reader, self.start, self.end)} AND kind = '{kind}'{some}"
        return f"(SELECT minute, route, lower_ms, upper_ms, count FROM latency WHERE {where})"

    def _quantiles(self, rule: Rule) -> Family:
        """The percentile of each minute, for what is compared with its usual."""
        by_route, q = rule.by == "route", rule.quantile
        rows = self._latency_rows(rule, by_route, _kind_of(rule.what))
        held = self._grouped(
            f"WITH buckets AS (SELECT {self._place()} AS i, {{route}} AS route, lower_ms, upper_ms, "
            f"sum(count)::BIGINT AS count FROM {rows} GROUP BY ALL HAVING sum(count) > 0), "
            "ranked AS (SELECT *, sum(count) OVER (PARTITION BY i, route ORDER BY upper_ms, lower_ms) AS upto, "
            "sum(count) OVER (PARTITION BY i, route) AS n FROM buckets) "
            "SELECT i, route, first(n) AS n, min_by(CASE WHEN isinf(upper_ms) THEN lower_ms "
            f"ELSE lower_ms + (upper_ms - lower_ms) * ({q!r} * n - (upto - count)) / count END, (upper_ms, lower_ms)) AS v "
            f"FROM ranked WHERE upto >= {q!r} * n GROUP BY i, route",
            by_route, ("n", "v"),
        )  # fmt: skip
        series: dict[Labels, Any] = {}
        for route, n in held["n"].items():
            if by_route and not _meant(rule, route):
                continue
            enough = (n >= rule.least) & self.traffic_known
            labels = (("route", route),) if by_route else ()
            series[labels] = Samples(self.start, self.traffic_known, np.where(enough, held["v"][route], np.nan))
        return Family(self.start, self.traffic_known, series, self._why_no_gateway())

    def _means(self, rule: Rule) -> Family:
        by_route = rule.by == "route"
        where = minute_filter(self.reader, self.start, self.end)
        held = self._grouped(
            f"SELECT {self._place()} AS i, {{route}} AS route, sum(calls) AS n, sum(sum_us) AS us FROM latency_sum "
            f"WHERE {where} AND kind = 'total' GROUP BY ALL",
            by_route, ("n", "us"),
        )  # fmt: skip
        series: dict[Labels, Any] = {}
        for route, n in held["n"].items():
            if by_route and not _meant(rule, route):
                continue
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = np.where((n > 0) & self.traffic_known, held["us"][route] / n / 1000, np.nan)
            series[(("route", route),) if by_route else ()] = Samples(self.start, self.traffic_known, mean, None, n)
        return Family(self.start, self.traffic_known, series, self._why_no_gateway())

    # Levels and measures

    def _gauges(self, name: str, by: str) -> Family:
        hold = self._hold_of(name)
        early = self.start - hold * MINUTE
        how = _GAUGE_OF.get(name, "avg")
        label = {"source": "source", "labels": "source || ' ' || labels"}.get(by, "''")
        rows = self.reader.rows(
            f"SELECT {label} AS l, epoch_us(time_bucket(INTERVAL 1 minute, happened_at)) AS m, {how}(value) FROM gauge "
            f"WHERE name = {repr_text(name)} AND happened_at >= {stamp(early)} AND happened_at < {stamp(self.end)}"
            f"{self._known_by()} GROUP BY ALL ORDER BY l, m"
        )
        series: dict[Labels, Any] = {}
        for label_text, held in _by_label(rows).items():
            value, _ = _held_values(held, early, self.start, self.count, hold)
            series[((by, label_text),) if by else ()] = Samples(self.start, np.isfinite(value), value)
        why = "" if series else f"No source tells {name} in this time."
        return Family(self.start, np.zeros(self.count, np.bool_), series, why)

    def _hold_of(self, name: str) -> int:
        """Minutes for which a reading of a gauge stands: two periods of the slowest source that tells it, at least one."""
        key = ("hold", name)
        if key not in self._held:
            sources = self.reader.rows(
                f"SELECT DISTINCT source FROM gauge WHERE name = {repr_text(name)} "
                f"AND happened_at >= {stamp(self.end - 24 * HOUR)} AND happened_at < {stamp(self.end)}"
            )
            slowest = max((self.periods.get(s, 60.0) for (s,) in sources), default=60.0)
            self._held[key] = max(0, -(-int(2 * slowest) // 60) - 1)
        return int(self._held[key])

    def _measures(self, name: str, by: str) -> Family:
        early = self.start - _HOLD_MEASURE * MINUTE
        shares = name in ("churn", "conversion", "adoption", "page_load_p75")
        label = {"source": "source", "labels": "source || ' ' || labels"}.get(by, "''")
        rows = self.reader.rows(
            f"SELECT {label} AS l, epoch_us(time_bucket(INTERVAL 1 minute, happened_at)) AS m, "
            f"{'avg' if shares else 'sum'}(value) FROM measure WHERE name = {repr_text(name)} "
            f"AND happened_at >= {stamp(early)} AND happened_at < {stamp(self.end)}{self._known_by()} "
            "GROUP BY ALL ORDER BY l, m"
        )
        series: dict[Labels, Any] = {}
        for label_text, held in _by_label(rows).items():
            value, fresh = _held_values(held, early, self.start, self.count, _HOLD_MEASURE)
            known = np.isfinite(value)
            series[((by, label_text),) if by else ()] = Samples(self.start, known, value, fresh=fresh)
        why = "" if series else f"No source tells {name} in this time."
        return Family(self.start, np.zeros(self.count, np.bool_), series, why)

    def _known_by(self) -> str:
        return "" if self.reader.known is None else f" AND known_at <= {stamp(self.reader.known)}"

    # Sources and tickets

    def _silence(self) -> Family:
        """How many of its own periods a source has been silent at the end of each minute, by what was known then."""
        series: dict[Labels, Any] = {}
        ends = self.start + (np.arange(self.count) + 1) * MINUTE
        told: dict[str, list[tuple[int, int]]] = {}
        # What was known before the first minute comes as one row.
        for name, minute, newest in self.reader.rows(
            f"SELECT source, epoch_us(greatest(time_bucket(INTERVAL 1 minute, known_at), {stamp(self.start - MINUTE)})) AS m, "
            f'epoch_us(max("to")) FROM covered WHERE known_at < {stamp(self.end)} GROUP BY ALL ORDER BY source, m'
        ):
            told.setdefault(name, []).append((int(minute) + MINUTE, int(newest)))
        for source in self.reader.settings.source:
            since = self._asked_since(source.name)
            if source.paused or since is None:
                continue
            period = max(_SHORTEST_PERIOD_S, self.periods.get(source.name) or source.period_s or 60.0)
            rows = told.get(source.name, [(0, 0)])
            learnt = np.array([at for at, _ in rows], np.int64)
            newest_of = np.maximum.accumulate(np.array([to for _, to in rows], np.int64))
            place = np.searchsorted(learnt, ends, side="right") - 1
            heard = np.where(place >= 0, newest_of[np.maximum(place, 0)], 0)
            silent = (ends - np.maximum(heard, since)) / SECOND / period
            known = ends > since
            series[(("source", source.name),)] = Samples(self.start, known, np.where(known, silent, np.nan))
        why = "" if series else "No source is asked."
        return Family(self.start, np.zeros(self.count, np.bool_), series, why)

    def _asked_since(self, source: str) -> int | None:
        """Since when the source is asked without a pause or change; None when it never was."""
        rows = self.reader.rows(
            f"SELECT epoch_us(known_at), value IS NULL OR value LIKE '%\"paused\":true%' FROM setting "
            f"WHERE key = {repr_text('source.' + source)} AND known_at <= {self.reader.known_sql} ORDER BY known_at"
        )
        since: int | None = None
        for at, off in rows:
            since = None if off else since if since is not None else int(at)
        return since

    def _tickets(self, rule: Rule) -> Family:
        covered = of_tickets.told(self.reader, self.periods)
        known = self.covered(covered)
        why = "" if covered else "No source tells tickets; connect one in Sources."
        series = of_tickets.series(self.reader, self.shelf, rule, self.start, known, covered)
        return Family(self.start, known, dict(series), why)

    # Everything else that has a value over a window

    def _asked(self, rule: Rule, asked: Asked) -> Family:
        if not self.count:
            return Family(self.start, np.zeros(0, np.bool_), {})
        span = Span(self.start, self.end)
        samples, why = alert_asked.series(self.reader, self.shelf, rule, self._told, span, asked)
        if samples is None:
            return Family(
                self.start,
                np.zeros(self.count, np.bool_),
                {(): unknown_samples(self.start, self.count, share=False)},
                why,
            )
        return Family(self.start, samples.known, {(): samples}, why)

    def _told(self, kpi: Kpi, spans: list[Span]) -> Bools:
        """Where a KPI's sources speak. Only after two of its periods is one late that is asked now and then; of calls every
        minute is told for itself."""
        if kpi.feeds in ("gateway", "latency", "availability"):
            return self.covered(spans)
        slowest = max((self.periods.get(name, 60.0) for name in sources_of(self.reader, kpi)), default=60.0)
        late = round(2 * slowest * SECOND) + MINUTE
        return self.covered(merge([Span(s.start, s.end + late) for s in spans]))


def _of_routes(rule: Rule) -> str:
    """The condition that leaves only the routes a rule names; '' where it means all."""
    if not rule.routes or rule.by != "route":
        return ""
    listed = ", ".join(repr_text(pattern) for pattern in rule.routes)
    return f" AND is_internal(route, [{listed}])"


def _meant(rule: Rule, route: str) -> bool:
    if rule.flows:
        return route in rule.flows
    if not rule.routes:
        return True
    bare = route.partition(" ")[2] or route
    return any(fnmatchcase(route, p) or fnmatchcase(bare, p) for p in rule.routes)


def _kind_of(what: str) -> str:
    return "gateway" if what == "latency_gateway_p95" else "total"


def _later(make: Any, *arguments: Any) -> Any:
    def made() -> Samples:
        found: Samples = make(*arguments)
        return found

    return made


def _by_label(rows: list[tuple[Any, ...]]) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for label, minute, value in rows:
        if value is not None:
            found.setdefault(label, []).append((int(minute), float(value)))
    return found


def _held_values(
    rows: list[tuple[int, float]], early: int, start: int, count: int, hold: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Values by minute from ``start`` on, each standing for ``hold`` minutes after its own; and which minutes were told."""
    total = (start - early) // MINUTE + count
    places = np.array([(m - early) // MINUTE for m, _ in rows], np.int64)
    values = np.array([v for _, v in rows])
    told = np.full(total, -1, np.int64)
    inside = (places >= 0) & (places < total)
    told[places[inside]] = np.flatnonzero(inside)
    newest = np.maximum.accumulate(told)
    age = np.arange(total) - np.where(newest >= 0, places[np.maximum(newest, 0)] if len(places) else 0, -(10**9))
    value = np.where(age <= hold, values[np.maximum(newest, 0)] if len(values) else np.nan, np.nan)
    fresh = (age == 0) & (newest >= 0)
    return value[-count:] if count else value[:0], fresh[-count:] if count else fresh[:0]
