"""What stands around a ticket, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from console.model.spike import Finding
from console.present import words
from console.present.queue import STATE_WORDS, one_line
from console.present.tone import SEVERITY_TONE, Tone
from console.present.triage_figures import AlikeLine, AroundLine, TriageContext
from console.queries.alike import Alike
from console.queries.triage_context import ContextAnswer

_MOST_MOVED = 6
_MOST_STILL = 4
_MOST_ROWS = 200
HEADER = ("Consumer", "Customer", "Calls", "Failed")


def word(answer: ContextAnswer, customers: dict[str, str], zone: ZoneInfo) -> TriageContext:
    """``customers``: whose key a consumer is, where that is known."""
    row = answer.ticket.row
    return TriageContext(
        row.row_key, f"{words.clock(answer.span.start, zone)}–{words.clock(answer.span.end, zone)}", _moved(answer),
        _unchanged(answer), tuple(_alike(one) for one in answer.alike), _calls(answer, zone),
        tuple(AroundLine(
            one_line(r.version if r.kind == "version" else f"{r.version} ({r.kind})", 60),
            f"{words.duration((row.created - r.at) / 1e6)} before", Tone.UNKNOWN,
        ) for r in answer.releases),
        tuple(AroundLine(
            one_line(f"{o.row_key.partition(':')[2]} {o.title}", 120),
            f"{o.severity or '—'} · {STATE_WORDS.get(o.status, o.status)}",
            Tone.MUTED if o.status in ("resolved", "closed") else SEVERITY_TONE.get(o.severity or "", Tone.NEUTRAL), o.row_key,
        ) for o in answer.others),
        _reach(answer, customers),
    )  # fmt: skip


def _moved(answer: ContextAnswer) -> tuple[AroundLine, ...]:
    """The ticket's own route first, then as ranked; then how many consumers failed."""
    route = answer.ticket.row.route or ""
    mine = [f for f in answer.moved if route and f.name.startswith(route)]
    chosen = [*mine, *(f for f in answer.moved if f not in mine)][:_MOST_MOVED]
    lines = [_finding(f) for f in chosen]
    if answer.failed:
        lines.append(AroundLine("consumers failing", words.count(len(answer.failed)), Tone.BAD))
    if not lines and answer.why:
        lines.append(AroundLine(answer.why, "", Tone.UNKNOWN))
    elif not lines:
        lines.append(AroundLine("nothing that chance would not move as well", "", Tone.MUTED))
    return tuple(lines)


def _finding(finding: Finding) -> AroundLine:
    before, during = (words.value_of(finding.unit, value) for value in (finding.before, finding.during))
    if finding.unit == "share" and finding.during is not None and finding.before is not None:
        before = before.removesuffix(f"{words.SPACE}%") if during.endswith("%") else before
    rose = (finding.effect or 1.0) > 1
    bad = finding.kind in ("route", "latency", "status") or (
        finding.kind == "consumer" and finding.measure != "share of calls"
    )
    tone = (Tone.BAD if rose else Tone.GOOD) if bad else Tone.ACCENT
    return AroundLine(one_line(finding.what, 80), f"{before} → {during}", tone)


def _unchanged(answer: ContextAnswer) -> str:
    names = dict.fromkeys(_route(f.name) for f in answer.still)
    for finding in answer.moved:
        names.pop(_route(finding.name), None)
    listed = [one_line(name, 40) for name in names]
    if not listed:
        return ""
    more = len(listed) - _MOST_STILL
    return f"unchanged: {', '.join(listed[:_MOST_STILL])}" + (f" and {more} more" if more > 0 else "")


def _route(name: str) -> str:
    """'POST /pay' of 'POST /pay 502' and of 'POST /pay p95'."""
    head, _, last = name.rpartition(" ")
    return head if head and (last == "p95" or last[:1].isdigit()) else name


def _alike(one: Alike) -> AlikeLine:
    named = [f"words “{one.words[0]}”" if name == "words" and one.words else name for name, _ in one.parts[:3]]
    key = one.row_key.partition(":")[2]
    return AlikeLine(
        one.row_key, one_line(f"{key} {one.title}", 120), f"{one.score:.2f}", one_line(", ".join(named), 60)
    )


def _calls(answer: ContextAnswer, zone: ZoneInfo) -> tuple[AroundLine, ...]:
    if answer.calls:
        return tuple(
            AroundLine(
                one_line(f"{words.clock(c.at, zone, seconds=True)} {c.route}", 100),
                f"{c.status}" if c.ms is None else f"{c.status} · {words.milliseconds(c.ms)}",
                Tone.BAD if c.status >= 500 or c.status == 5 else Tone.NEUTRAL,
            )
            for c in answer.calls
        )
    return tuple(
        AroundLine(
            one_line(f"{c.consumer} {c.route}", 100),
            words.plural(c.calls, "call") + (f", {words.count(c.failed)} failed" if c.failed else ""),
            Tone.BAD if c.failed else Tone.NEUTRAL,
        )
        for c in answer.called
    )


def _reach(answer: ContextAnswer, customers: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    if not answer.failed:
        return ()
    rows = [
        (
            one_line(f.consumer, 80), one_line(customers.get(f.consumer) or "—", 80), words.count(f.calls),
            words.count(f.failed),
        )
        for f in answer.failed[:_MOST_ROWS]
    ]  # fmt: skip
    return (HEADER, *rows)
