"""Canned figures: the numbers of the design's picture, so that tests and pictures show what was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from console.present.figures import (
    Band,
    Cell,
    ChartFigure,
    Column,
    CommandFigure,
    CriteriaPanel,
    CriterionLine,
    Curve,
    Floats,
    Marker,
    Pill,
    Remark,
    Row,
    StatusLine,
    TableWindow,
    Threshold,
    TicketDetail,
    Tile,
    TimelineFigure,
)
from console.present.tone import SEVERITY_TONE, Tone

NOW = 1_795_180_867.0
"""20 November 2026, 14:21:07 in Berlin."""
START = NOW - 6 * 3600
ZONE = "Europe/Berlin"
RELEASE = NOW - 34 * 60
INCIDENT = Band(NOW - 31 * 60, NOW, "INC-7", Tone.BAD)


def wander(seed: int, count: int, mean: float, swing: float) -> Floats:
    """A calm random walk around ``mean``, never below zero."""
    steps = np.random.default_rng(seed).normal(0, 1, count)
    walk = np.zeros(count)
    for index in range(1, count):
        walk[index] = walk[index - 1] * 0.9 + steps[index]
    return np.maximum(0.0, mean + walk / 2.3 * swing)


def minutes() -> Floats:
    return np.arange(START, NOW, 60.0)


def errors(xs: Floats) -> Floats:
    """Half a per mille, then up to 0.7 % after the release."""
    ys = wander(1, len(xs), 0.0006, 0.00012)
    since = (xs - RELEASE) / 1500
    return np.where(since > 0, ys + 0.0066 * np.clip(since, 0, 1) ** 1.4, ys)


def charts(zone: str = ZONE) -> tuple[ChartFigure, ...]:
    xs = minutes()
    usual = {
        "x0": START,
        "x1": NOW,
        "zone": zone,
        "markers": (Marker(RELEASE, "3.0.4"),),
        "bands": (INCIDENT,),
    }
    last_week = Curve("last week", Tone.MUTED, xs, wander(2, len(xs), 0.0007, 0.0001), faint=True)
    flow = wander(3, len(xs), 1200, 90)
    return (
        ChartFigure(
            key="error_rate_5xx",
            title="Gateway 5xx rate",
            unit="percent",
            curves=(last_week, Curve("5xx", Tone.BAD, xs, errors(xs))),
            thresholds=(Threshold(0.001, "SLO 0.1 %"),),
            legend=(("all routes · 6 h", Tone.MUTED),),
            y_max=0.01,
            spoken="Gateway 5xx rate over 6 h: now 0.71 %, highest 0.74 % at 14:15, target below 0.1 %.",
            **usual,
        ),
        ChartFigure(
            key="latency",
            title="Latency",
            unit="ms",
            curves=(
                Curve("p50", Tone.ACCENT, xs, wander(4, len(xs), 110, 9)),
                Curve("p95", Tone.GOOD, xs, wander(5, len(xs), 390, 30)),
                Curve("p99", Tone.WARN, xs, wander(6, len(xs), 760, 70)),
            ),
            thresholds=(Threshold(500, "SLO 500 ms"),),
            legend=(("p50", Tone.ACCENT), ("p95", Tone.GOOD), ("p99", Tone.WARN)),
            spoken="Latency over 6 h: p95 412 ms.",
            **usual,
        ),
        ChartFigure(
            key="throughput",
            title="Throughput",
            unit="per_second",
            curves=(
                Curve("last week", Tone.MUTED, xs, wander(7, len(xs), 1250, 80), faint=True),
                Curve("calls", Tone.ACCENT, xs, flow),
            ),
            legend=(("req/s · dashed: same time last week", Tone.MUTED),),
            spoken="Throughput over 6 h: 1 284 a second.",
            **usual,
        ),
        ChartFigure(
            key="tickets",
            title="Tickets",
            unit="count",
            curves=(
                Curve("opened", Tone.ACCENT, xs, np.round(wander(8, len(xs), 14, 5))),
                Curve("resolved", Tone.GOOD, xs, np.round(wander(9, len(xs), 13, 5))),
                Curve("backlog", Tone.WARN, xs, np.round(wander(10, len(xs), 62, 5))),
            ),
            legend=(("opened", Tone.ACCENT), ("resolved", Tone.GOOD), ("backlog", Tone.WARN)),
            spoken="Tickets over 6 h: backlog 64.",
            **usual,
        ),
    )


def tiles() -> tuple[Tile, ...]:
    made = []
    for index, (key, title, value, tone, note) in enumerate(
        (
            ("availability", "Availability", "99.94 %", Tone.NEUTRAL, "target 99.9 · 7 d"),
            ("error_rate_5xx", "5xx rate", "0.41 %", Tone.BAD, "target < 0.1"),
            ("latency_p95", "Latency p95", "412 ms", Tone.NEUTRAL, "SLO 500"),
            ("throughput", "Throughput", "1 284 /s", Tone.NEUTRAL, "+4 % vs last week"),
            ("mtta", "MTTA", "6 min", Tone.NEUTRAL, "target 15"),
            ("mttr_p1", "MTTR P1", "3 h 12", Tone.WARN, "target 4 h"),
            ("backlog", "Backlog", "64", Tone.NEUTRAL, "−9 since yesterday"),
            ("csat", "CSAT", "83 %", Tone.NEUTRAL, "target > 80 · n = 212"),
        )
    ):
        spark = wander(20 + index, 40, 10, 3)
        made.append(Tile(key, title, value, tone, note, spark=spark, spoken=f"{title} {value}, {note}"))
    return tuple(made)


def criteria() -> CriteriaPanel:
    lines = (
        ("uptime", Tone.GOOD, "Uptime > 99.9 % for 7 days", "99.94 %", "6.2 of 7 d"),
        ("p1", Tone.BAD, "P1 resolved 100 %", "11 of 12", "PAY-1482"),
        ("p2", Tone.GOOD, "P2 resolved > 90 %", "93 %", "41 of 44"),
        ("5xx", Tone.BAD, "API 5xx < 0.1 %", "0.41 %", "since 13:50"),
        ("slo", Tone.GOOD, "Response time within SLO", "5 of 5 flows", ""),
        ("volume", Tone.GOOD, "Tickets at baseline < 40 / day", "31", "falling"),
        ("csat", Tone.GOOD, "CSAT > 80 %", "83 %", "n = 212"),
        ("docs", Tone.GOOD, "Documentation updated", "signed", "docs"),
        ("known", Tone.UNKNOWN, "Known issues reviewed", "unknown", "due Wed"),
        ("handover", Tone.GOOD, "Team handover", "signed", "lead"),
    )
    made = tuple(CriterionLine(*line, spoken=f"{line[2]}: {line[3]}") for line in lines)
    return CriteriaPanel("7 met · 2 not met · 1 unknown", made)


COLUMNS = (
    Column("severity", "Sev", 54, sort="severity"),
    Column("key", "Key", 88, sort="key"),
    Column("title", "Title", 0),
    Column("source", "Source", 84, sort="source"),
    Column("assignee", "Assignee", 96),
    Column("age", "Age", 74, right=True, sort="created"),
    Column("status", "State", 96, sort="status"),
)

TICKETS = (
    ("P1", "PAY-1482", "Payment fails with 502 after address change", "jira", "", "19 min", "new"),
    ("P2", "PAY-1477", "Voucher not applied on second attempt", "jira", "Ada", "1 h 12", "new"),
    ("P2", "ZD-9021", "Login loop with SSO in Safari", "zendesk", "Grace", "2 h 05", "acknowledged"),
    ("P3", "APP-311", "Order list loads slowly since this morning", "roundup", "", "4 h 40", "new"),
    ("P3", "ZD-9019", "Invoice shows the old company name", "zendesk", "", "5 h", "new"),
    ("P4", "CAN-88", "Let me reorder saved cards", "portal", "", "8 h", "new"),
    ("P3", "ZD-9016", "E-mail confirmation arrives twice", "zendesk", "Linus", "1 d 2 h", "acknowledged"),
)


def ticket_row(fields: tuple[str, ...]) -> Row:
    severity, key, title, source, assignee, age, status = fields
    cells = (
        Cell(severity, SEVERITY_TONE.get(severity, Tone.QUIET), badge=True),
        Cell(key, Tone.MUTED),
        Cell(title),
        Cell(source, Tone.MUTED),
        Cell(assignee or "—", Tone.NEUTRAL if assignee else Tone.MUTED),
        Cell(age, Tone.BAD if severity == "P1" else Tone.NEUTRAL),
        Cell(status, Tone.MUTED),
    )
    return Row(f"{source}:{key}", cells, spoken=f"{severity} {key}, {title}, {status}, open for {age}")


def queue(selected: str = "") -> TableWindow:
    rows = tuple(ticket_row(fields) for fields in TICKETS)
    at = next((index for index, row in enumerate(rows) if row.key == selected), -1)
    chips = (Pill("23 new", action="queue_new"), Pill("All open", action="queue_all"))
    return TableWindow(COLUMNS, len(rows), 0, rows, at, chips=chips)


def long_queue(total: int, offset: int, limit: int, selected: str = "") -> TableWindow:
    """A queue of any length, whose tickets are numbered by their place."""
    rows = tuple(
        ticket_row(("P3", f"T-{index}", f"Ticket number {index}", "jira", "", "1 h", "new"))
        for index in range(offset, min(total, offset + limit))
    )
    at = int(selected.rpartition("-")[2]) if selected else -1
    return TableWindow(COLUMNS, total, offset, rows, at if at < total else -1)


def ticket(can_acknowledge: bool = True) -> TicketDetail:
    return TicketDetail(
        key="jira:PAY-1482",
        severity="P1",
        title="Payment fails with 502 after address change",
        status="new",
        meta=(
            ("Enterprise · in-app form · 14:02", Tone.MUTED),
            ("Respond in 11:40", Tone.BAD),
            ("Resolve in 3 h 41 min", Tone.NEUTRAL),
        ),
        body="“Card accepted, then a blank page. Happens every time once I edit the delivery address.”",
        facts=(
            ("Component", "Payments"),
            ("Route", "POST /v3/payments/confirm"),
            ("Release", "3.0.4"),
            ("Reporter", "web-7f"),
        ),
        remarks=(
            Remark("14:09 · rule “payments”", "component → Payments"),
            Remark("14:12 · Grace", "Seen on staging as well; the address id is empty after the edit."),
        ),
        url="https://jira.example/browse/PAY-1482",
        can_acknowledge=can_acknowledge,
    )


def timeline() -> TimelineFigure:
    go_live = NOW - 6.42 * 86_400
    hours = np.arange(go_live, NOW, 3600.0)
    curve = 0.15 + wander(30, len(hours), 0.05, 0.06)
    for middle, height in ((go_live + 2.1 * 86_400, 0.6), (NOW - 2_000, 0.75)):
        curve = curve + height * np.exp(-(((hours - middle) / 9_000) ** 2))
    days = tuple((go_live + day * 86_400, f"D{day}" if day else "Go-live") for day in range(14))
    return TimelineFigure(
        x0=go_live,
        x1=go_live + 14 * 86_400,
        now=NOW,
        live=True,
        clock="14:21:07",
        days=days,
        error_xs=hours,
        error_ys=np.clip(curve, 0, 1),
        bar_xs=hours[::2],
        bar_heights=np.clip(wander(31, len(hours[::2]), 0.28, 0.08), 0, 1),
        bar_width=7200.0,
        markers=(Marker(RELEASE, "3.0.4"),),
        bands=(Band(go_live + 1.95 * 86_400, go_live + 2.28 * 86_400, "INC-4", Tone.BAD),),
        spoken="Day 6 of 14, two incidents so far.",
    )


def status() -> StatusLine:
    return StatusLine(
        session="Atlas Checkout 3.0",
        day="Day 6 of 14",
        pills=(
            Pill("● LIVE · 5/5 sources · 3 s", Tone.GOOD, action="go_sources"),
            Pill("1 open", Tone.BAD, badge="P1"),
            Pill("4 open", badge="P2"),
            Pill("◔ 3 SLAs within 30 min", Tone.WARN),
            Pill("Exit readiness 7 / 10"),
        ),
        user="hypercare lead",
    )


def command() -> CommandFigure:
    return CommandFigure(status(), tiles(), charts(), criteria(), timeline())


def stale(tile: Tile) -> Tile:
    return replace(tile, stale=True, fresh="late, 4 min old")


def unknown(tile: Tile) -> Tile:
    return replace(tile, value="?", tone=Tone.UNKNOWN, note="no traffic source", why="No gateway is connected.")
