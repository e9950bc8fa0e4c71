"""Response time: each core flow within the time it promises, from merged histograms."""

from __future__ import annotations

from typing import Any

from console.model.criterion import Criterion, Definition
from console.model.moment import Span
from console.queries.criteria.window import percent, to_come, window
from console.queries.reader import Reader
from console.queries.unfolded import table as gateway_table

HALF = 0.5
"""A percentile over less than half of its window is no verdict yet, neither way."""


def judge(reader: Reader, d: Definition) -> Criterion:
    """The share of flows that keep their promise must reach the target, all of them unless edited."""
    flows = reader.settings.flow
    if not flows:
        why = "no flow has a response time promised; add flows in Settings"
        return Criterion(d.key, "unknown", why, definition=d)
    early = to_come(reader, d)
    if early is not None:
        return early
    judged = window(reader, d, spare=True)
    good, failing, silent = 0, [], []
    slowest = ("", 0.0)
    values = flow_values(reader, judged.span)
    for flow in flows:
        value = values[flow.name]
        if value is None:
            silent.append(flow.name)
            continue
        words = f"{flow.name} {flow.statistic} {value:.0f} of {flow.slo_ms:.0f} ms"
        if value <= flow.slo_ms:
            good += 1
            if value / flow.slo_ms >= slowest[1]:
                slowest = (words, value / flow.slo_ms)
        else:
            failing.append(words)
    covered = _covered(reader, judged.span, judged.counted_s)
    target = d.above if d.above is not None else 1.0
    shared: dict[str, Any] = {
        "value": good / len(flows), "target": target, "n": len(flows), "coverage": covered,
        "share_of": (good, len(flows)), "definition": d, "start": judged.span.start, "end": judged.span.end,
        "left_out_s": judged.left_out_s,
    }  # fmt: skip
    if len(flows) - len(failing) < target * len(flows) - 1e-9 and covered >= HALF:
        return Criterion(d.key, "not_met", "; ".join(failing), **shared)
    if good < target * len(flows) - 1e-9 and not failing:
        return Criterion(d.key, "unknown", f"no response times for {', '.join(silent)}", **shared)
    if covered < d.coverage or good < target * len(flows) - 1e-9:
        return Criterion(d.key, "unknown", f"only {percent(covered)} of the window known", **shared)
    return Criterion(d.key, "met", f"slowest: {slowest[0]}", **shared)


def _covered(reader: Reader, span: Span, counted_s: float) -> float:
    known = sum(s.clip(span).length for s in reader.judged.traffic_coverage) / 1e6
    return min(1.0, known / counted_s) if counted_s else 0.0


def flow_values(reader: Reader, window: Span) -> dict[str, float | None]:
    """Each flow's statistic in ms over the window, from merged histograms; None where nothing is known."""
    reader = reader.judged
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
            found[flow.name] = quantile(mine, float(flow.statistic[1:]) / 100)
    return found


def quantile(buckets: list[tuple[float, float, int]], q: float) -> float | None:
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
