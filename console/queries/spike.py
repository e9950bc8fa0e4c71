"""Why did this span look as it does: every candidate of the span and of its baseline, weighed and ranked.

Unknown minutes count on neither side. What a release brought is told by what moved most since it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from console.model.comparing import judge_counts, troubled
from console.model.coverage import share
from console.model.errors import QuestionError
from console.model.moment import MINUTE, Moment, Span
from console.model.number import Number, Slice
from console.model.spike import Counts, Family, Finding, State, ranked, weigh
from console.model.spike_windows import SHORTEST, Windows, windows
from console.queries import spike_gateway, spike_tickets
from console.queries.catalogue import shipped
from console.queries.reader import TICKET_KINDS, Reader
from console.queries.shelf import TicketShelf

_LEAD_SHARE = 4
_LEAST_LEAD = 20 * MINUTE
_SUSPECTS = 24
"""How many of the strongest gateway rows a release is held against."""


@dataclass(frozen=True, slots=True)
class Explained:
    """``findings``: moved first, as ranked. ``known`` and ``tickets_known``: covered shares of the span, 0..1.

    ``left_out``: windows of the baseline that were in trouble themselves and so tell nothing of the usual.
    """

    span: Span
    windows: Windows
    findings: tuple[Finding, ...]
    moment: Moment
    known: float
    before_known: float
    tickets_known: float
    left_out: tuple[Span, ...] = ()

    def number(self, finding: Finding) -> Number | None:
        """The KPI that shows the row, where there is one. Asked for what is drawn: a list holds thousands."""
        return _number(finding, self.span, self.moment)


def ask(reader: Reader, shelf: TicketShelf, start: int, end: int, *, tickets: bool = True) -> Explained:
    """Explain [start, end). Raises QuestionError when it is empty, in the future, or nothing is known of it.

    ``tickets``: whether tickets are candidates too.
    """
    if end <= start:
        raise QuestionError("The span ends before it begins; swap its ends.")
    if start >= reader.at:
        raise QuestionError("The span has not happened yet at this moment; choose an earlier one.")
    earliest = _earliest(reader)
    span = Span(start, max(start + SHORTEST, min(end, reader.at)))
    asked = windows(span, earliest)
    families: list[Family] = [
        *spike_gateway.calls(reader, asked),
        *spike_gateway.latency(reader, asked),
        *spike_gateway.consumers(reader, asked),
        *(spike_tickets.tickets(reader, shelf, asked) if tickets else ()),
        *spike_tickets.levels(reader, asked),
    ]
    left_out = troubled(*spike_gateway.failures(families)) if families else ()
    findings = weigh(families, left_out)
    findings = _with_releases(reader, asked, families, findings)
    known = reader.traffic_coverage
    before = sum(w.length for w in asked.before)
    return Explained(
        asked.span, asked, tuple(findings), reader.moment,
        share(known, asked.span),
        sum(share(known, w) * w.length for w in asked.before) / before if before else 0.0,
        share(reader.told_by(TICKET_KINDS), asked.span),
        tuple(asked.every[n] for n in left_out),
    )  # fmt: skip


def _earliest(reader: Reader) -> int:
    starts = [spans[0].start for spans in reader.coverage.values() if spans]
    return min(starts, default=reader.go_live)


def _with_releases(reader: Reader, asked: Windows, families: list[Family], findings: list[Finding]) -> list[Finding]:
    """Each release in the span or shortly before it, as the strongest row that moved only since then."""
    lead = max(_LEAST_LEAD, asked.span.length // _LEAD_SHARE)
    first = asked.span.start - lead
    rows = reader.rows(
        "SELECT DISTINCT epoch_us(happened_at) AS instant, version, kind FROM release "
        f"WHERE happened_at >= make_timestamp({first}) AND happened_at < make_timestamp({asked.span.end}) "
        f"AND known_at <= {reader.known_sql} ORDER BY 1"
    )
    if not rows:
        return findings
    moved = [f for f in findings if f.state is State.MOVED]
    suspects = [f for f in moved if f.kind in ("route", "status", "latency") and isinstance(families[f.family], Counts)]
    made: list[Finding] = []
    for n, (at, version, kind) in enumerate(rows):
        until = rows[n + 1][0] if n + 1 < len(rows) else asked.span.end
        name = version if kind == "version" else f"{version} ({kind})"
        told = [
            f
            for suspect in suspects[:_SUSPECTS]
            if (f := _since(asked, families[suspect.family], suspect, int(at), int(until), name)) is not None
        ]
        if told:
            made.append(max(told, key=lambda f: f.sure))
        else:
            made.append(Finding("release", name, "", "share", None, None, None, 1.0, State.UNSURE, 0.0, 0.0))
    fresh = [f for f in made if f.state is State.MOVED]
    rest = [f for f in findings if f.state is not State.MOVED]
    return [*ranked([*moved, *fresh]), *rest, *(f for f in made if f.state is not State.MOVED)]


def _since(asked: Windows, family: Family, suspect: Finding, at: int, until: int, name: str) -> Finding | None:
    """A row of the gateway measured from the release to the next one; None where it had moved before the release."""
    assert isinstance(family, Counts)
    events = family.events[suspect.place : suspect.place + 1]
    exposure = np.broadcast_to(family.exposure, family.events.shape)[suspect.place : suspect.place + 1]
    starts = asked.span.start + np.arange(asked.slots) * asked.slot
    after = (starts + asked.slot > at) & (starts < until)
    ahead = starts + asked.slot <= at
    if not after.any():
        return None
    if ahead.any():
        early = judge_counts(_only(events, ahead), _only(exposure, ahead))
        if early.p[0] <= 0.05:
            return None
    late = judge_counts(_only(events, after), _only(exposure, after))
    if not np.isfinite(late.p[0]) or late.p[0] > 0.05:
        return None
    # It rides on a row that was claimed already; what is new is only where in the span that began.
    p = max(suspect.p, float(late.p[0]))
    before, during = float(late.before[0]) * family.per, float(late.during[0]) * family.per
    if family.shown is not None:
        before, during = suspect.before or 0.0, suspect.during or 0.0
    sure = max(0.0, abs(float(late.change[0])) - 2 * float(late.error[0]))
    return replace(
        suspect, kind="release", name=name, measure=f"(since then {suspect.what})", before=before, during=during,
        effect=during / before if before > 0 else suspect.effect, p=p, sure=sure,
    )  # fmt: skip


def _only(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Window 0 with the chosen slots alone; the windows before stay whole."""
    found = np.array(values)
    found[:, 0, ~chosen] = 0
    return found


_KPI = {"5xx": "error_rate_5xx", "4xx": "error_rate_4xx"}


def _number(finding: Finding, span: Span, moment: Moment) -> Number | None:
    if finding.state is State.UNSURE:
        return None
    kpi, part = "", Slice()
    match finding.kind:
        case "route":
            route, _, code = finding.name.rpartition(" ")
            kpi, part = _KPI.get(f"{code[:1]}xx", ""), Slice(route=route)
        case "latency" if finding.name.endswith(" p95"):
            name = finding.name.removesuffix(" p95")
            if name == "gateway-added":
                kpi = "latency_gateway_p95"
            elif name != "upstream":
                kpi, part = "latency_p95", Slice(route=None if name == "all routes" else name)
        case "consumer":
            kpi, part = _KPI.get(finding.measure, ""), Slice(consumer=finding.name)
        case "status":
            kpi = _KPI.get(f"{finding.name[:1]}xx", "")
        case "traffic":
            kpi, part = "throughput", Slice(route=None if finding.name == "all calls" else finding.name)
        case "tickets":
            kpi = "opened"
        case "severity":
            kpi, part = "opened", Slice(severity=finding.name)
        case "resource":
            kpi = finding.name if finding.name in ("cpu", "memory", "disk", "network") else ""
    known = shipped().kpis.get(kpi)
    if known is None or any(name not in known.slices for name in part.given()):
        return None
    return Number(kpi, span.start, span.end, part, moment)
