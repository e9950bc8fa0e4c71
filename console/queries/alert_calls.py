"""Samples of what gateways tell: shares, throughput and response times, each asked once for all rules and all routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from console.model.alert_rules import SHARES, Rule, Way
from console.model.alert_watch import Samples
from console.model.rolling import Floats
from console.queries.alert_minutes import Family, Labels, Minutes
from console.queries.unfolded import minute_filter, table
from console.store.columns import repr_text

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


@dataclass(frozen=True, eq=False)
class Calls:
    minutes: Minutes

    def family(self, rule: Rule) -> Family:
        """The series of a rule over calls or their times."""
        if rule.what in SHARES:
            return self._shares(rule)
        if rule.quantile is not None:
            return self._slow(rule) if rule.way in (Way.ABOVE, Way.BELOW) else self._quantiles(rule)
        return self._throughput(rule) if rule.what == "throughput" else self._means(rule)

    def _why_no_gateway(self) -> str:
        return "" if self.minutes.reader.speakers else "No source tells calls; connect a gateway in Sources."

    def _shares(self, rule: Rule) -> Family:
        what = rule.what
        if not rule.by and what in ("error_rate_5xx", "error_rate_4xx", "availability_by_calls"):
            return self._whole_shares(what)
        n, bad = self._calls(rule, what)
        return self._by_route(rule, {r: (bad[r], n[r]) for r in n}, share=True)

    def _whole_shares(self, what: str) -> Family:
        held = self.minutes.held.get("whole")
        if held is None:
            found = self.minutes.reader.connection.execute(
                f"SELECT {self.minutes.place()} AS i, calls, calls_5xx, calls_4xx FROM "
                f"{table(self.minutes.reader, 'calls_by_minute', self.minutes.start, self.minutes.end)}"
            ).fetchnumpy()
            held = {name: self.minutes.spread(found["i"], found[name]) for name in ("calls", "calls_5xx", "calls_4xx")}
            self.minutes.held["whole"] = held
        n = held["calls"]
        bad = {"error_rate_5xx": held["calls_5xx"], "error_rate_4xx": held["calls_4xx"]}.get(what)
        bad = n - held["calls_5xx"] if bad is None else bad
        return Family(
            self.minutes.start, self.minutes.traffic_known, {(): self._share(bad, n)}, self._why_no_gateway(), True
        )

    def _share(self, bad: Floats, n: Floats) -> Samples:
        return Samples(self.minutes.start, self.minutes.traffic_known, self.minutes.nothing, bad, n)

    def _by_route(self, rule: Rule, found: Mapping[str, tuple[Floats, Floats]], *, share: bool) -> Family:
        why = self._why_no_gateway()
        if rule.by != "route":
            bad, n = found.get("", (np.zeros(self.minutes.count), np.zeros(self.minutes.count)))
            return Family(self.minutes.start, self.minutes.traffic_known, {(): self._share(bad, n)}, why, share)
        wanted = {r: v for r, v in found.items() if _meant(rule, r)}
        series: dict[Labels, Any] = {(("route", r),): _later(self._share, bad, n) for r, (bad, n) in wanted.items()}
        return Family(self.minutes.start, self.minutes.traffic_known, series, why, share)

    def _calls(self, rule: Rule, what: str) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Calls and those that ``what`` counts, by route ('' for all), minute by minute.

        A few minutes are asked for once for every rule; of weeks each rule takes only what it looks at.
        """
        by_route = rule.by == "route"
        few = self.minutes.count <= _FEW_MINUTES
        wanted, some = (tuple(_SHARE_OF), "") if few else ((what,), _of_routes(rule))
        key = ("calls", by_route, wanted, some)
        if key not in self.minutes.held:
            columns = ", ".join(f"coalesce({_SHARE_OF[name]}, 0) AS {name}" for name in wanted)
            columns = columns.replace("FILTER (", "FILTER (WHERE ")
            self.minutes.held[key] = self._grouped(
                f"SELECT {self.minutes.place()} AS i, {{route}} AS route, sum(calls) AS n, {columns} FROM (SELECT *, "
                "CASE WHEN status < 100 THEN status ELSE status // 100 END AS class FROM traffic "
                f"WHERE {minute_filter(self.minutes.reader, self.minutes.start, self.minutes.end)}{some}) GROUP BY ALL",
                by_route, ("n", *wanted),
            )  # fmt: skip
        held: dict[str, dict[str, Floats]] = self.minutes.held[key]
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
        found = self.minutes.reader.connection.execute(
            f"{routes} SELECT t.i, n.r, {listed} FROM told t JOIN names n ON n.route = t.route ORDER BY n.r"
        ).fetchnumpy()
        known = [route for (route,) in self.minutes.reader.rows(f"{routes} SELECT route FROM names ORDER BY r")]
        place = np.asarray(found["r"], np.int64)
        edges = np.searchsorted(place, np.arange(len(known) + 1))
        held: dict[str, dict[str, Floats]] = {name: {} for name in names}
        for number, route in enumerate(known):
            part = slice(edges[number], edges[number + 1])
            for name in names:
                held[name][route] = self.minutes.spread(found["i"][part], found[name][part])
        return held

    def _together(self, sql: str, names: tuple[str, ...]) -> dict[str, dict[str, Floats]]:
        found = self.minutes.reader.connection.execute(sql).fetchnumpy()
        return {name: {"": self.minutes.spread(found["i"], found[name])} for name in names}

    def _throughput(self, rule: Rule) -> Family:
        if rule.by == "route":
            calls = self._calls(rule, "error_rate_5xx")[0]
            series: dict[Labels, Any] = {
                (("route", r),): _later(self._rate, n) for r, n in calls.items() if _meant(rule, r)
            }
            return Family(self.minutes.start, self.minutes.traffic_known, series, self._why_no_gateway())
        self._whole_shares("error_rate_5xx")
        rate = self._rate(self.minutes.held["whole"]["calls"])
        return Family(self.minutes.start, self.minutes.traffic_known, {(): rate}, self._why_no_gateway())

    def _rate(self, calls: Floats) -> Samples:
        value = np.where(self.minutes.traffic_known, calls / 60, np.nan)
        return Samples(self.minutes.start, self.minutes.traffic_known, value)

    def _slow(self, rule: Rule) -> Family:
        """Calls slower than the limit, of all calls with a known time: what a percentile over its limit comes to."""
        by_route, kind = rule.by == "route", _kind_of(rule.what)
        key = ("slow", by_route, kind, rule.limit, tuple(sorted(rule.flows.items())), rule.routes)
        if key not in self.minutes.held:
            rows, limit = self._latency_rows(rule, by_route, kind), repr(rule.limit)
            if rule.flows:
                limits = ", ".join(f"({repr_text(r)}, {ms!r}::DOUBLE)" for r, ms in sorted(rule.flows.items()))
                rows, limit = f"{rows} JOIN (VALUES {limits}) l(route, limit_ms) USING (route)", "limit_ms"
            # A part of a bucket in whole 1024ths is the same whether rows are added up before or after.
            weight = (
                f"CASE WHEN lower_ms >= {limit} THEN 1.0 WHEN upper_ms <= {limit} OR isinf(upper_ms) THEN 0.0 "
                f"ELSE round((upper_ms - {limit}) / (upper_ms - lower_ms) * {_EXACT}) / {_EXACT} END"
            )
            self.minutes.held[key] = self._grouped(
                f"SELECT {self.minutes.place()} AS i, {{route}} AS route, sum(count)::DOUBLE AS n, "
                f"sum(count::DOUBLE * {weight}) AS slow FROM {rows} GROUP BY ALL",
                by_route, ("n", "slow"),
            )  # fmt: skip
        held = self.minutes.held[key]
        return self._by_route(rule, {route: (held["slow"][route], held["n"][route]) for route in held["n"]}, share=True)

    def _latency_rows(self, rule: Rule, by_route: bool, kind: str) -> str:
        """Bucket rows of the rule's routes as a subquery."""
        if not by_route and not rule.routes:
            rows = table(self.minutes.reader, "latency_by_minute", self.minutes.start, self.minutes.end)
            return f"(SELECT * FROM {rows} WHERE kind = '{kind}')"
        some = f" AND route IN ({', '.join(repr_text(r) for r in sorted(rule.flows))})" if rule.flows else ""
        where = f"{minute_filter(self.minutes.reader, self.minutes.start, self.minutes.end)} AND kind = '{kind}'{some}"
        return f"(SELECT minute, route, lower_ms, upper_ms, count FROM latency WHERE {where})"

    def _quantiles(self, rule: Rule) -> Family:
        """The percentile of each minute, for what is compared with its usual."""
        by_route, q = rule.by == "route", rule.quantile
        rows = self._latency_rows(rule, by_route, _kind_of(rule.what))
        held = self._grouped(
            f"WITH buckets AS (SELECT {self.minutes.place()} AS i, {{route}} AS route, lower_ms, upper_ms, "
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
            enough = (n >= rule.least) & self.minutes.traffic_known
            labels = (("route", route),) if by_route else ()
            series[labels] = Samples(
                self.minutes.start, self.minutes.traffic_known, np.where(enough, held["v"][route], np.nan)
            )
        return Family(self.minutes.start, self.minutes.traffic_known, series, self._why_no_gateway())

    def _means(self, rule: Rule) -> Family:
        by_route = rule.by == "route"
        where = minute_filter(self.minutes.reader, self.minutes.start, self.minutes.end)
        held = self._grouped(
            f"SELECT {self.minutes.place()} AS i, {{route}} AS route, sum(calls) AS n, sum(sum_us) AS us FROM latency_sum "
            f"WHERE {where} AND kind = 'total' GROUP BY ALL",
            by_route, ("n", "us"),
        )  # fmt: skip
        series: dict[Labels, Any] = {}
        for route, n in held["n"].items():
            if by_route and not _meant(rule, route):
                continue
            with np.errstate(invalid="ignore", divide="ignore"):
                mean = np.where((n > 0) & self.minutes.traffic_known, held["us"][route] / n / 1000, np.nan)
            series[(("route", route),) if by_route else ()] = Samples(
                self.minutes.start, self.minutes.traffic_known, mean, None, n
            )
        return Family(self.minutes.start, self.minutes.traffic_known, series, self._why_no_gateway())


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
