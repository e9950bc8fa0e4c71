"""The proof of a number in words: the panel, its copies as text and Markdown, and the pages of its rows."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from console.model.criterion import Form
from console.model.freshness import Freshness
from console.model.moment import DAY, SECOND, Known, Moment, Span, from_datetime, iso, to_datetime
from console.model.number import Slice
from console.present import criteria as criteria_words
from console.present import words
from console.present.figures import Cell, Column, Row, TableWindow
from console.present.proof_figures import Fact, ProofFigure, SourceState, StripPart
from console.present.tone import GLYPH, SEVERITY_TONE, Tone
from console.queries import proof as proof_query
from console.queries.criteria import Criterion
from console.queries.proof import Deed, ProofAnswer
from console.queries.sources import SourceAnswer

_AGES = 3650 * DAY
"""A window that begins so early has no beginning worth telling."""

_KNOWN_SHARE = re.compile(r"^[\d.]+ % of the window is known\.\s*")

_STRIP = {
    proof_query.Told.IN_TIME: (Tone.GOOD, "known"),
    proof_query.Told.LATE: (Tone.WARN, "late"),
    proof_query.Told.MISSING: (Tone.UNKNOWN, "missing"),
    proof_query.Told.UNJUDGED: (Tone.UNKNOWN, "not judged, silence where calls are usual"),
    proof_query.Told.LEFT_OUT: (Tone.QUIET, "planned maintenance, does not count"),
}
_FRESH = {
    Freshness.LIVE: Tone.GOOD,
    Freshness.EMPTY: Tone.GOOD,
    Freshness.PARTIAL: Tone.WARN,
    Freshness.LATE: Tone.WARN,
    Freshness.LOST: Tone.BAD,
    Freshness.WAITING: Tone.UNKNOWN,
    Freshness.PAUSED: Tone.QUIET,
}
_METHODS = {
    "wilson": "95 % interval",
    "poisson_upper": "95 % upper bound",
    "bootstrap": "95 % interval of the mean",
}
_JUDGED_BY = {
    Form.BUDGET: "Judged by the bad minutes of its window against the budget that the target leaves.",
    Form.RESOLVED: "Judged by every defect of its severity since go-live.",
    Form.FLOWS: "Judged by each flow's own percentile over its window, from merged histograms.",
    Form.VOLUME: "Judged by the tickets of the last 24 hours against the baseline; a rise three days running says so.",
    Form.KNOWN_ISSUES: "Judged by the open P3 and P4 that nobody decided upon, then by a signature.",
    Form.SIGNED: "Judged by the signatures that stand.",
}
_BOUNDS = {
    "poisson": "Judged by the upper 95 % Poisson bound, not by the point: too few calls never pass.",
    "wilson": "Judged by the 95 % bound of the share on the side of the target, not by the point.",
}
_ACTS = {
    "sign_off": "signed",
    "withdraw_sign_off": "withdrew the signature",
    "waive": "waived",
    "end_waiver": "ended the waiver",
}
_ROWS = {
    "calls": "minutes and routes",
    "latency": "buckets of minutes and routes",
    "latency_sum": "minutes and routes",
    "minutes": "minutes",
    "tickets": "tickets",
    "clocks": "SLA clocks",
    "survey": "answers",
    "gauge": "readings",
    "measure": "measures",
}


def _title(answer: ProofAnswer) -> str:
    found = answer.criterion
    defined = None if found is None else found.definition
    return answer.number.criterion if defined is None else defined.title


def word(answer: ProofAnswer, session: str, rows_kind: str = "") -> ProofFigure:
    """``session`` is the id that links name; ``rows_kind`` what a row of it is, '' where there are none."""
    number, kpi, found = answer.number, answer.kpi, answer.answer
    title = _title(answer) if kpi is None else kpi.title
    facts = _facts(answer)
    judged = "" if not number.criterion else _judged(answer)
    spoken = f"Proof of {title}: " + ", ".join(f"{f.label} {f.value}" for f in facts)
    return ProofFigure(
        number=number, title=title, facts=facts, window=_window(answer), why=_why(answer),
        judged=judged, coverage="" if kpi is None else _coverage(answer), strip=_strip(answer),
        definition="" if kpi is None else kpi.means, formula="" if kpi is None else kpi.formula,
        sql="" if found is None else found.sql.strip(), sources=tuple(_source(s, answer) for s in answer.sources),
        deeds=tuple(_deed(d, answer) for d in answer.deeds), moment=_moment(number.moment, answer.zone, answer.now),
        link=number.link(session), rows_title=_ROWS.get(rows_kind, rows_kind),
        exact="" if found is None or found.value is None else repr(found.value), spoken=spoken,
    )  # fmt: skip


def _facts(answer: ProofAnswer) -> tuple[Fact, ...]:
    found, kpi, criterion = answer.answer, answer.kpi, answer.criterion
    facts: list[Fact] = []
    if found is None or kpi is None:
        if criterion is not None:
            facts.append(Fact("state", criteria_words.state_words(criterion), criteria_words.tone_of(criterion)))
            facts.append(Fact("value", criteria_words.value_words(criterion)))
            if criterion.n and criterion.unit != "signed":
                facts.append(Fact("n", words.count(criterion.n)))
        return tuple(facts)
    unit, value = found.unit, found.value
    name = "mean" if found.mean is not None and unit == "s" else "value"
    facts.append(Fact(name, words.value_of(unit, value) if value is not None else "unknown", _tone(answer)))
    if found.median is not None:
        facts.append(Fact("median", words.value_of(unit, found.median)))
    if found.p90 is not None:
        facts.append(Fact("P90", words.value_of(unit, found.p90)))
    if found.high is not None:
        high = words.value_of(unit, found.high)
        low = None if found.low is None else words.value_of(unit, found.low)
        facts.append(Fact(_METHODS.get(found.method, found.method), f"≤ {high}" if low is None else _range(low, high)))
    facts.append(Fact("n", words.count(found.n)))
    target = _target(answer)
    if target:
        label = "target, upper bound" if found.method == "poisson_upper" and criterion is not None else "target"
        facts.append(Fact(label, target))
    if criterion is not None:
        facts.append(Fact("criterion", criteria_words.state_words(criterion), criteria_words.tone_of(criterion)))
    return tuple(facts)


def _target(answer: ProofAnswer) -> str:
    """With its sign; a criterion's own target may have been edited, and says for how long it must hold."""
    kpi, found, criterion = answer.kpi, answer.answer, answer.criterion
    if kpi is None or found is None:
        return ""
    if criterion is not None:
        d = criteria_words.definition_of(criterion)
        return criteria_words.target_words(d, criterion.target, "share" if d.form is Form.BUDGET else criterion.unit)
    sign = {"down": "< ", "up": "> "}.get(kpi.direction, "")
    return "" if answer.target is None else sign + words.value_of(found.unit, answer.target)


def _why(answer: ProofAnswer) -> str:
    found = answer.answer
    if found is None:
        return ""
    # How much is known stands over the strip already.
    why = _KNOWN_SHARE.sub("", found.why)
    if found.value is None or answer.shown == found.value:
        return why
    said = "nothing" if answer.shown is None else repr(answer.shown)
    return f"The statement as shown gives {said} and not {found.value!r}; this is a fault of ours. {why}".strip()


def _range(low: str, high: str) -> str:
    """'0.40–0.42 %' where both have the same unit."""
    amount, _, unit = low.rpartition(words.SPACE)
    alike = unit in ("%", "ms") and high.endswith(words.SPACE + unit)
    return f"{amount}–{high}" if alike else f"{low} – {high}"


def _tone(answer: ProofAnswer) -> Tone:
    kpi, found, target = answer.kpi, answer.answer, answer.target
    if kpi is None or found is None or found.value is None:
        return Tone.UNKNOWN
    if target is None:
        return Tone.NEUTRAL
    worse = (
        found.value > target if kpi.direction == "down" else found.value < target if kpi.direction == "up" else False
    )
    return Tone.BAD if worse else Tone.NEUTRAL


def _judged(answer: ProofAnswer) -> str:
    """How a criterion was judged: by which bound, against what, with which clock."""
    criterion = answer.criterion
    if criterion is None:
        return "This criterion did not exist at that moment."
    parts = [_judged_by(answer, criterion)]
    state = criteria_words.state_words(criterion)
    parts.append(f"{state[:1].upper()}{state[1:]}: {criterion.why}." if criterion.why else f"{state.capitalize()}.")
    if criterion.clock_s is not None and criterion.sustained_s:
        clock = words.exact_duration(min(criterion.clock_s, criterion.sustained_s))
        parts.append(f"Clock: {clock} of {words.exact_duration(criterion.sustained_s)}.")
    if criterion.budget_left_s is not None:
        left = criterion.budget_left_s
        parts.append(f"Budget left: {'−' if left < 0 else ''}{words.exact_duration(abs(left))}.")
    if criterion.resets:
        parts.append(f"Reset by: {criterion.resets}.")
    if criterion.left_out_s:
        parts.append(f"{words.exact_duration(criterion.left_out_s)} of planned maintenance left out.")
    if answer.kpi is None and criterion.n and 0 < criterion.coverage < 1:
        parts.append(f"{words.share(criterion.coverage)} of its time is known.")
    return " ".join(part for part in parts if part)


def _judged_by(answer: ProofAnswer, criterion: Criterion) -> str:
    d = criteria_words.definition_of(criterion)
    if d.trend:
        return "Judged by its course over the window, and only where the change is more than chance."
    method = "" if answer.kpi is None else answer.kpi.method
    return _JUDGED_BY.get(d.form) or _BOUNDS.get(method, "Judged by its value against the target.")


def _window(answer: ProofAnswer) -> str:
    span, zone = answer.window, answer.zone
    until = words.day_and_clock(span.end, zone)
    if span.length > _AGES:
        stretch = f"until {until}"
    else:
        stretch = f"{words.day_and_clock(span.start, zone)} – {until}"
    return " · ".join([f"{stretch} {zone.key}", *_part(answer.number.part)])


def _part(part: Slice) -> list[str]:
    return [f"{name} {value}" for name, value in part.given().items()]


def _coverage(answer: ProofAnswer) -> str:
    found, span = answer.answer, answer.window
    if found is None or not span.length:
        return ""
    parts = [f"coverage of {_length(span)}", f"{words.share(found.coverage)} known"]
    rest = [
        f"{words.duration(length / SECOND)} {told}"
        for known, told in ((proof_query.Told.LATE, "late"), (proof_query.Told.MISSING, "missing"),
                            (proof_query.Told.UNJUDGED, "not judged"), (proof_query.Told.LEFT_OUT, "maintenance"))
        if (length := answer.length(known)) >= SECOND
    ]  # fmt: skip
    return " · ".join([*parts, ", ".join(rest)] if rest else parts)


def _length(span: Span) -> str:
    return words.duration(span.length / SECOND)


def _strip(answer: ProofAnswer) -> tuple[StripPart, ...]:
    whole, start = answer.window.length, answer.window.start
    found = []
    for stretch in answer.strip:
        tone, told = _STRIP[stretch.told]
        span = stretch.span
        at = words.day_and_clock(span.start, answer.zone)
        found.append(
            StripPart(
                (span.start - start) / whole, (span.end - start) / whole, tone,
                f"{at}, {words.duration(span.length / SECOND)}: {told}",
            )
        )  # fmt: skip
    return tuple(found)


def _source(source: SourceAnswer, answer: ProofAnswer) -> SourceState:
    age = "" if source.newest is None else f" · {words.age(source.newest, answer.number.moment.at or answer.now)}"
    tone = _FRESH[source.freshness]
    return SourceState(
        source.standing.source.name,
        f"{source.standing.kind_title} · {source.freshness.value}{age}"
        + (f" · {source.error}" if source.error else ""),
        tone,
    )


def _deed(deed: Deed, answer: ProofAnswer) -> str:
    at = words.day_and_clock(deed.at, answer.zone)
    act = _ACTS.get(deed.act, deed.act.replace("_", " "))
    return " · ".join(part for part in (at, f"{deed.who} {act}", deed.value, deed.comment) if part)


def _moment(moment: Moment, zone: ZoneInfo, now: int) -> str:
    at = now if moment.at is None else moment.at
    known = "as known then" if moment.known is Known.THEN else "as known now"
    return f"{known} · {words.day_and_clock(at, zone, now, seconds=True)}"


# Copies


def as_text(figure: ProofFigure) -> str:
    """The proof as plain text; what is long (the statement) stands last."""
    lines = [figure.title, figure.window, figure.moment, ""]
    lines += [f"{fact.label}: {fact.value}" for fact in figure.facts]
    lines += [f"exactly: {figure.exact}"] if figure.exact else []
    lines += [line for line in (figure.why, figure.judged, figure.coverage) if line]
    lines += [f"source {s.name}: {s.words}" for s in figure.sources]
    lines += list(figure.deeds)
    lines += ["", figure.definition, figure.formula] if figure.definition else []
    lines += ["", figure.sql] if figure.sql else []
    return "\n".join([*lines, "", figure.link, ""])


def as_markdown(figure: ProofFigure) -> str:
    """The proof as Markdown. Nothing that was told by a source can end the block it stands in."""
    lines = [f"### {_plain(figure.title)}", "", f"{_plain(figure.window)} · {figure.moment}", ""]
    lines += ["| " + " | ".join(_plain(f.label) for f in figure.facts) + " |", "|" + " --- |" * len(figure.facts)]
    lines += ["| " + " | ".join(_plain(f.value) for f in figure.facts) + " |", ""]
    lines += [f"Exactly {figure.exact}.", ""] if figure.exact else []
    for line in (figure.why, figure.judged, figure.coverage):
        lines += [_plain(line), ""] if line else []
    lines += [f"- {_plain(s.name)}: {_plain(s.words)}" for s in figure.sources]
    lines += [f"- {_plain(deed)}" for deed in figure.deeds]
    lines += ["", _plain(figure.definition), "", _plain(figure.formula)] if figure.definition else []
    if figure.sql:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", figure.sql)), default=0))
        lines += ["", f"{fence}sql", figure.sql, fence]
    return "\n".join([*lines, "", f"<{figure.link}>", ""])


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text).replace("\n", " ")


# Rows

_TIMES = ("minute", "happened_at", "created_at", "acknowledged_at", "first_resolved_at", "resolved_at", "span_from")
_TITLES = {
    "minute": "Minute", "happened_at": "Time", "created_at": "Created", "acknowledged_at": "Acknowledged",
    "first_resolved_at": "First resolved", "resolved_at": "Resolved", "span_from": "Counted since", "calls_4xx": "4xx",
    "calls_5xx": "5xx", "lower_ms": "Over ms", "upper_ms": "To ms", "sum_us": "Sum µs", "count": "Calls", "usual": "Usual",
    "ms": "Took",
}  # fmt: skip
_WIDTHS = {
    "title": 0, "route": 0, "labels": 0, "key": 92, "ms": 74, "source": 74, "severity": 62,
    "kind": 84, "calls": 66, "calls_4xx": 54, "calls_5xx": 54, "status": 84, "state": 74,
}  # fmt: skip
_USUAL_WIDTH = 82
_CLOCK_WIDTH, _DAY_WIDTH = 58, 126


def rows_window(
    columns: tuple[str, ...], rows: list[tuple[Any, ...]], offset: int, total: int, zone: ZoneInfo, window: Span
) -> TableWindow:
    """A page of rows. Times are told in the session's zone, with their day unless it is that of the window's end."""
    if not columns:
        return TableWindow((), 0, 0, (), empty="No rows stand behind this; it rests on what people decided.")
    one_day = to_datetime(window.start).astimezone(zone).date() == to_datetime(window.end).astimezone(zone).date()
    shown = tuple(
        Column(name, _TITLES.get(name, name.replace("_", " ").capitalize()), _width(name, one_day=one_day),
               right=_is_amount(rows, place))
        for place, name in enumerate(columns)
    )  # fmt: skip
    lines = []
    for place, row in enumerate(rows):
        cells = tuple(_cell(name, value, zone, window.end) for name, value in zip(columns, row, strict=True))
        told = ", ".join(f"{c.title} {cell.text}" for c, cell in zip(shown, cells, strict=True) if cell.text)
        lines.append(Row(str(offset + place), cells, told))
    return TableWindow(shown, total, offset, tuple(lines), empty="No row in this window.")


def _width(name: str, *, one_day: bool) -> int:
    if name in _TIMES:
        return _CLOCK_WIDTH if one_day and name in ("minute", "happened_at") else _DAY_WIDTH
    return _WIDTHS.get(name, _USUAL_WIDTH)


def _is_amount(rows: list[tuple[Any, ...]], place: int) -> bool:
    first = next((row[place] for row in rows if row[place] is not None), None)
    return isinstance(first, (int, float)) and not isinstance(first, bool)


def _cell(name: str, value: Any, zone: ZoneInfo, at: int) -> Cell:
    if value is None:
        return Cell("")
    if isinstance(value, datetime):
        instant = from_datetime(value)
        return Cell(words.day_and_clock(instant, zone, at, seconds=name == "happened_at"))
    if isinstance(value, bool):
        return Cell("yes" if value else "")
    if name in ("calls_4xx", "calls_5xx"):
        tone = Tone.NEUTRAL if not value else Tone.BAD if name == "calls_5xx" else Tone.WARN
        return Cell(words.count(value), tone)
    if name == "severity":
        return Cell(str(value), SEVERITY_TONE.get(value, Tone.QUIET), badge=True)
    if name == "ms":
        return Cell(words.duration(value / 1000))
    if name == "state":
        tone = {"good": Tone.GOOD, "bad": Tone.BAD}.get(value, Tone.UNKNOWN)
        return Cell(f"{GLYPH[tone]} {value}", tone)
    if name == "status" and isinstance(value, int):
        return Cell(str(value) if value >= 100 else f"{value}xx")
    if isinstance(value, int):
        return Cell(words.count(value))
    if isinstance(value, float):
        return Cell("∞" if value == float("inf") else f"{value:g}")
    return Cell(str(value))


def plain_row(columns: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as JSON values: instants as ISO with Z, an open bucket's end as null."""
    return {
        name: iso(from_datetime(value)) if isinstance(value, datetime) else None if value == float("inf") else value
        for name, value in zip(columns, row, strict=True)
    }


def strip_rows(answer: ProofAnswer) -> list[dict[str, str]]:
    """The coverage strip as JSON values, in the order of time."""
    return [{"from": iso(s.span.start), "to": iso(s.span.end), "state": s.told.value} for s in answer.strip]


def definition(answer: ProofAnswer) -> str:
    """What the number means and how it is made, in one text."""
    return "" if answer.kpi is None else f"{answer.kpi.means} {answer.kpi.formula}".strip()
