"""The ten exit criteria of the template, judged at a moment from the facts.

Not met wins over unknown inside one criterion. A clock that is not full is not met and on track. Missing data never
passes: below 99 % coverage the answer is unknown.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from console.model.coverage import share
from console.model.interval import poisson_upper, wilson
from console.model.moment import DAY, MINUTE, SECOND, Span, parse_instant
from console.model.number import Slice
from console.queries.catalogue import shipped
from console.queries.kpi import ask as ask_kpi
from console.queries.reader import TICKET_KINDS, Reader
from console.queries.shelf import TicketShelf
from console.queries.unfolded import table as gateway_table

WEEK = 7 * DAY
COVERAGE = 0.99
HALF = 0.5
"""A percentile over less than half of its window is no verdict yet, neither way."""
_USUAL_LAG = 5 * MINUTE

TITLES = {
    "uptime": "Uptime > 99.9 % for 7 days",
    "p1_resolved": "P1 resolved 100 %",
    "p2_resolved": "P2 resolved > 90 %",
    "error_rate_5xx": "API 5xx < 0.1 %",
    "response_time": "Response time within SLO",
    "ticket_volume": "Tickets at baseline",
    "csat": "CSAT > 80 %",
    "documentation": "Documentation updated",
    "known_issues": "Known issues reviewed",
    "handover": "Team handover",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """``state``: met, not_met, unknown or waived. ``unit`` words ``value``; ``share_of`` is 'n of m' where that says more."""

    criterion: str
    state: str
    why: str = ""
    on_track: bool = False
    value: float | None = None
    target: float | None = None
    clock_s: float | None = None
    sustained_s: float | None = None
    budget_left_s: float | None = None
    n: int = 0
    coverage: float = 0.0
    unit: str = "share"
    share_of: tuple[int, int] | None = None
    example: str = ""

    def as_row(self) -> dict[str, Any]:
        """As the ``check`` command prints it."""
        return {
            "criterion": self.criterion, "state": self.state, "on_track": self.on_track, "value": self.value,
            "target": self.target, "why": self.why, "clock_s": self.clock_s, "sustained_s": self.sustained_s,
            "budget_left_s": self.budget_left_s, "n": self.n, "coverage": self.coverage,
        }  # fmt: skip


def ask(reader: Reader, shelf: TicketShelf) -> list[Criterion]:
    """All ten, in the template's order."""
    table = shelf.fill(reader)
    judged = [
        _uptime(reader),
        _resolved(reader, table, "p1_resolved", "P1", 1.0),
        _resolved(reader, table, "p2_resolved", "P2", 0.9),
        _errors(reader),
        _response_time(reader),
        _volume(reader, table),
        _csat(reader),
        _signed(reader, "documentation", 1),
        _known_issues(reader, table),
        _signed(reader, "handover", 2),
    ]
    waivers = _waivers(reader)
    return [_waived(c, waivers[c.criterion]) if c.criterion in waivers else c for c in judged]


def _week(reader: Reader) -> Span:
    """The trailing seven days of the session clock; before go-live nothing counts."""
    return Span(max(reader.go_live, reader.at - WEEK), reader.at)


def _clock_words(window: Span) -> str:
    days, rest = divmod(window.length // SECOND, 86_400)
    return f"{days} d {rest // 3600} h of 7 d"


def _uptime(reader: Reader) -> Criterion:
    window = _week(reader)
    answer = ask_kpi(reader, shipped().get("availability"), window.start, window.end, Slice(), interval=False)
    target = reader.settings.targets.get("availability", 0.999)
    budget = (1 - target) * WEEK / SECOND
    clock = window.length / SECOND
    if answer.value is None:
        return Criterion("uptime", "unknown", answer.why, target=target, clock_s=clock, sustained_s=WEEK / SECOND)
    bad = round(answer.n * (1 - answer.value)) * 60.0
    left = budget - bad
    total = max(1, window.length // (60 * SECOND))
    coverage = min(1.0, answer.n / total)
    shared: dict[str, Any] = {
        "value": answer.value, "target": target, "clock_s": clock, "sustained_s": WEEK / SECOND, "n": answer.n,
        "budget_left_s": left, "coverage": coverage,
    }  # fmt: skip
    if left < 0:
        return Criterion("uptime", "not_met", f"{bad / 60:.0f} bad minutes; the budget of 7 days is used up", **shared)
    if window.length < WEEK:
        enough = coverage >= COVERAGE
        why = _clock_words(window) if enough else f"{_clock_words(window)}, only {coverage * 100:.1f} % of it known"
        return Criterion("uptime", "not_met", why, on_track=enough, **shared)
    if coverage < COVERAGE:
        return Criterion("uptime", "unknown", f"only {coverage * 100:.1f} % of 7 days known", **shared)
    return Criterion("uptime", "met", f"{left / 60:.0f} min of budget left", **shared)


def _ticket_coverage(reader: Reader) -> tuple[list[Span], bool]:
    spans = reader.told_by(TICKET_KINDS, all_must=True)
    return spans, bool(spans)


def severities(reader: Reader, table: str) -> dict[str, tuple[int, int, str | None]]:
    """For P1 and P2: how many defects there are, how many are done, and the key of an open one."""
    if "severities" not in reader.answers:
        rows = reader.rows(
            "SELECT severity, count(*), count(*) FILTER (WHERE is_done(status)), min(key) FILTER (WHERE NOT is_done(status)) "
            f"FROM {table} WHERE severity IN ('P1', 'P2') AND kind <> 'enhancement' GROUP BY severity"
        )
        reader.answers["severities"] = {severity: (int(n), int(done), key) for severity, n, done, key in rows}
    found: dict[str, tuple[int, int, str | None]] = reader.answers["severities"]
    return found


def _resolved(reader: Reader, table: str, name: str, severity: str, target: float) -> Criterion:
    spans, connected = _ticket_coverage(reader)
    if not connected:
        return Criterion(name, "unknown", "not every ticket source has been read to its end yet", target=target)
    total, done, example = severities(reader, table).get(severity, (0, 0, None))
    covered = (
        share(_up_to_now(spans, reader.at), Span(reader.go_live, reader.at)) if reader.at > reader.go_live else 1.0
    )
    value = done / total if total else None
    shared: dict[str, Any] = {
        "value": value, "target": target, "n": int(total), "coverage": covered, "share_of": (int(done), int(total)),
        "example": example or "",
    }  # fmt: skip
    if value is not None and not (value >= 1.0 if target >= 1.0 else value > target):
        return Criterion(name, "not_met", f"{done} of {total}; {total - done} open, such as {example}", **shared)
    if covered < COVERAGE:
        why = f"only {covered * 100:.1f} % of the time since go-live known"
        return Criterion(name, "unknown", f"{done} of {total}; {why}" if total else why, **shared)
    return Criterion(name, "met", f"{done} of {total}" if total else f"no {severity} so far", **shared)


def _up_to_now(spans: list[Span], at: int) -> list[Span]:
    """Ticket systems are asked once a minute: the time since the last answer is a gap only when it is longer than usual."""
    if spans and spans[-1].end < at <= spans[-1].end + _USUAL_LAG:
        return [*spans[:-1], Span(spans[-1].start, at)]
    return spans


def _errors(reader: Reader) -> Criterion:
    window = _week(reader)
    target = reader.settings.targets.get("error_rate_5xx", 0.001)
    answer = ask_kpi(reader, shipped().get("error_rate_5xx"), window.start, window.end, Slice())
    clock = window.length / SECOND
    shared: dict[str, Any] = {
        "target": target,
        "clock_s": clock,
        "sustained_s": WEEK / SECOND,
        "coverage": answer.coverage,
    }
    if answer.value is None:
        return Criterion("error_rate_5xx", "unknown", answer.why, **shared)
    errors = round(answer.value * answer.n)
    upper = poisson_upper(errors) / answer.n
    shared.update(value=answer.value, n=answer.n)
    # Certain only when it would stay so if nothing failed in the time that is not known.
    if answer.value * answer.coverage >= target:
        return Criterion("error_rate_5xx", "not_met", f"{errors} errors in {answer.n} calls", **shared)
    if answer.coverage < COVERAGE:
        why = f"only {answer.coverage * 100:.1f} % of the window known"
        return Criterion("error_rate_5xx", "unknown", why, **shared)
    if upper >= target:
        need = int(poisson_upper(errors) / target) + 1
        return Criterion("error_rate_5xx", "unknown", f"not enough traffic: {answer.n} of {need} calls", **shared)
    if window.length < WEEK:
        return Criterion("error_rate_5xx", "not_met", _clock_words(window), on_track=True, **shared)
    return Criterion("error_rate_5xx", "met", f"at most {upper * 100:.3f} % with 95 % confidence", **shared)


def _response_time(reader: Reader) -> Criterion:
    flows = reader.settings.flow
    if not flows:
        return Criterion("response_time", "unknown", "no flow has a response time promised; add flows in Settings")
    window = _week(reader)
    good, failing, silent = 0, [], []
    worst = 0.0
    values = flow_values(reader, window)
    for flow in flows:
        value = values[flow.name]
        if value is None:
            silent.append(flow.name)
        elif value <= flow.slo_ms:
            good += 1
            worst = max(worst, value / flow.slo_ms)
        else:
            failing.append(f"{flow.name} {flow.statistic} {value:.0f} of {flow.slo_ms:.0f} ms")
    covered = share(reader.traffic_coverage, window)
    shared: dict[str, Any] = {
        "value": good / len(flows), "target": 1.0, "n": len(flows), "coverage": covered, "share_of": (good, len(flows)),
    }  # fmt: skip
    if failing and covered >= HALF:
        return Criterion("response_time", "not_met", "; ".join(failing), **shared)
    if silent and not failing:
        return Criterion("response_time", "unknown", f"no response times for {', '.join(silent)}", **shared)
    if covered < COVERAGE:
        return Criterion("response_time", "unknown", f"only {covered * 100:.1f} % of the window known", **shared)
    return Criterion("response_time", "met", f"the slowest uses {worst * 100:.0f} % of its promise", **shared)


def flow_values(reader: Reader, window: Span) -> dict[str, float | None]:
    """Each flow's statistic in ms over the window, from merged histograms; None where nothing is known."""
    routes = sorted({route for flow in reader.settings.flow for route in flow.routes})
    if not routes:
        return {flow.name: None for flow in reader.settings.flow}
    listed = ", ".join("?" for _ in routes)
    buckets = reader.rows(
        "SELECT route, lower_ms, upper_ms, sum(count) FROM "
        f"{gateway_table(reader, 'latency_in', window.start, window.end)} WHERE kind = 'total' "
        f"AND route IN ({listed}) GROUP BY ALL ORDER BY upper_ms, lower_ms",
        list(routes),
    )
    sums = {
        route: (calls, total)
        for route, calls, total in reader.rows(
            "SELECT route, sum(calls), sum(sum_us) FROM "
            f"{gateway_table(reader, 'latency_sum_in', window.start, window.end)} WHERE kind = 'total' "
            f"AND route IN ({listed}) GROUP BY route",
            list(routes),
        )
    } if any(f.statistic == "mean" for f in reader.settings.flow) else {}  # fmt: skip
    found: dict[str, float | None] = {}
    for flow in reader.settings.flow:
        if flow.statistic == "mean":
            calls = sum(sums.get(r, (0, 0))[0] for r in flow.routes)
            total = sum(sums.get(r, (0, 0))[1] for r in flow.routes)
            found[flow.name] = total / calls / 1000 if calls else None
        else:
            mine = [(low, high, n) for route, low, high, n in buckets if route in flow.routes]
            found[flow.name] = _quantile(mine, float(flow.statistic[1:]) / 100)
    return found


def _quantile(buckets: list[tuple[float, float, int]], q: float) -> float | None:
    """As the macro latency_quantile_in: linear inside the bucket, the last finite bound beyond it."""
    merged: dict[tuple[float, float], int] = {}
    for low, high, n in buckets:
        merged[(high, low)] = merged.get((high, low), 0) + n
    total, upto = sum(merged.values()), 0
    if total == 0:
        return None
    for (high, low), n in sorted(merged.items()):
        upto += n
        if n > 0 and upto >= q * total:
            return low if high == float("inf") else low + (high - low) * (q * total - (upto - n)) / n
    return None


def _volume(reader: Reader, table: str) -> Criterion:
    spans, connected = _ticket_coverage(reader)
    if not connected:
        return Criterion(
            "ticket_volume", "unknown", "not every ticket source has been read to its end yet", unit="per_day"
        )
    baseline = reader.settings.session.baseline
    if baseline is None:
        return Criterion("ticket_volume", "unknown", "no baseline is set; choose one in Settings", unit="per_day")
    days = [_opened(reader, table, Span(reader.at - (i + 1) * DAY, reader.at - i * DAY)) for i in range(3)]
    window = Span(max(reader.go_live, reader.at - 3 * DAY), reader.at)
    covered = share(_up_to_now(spans, reader.at), window)
    target = baseline.per_day
    if baseline.kind == "pre_launch":
        before = Span(reader.go_live - reader.settings.session.lookback_days * DAY, reader.go_live)
        if share(spans, before) < COVERAGE or before.length == 0:
            return Criterion("ticket_volume", "unknown", "the days before go-live are not known", unit="per_day",
                             value=float(days[0]))  # fmt: skip
        target = _opened(reader, table, before) / (before.length / DAY)
    shared: dict[str, Any] = {
        "value": float(days[0]), "target": target, "n": sum(days), "coverage": covered, "unit": "per_day",
    }  # fmt: skip
    if target is not None and days[0] >= target:
        return Criterion("ticket_volume", "not_met", f"{days[0]} in the last 24 h", **shared)
    rising = days[0] > days[1] > days[2]
    if baseline.kind == "flat" and rising:
        return Criterion("ticket_volume", "not_met", f"rising: {days[2]}, {days[1]}, {days[0]} a day", **shared)
    if covered < COVERAGE:
        return Criterion("ticket_volume", "unknown", f"only {covered * 100:.1f} % of 3 days known", **shared)
    words = "rising" if rising else "falling" if days[0] < days[1] < days[2] else "steady"
    return Criterion("ticket_volume", "met", words, **shared)


def _opened(reader: Reader, table: str, window: Span) -> int:
    row = reader.one(
        f"SELECT count(*) FROM {table} WHERE kind <> 'enhancement' AND created_at >= make_timestamp({window.start}) "
        f"AND created_at < make_timestamp({window.end})"
    )
    return int(row[0]) if row else 0


def _csat(reader: Reader) -> Criterion:
    target = reader.settings.targets.get("csat", 0.8)
    answer = ask_kpi(reader, shipped().get("csat"), reader.go_live, reader.at, Slice())
    if answer.value is None:
        return Criterion("csat", "unknown", answer.why, target=target, coverage=answer.coverage)
    low, high = wilson(round(answer.value * answer.n), answer.n)
    shared: dict[str, Any] = {"value": answer.value, "target": target, "n": answer.n, "coverage": answer.coverage}
    interval = f"n = {answer.n}, {low * 100:.0f}–{high * 100:.0f} %"
    if low > target and answer.coverage < COVERAGE:
        why = f"{interval}, only {answer.coverage * 100:.1f} % of the time since go-live known"
        return Criterion("csat", "unknown", why, **shared)
    if low > target:
        return Criterion("csat", "met", interval, **shared)
    if answer.value > target:
        return Criterion(
            "csat", "not_met", f"{interval}: the lower bound is not above the target", on_track=True, **shared
        )
    return Criterion("csat", "not_met", interval, **shared)


def _sign_offs(reader: Reader, name: str) -> list[tuple[str, str]]:
    rows = reader.rows(
        "SELECT who, value, act FROM decision WHERE subject = ? AND act IN ('sign_off', 'withdraw_sign_off') "
        f"AND happened_at <= make_timestamp({reader.at}) AND known_at <= {reader.known_sql} ORDER BY happened_at",
        [name],
    )
    standing: dict[str, str] = {}
    for who, value, act in rows:
        if act == "sign_off":
            standing[who] = value
        else:
            standing.pop(who, None)
    return list(standing.items())


def _signed(reader: Reader, name: str, needed: int) -> Criterion:
    signed = _sign_offs(reader, name)
    names = ", ".join(who for who, _ in signed)
    if len(signed) >= needed:
        return Criterion(name, "met", f"signed by {names}", n=len(signed), coverage=1.0, unit="signed")
    missing = "not signed" if not signed else f"signed by {names}; the other side is missing"
    return Criterion(name, "not_met", missing, n=len(signed), coverage=1.0, unit="signed")


def _known_issues(reader: Reader, table: str) -> Criterion:
    _, connected = _ticket_coverage(reader)
    if not connected:
        return Criterion(
            "known_issues", "unknown", "not every ticket source has been read to its end yet", unit="signed"
        )
    row = reader.one(
        f"SELECT count(*), count(*) FILTER (WHERE workaround IS NULL) FROM {table} "
        "WHERE NOT is_done(status) AND severity IN ('P3', 'P4')"
    )
    total, bare = row or (0, 0)
    if bare:
        return Criterion("known_issues", "not_met", f"{bare} open P3/P4 without a documented workaround", n=int(total),
                         coverage=1.0, unit="signed")  # fmt: skip
    return _signed(reader, "known_issues", 1)


def _waivers(reader: Reader) -> dict[str, tuple[str, str, str]]:
    rows = reader.rows(
        "SELECT subject, act, who, value, comment FROM decision WHERE act IN ('waive', 'end_waiver') "
        f"AND happened_at <= make_timestamp({reader.at}) AND known_at <= {reader.known_sql} ORDER BY happened_at"
    )
    standing: dict[str, tuple[str, str, str]] = {}
    for subject, act, who, value, comment in rows:
        if act == "waive" and _ends(value) > reader.at:
            standing[subject] = (who, value, comment)
        else:
            standing.pop(subject, None)
    return standing


def _ends(value: str) -> int:
    """A waiver whose end cannot be read (another program wrote it) does not hold."""
    try:
        return parse_instant(value)
    except ValueError:
        return 0


def _waived(criterion: Criterion, waiver: tuple[str, str, str]) -> Criterion:
    who, until, comment = waiver
    reason = f": {comment}" if comment else ""
    return dataclasses.replace(
        criterion, state="waived", why=f"waived by {who} until {until}{reason} ({criterion.why})"
    )
