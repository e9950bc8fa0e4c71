"""The Exit screen in words: rows by group, their bars, what was decided, and the guard after an exit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np

from console.model.artefact import artefact_of
from console.model.criterion import TEMPLATE, Criterion, Definition, Form, Kind
from console.model.lengths import length_words
from console.model.moment import to_datetime
from console.present import criteria as criteria_words
from console.present import words
from console.present.exit_figures import Entry, ExitFigure, ExitGroup, ExitRow, Planned
from console.present.figures import Pill
from console.present.tone import Tone
from console.queries.decisions import Decision, interval_of
from console.queries.exit import ExitAnswer

_GROUPS = ((Kind.ENTRY, "Entry criteria"), (Kind.EXIT, "Exit criteria"), (Kind.GOAL, "Goals"))
_CHANGES = {
    "sign_off": "signed", "withdraw_sign_off": "withdrew a signature", "waive": "waived", "end_waiver": "ended the waiver",
    "add_criterion": "added it", "edit_criterion": "edited", "remove_criterion": "removed",
    "maintenance": "planned maintenance", "end_maintenance": "ended maintenance", "exit": "ended hypercare",
    "resume": "took hypercare up again", "defer": "put off", "end_deferral": "took up again",
}  # fmt: skip
_NAMES = {"above": "target >", "below": "target <"}


def word(answer: ExitAnswer) -> ExitFigure:
    """The whole screen."""
    zone = ZoneInfo(answer.zone)
    groups = []
    for kind, title in _GROUPS:
        rows = [c for c in answer.criteria if c.kind is kind]
        if rows or kind is Kind.EXIT:
            groups.append(ExitGroup(title, criteria_words.summary(rows), tuple(_row(answer, c, zone) for c in rows)))
    notice, tone = _notice(answer, zone)
    asked = [c for c in answer.criteria if c.kind is Kind.EXIT]
    ready = bool(asked) and all(c.state in ("met", "waived") for c in asked)
    return ExitFigure(
        edition=_edition(answer, zone), pills=(Pill(criteria_words.summary(asked)),), groups=tuple(groups), notice=notice,
        notice_tone=tone, exited=answer.guard is not None, ready=ready, planned=_planned(answer, zone),
        history=_history(answer, "", zone), kpis=tuple((name, title) for name, title, _ in answer.kpis), me=answer.me,
    )  # fmt: skip


def _edition(answer: ExitAnswer, zone: ZoneInfo) -> str:
    told = f"template “{TEMPLATE}”, version {answer.book.version}"
    edited = answer.book.edited
    return f"{told} · edited by {edited.who} on {_day(edited.at, answer.go_live, zone)}" if edited else told


def _day(instant: int, go_live: int, zone: ZoneInfo) -> str:
    """'D2': days since go-live in the session's zone; the date before it."""
    days = (to_datetime(instant).astimezone(zone).date() - to_datetime(go_live).astimezone(zone).date()).days
    return f"D{days}" if days >= 0 else words.day_and_clock(instant, zone)


def _row(answer: ExitAnswer, c: Criterion, zone: ZoneInfo) -> ExitRow:
    d = criteria_words.definition_of(c)
    target = criteria_words.target_words(d, c.target, "share" if d.form is Form.BUDGET else c.unit)
    value, state = criteria_words.value_words(c), criteria_words.state_words(c)
    if c.unit == "per_day" and c.value is not None:
        value += f"{words.SPACE}a day"
    spoken = f"{d.title}, {target}: {state}, {value}. {c.why}"
    signed = [h for h in answer.history.get(c.criterion, ()) if h.act == "sign_off"]
    return ExitRow(
        c.criterion, criteria_words.tone_of(c), d.title, target, value, progress(c), c.why, state,
        answer.sparks.get(c.criterion, np.empty(0)), spoken, criteria_words.number_of(c, answer.moment, answer.at),
        _notes(c, d), _history(answer, c.criterion, zone), _fields(c, d), d.form.value,
        tuple(dict.fromkeys(_signer(h) for h in signed)), c.state == "waived", d.own,
    )  # fmt: skip


def progress(c: Criterion) -> float:
    """How far it is: of a clock its time, of 'n of m' its share, of a bound how near the target is; 0 when unknown."""
    if c.state in ("met", "waived"):
        return 1.0
    if c.clock_s is not None and c.sustained_s and (c.on_track or c.budget_left_s is not None):
        # Time that nobody saw fills no bar.
        seen = 1.0 if c.on_track else min(1.0, c.coverage)
        held = min(1.0, c.clock_s / c.sustained_s) * seen
        return held if (c.budget_left_s is None or c.budget_left_s >= 0) else min(held, 0.04)
    if c.unit == "signed":
        d = criteria_words.definition_of(c)
        return min(1.0, c.n / d.sides) if d.form is Form.SIGNED else 0.0
    if c.state == "unknown" or c.value is None:
        return 0.0
    if c.share_of is not None:
        return c.share_of[0] / c.share_of[1] if c.share_of[1] else 0.0
    if c.target and c.value:
        below = criteria_words.definition_of(c).below is not None
        return float(min(1.0, max(0.04, c.target / c.value if below else c.value / c.target)))
    return 0.0


def _notes(c: Criterion, d: Definition) -> tuple[str, ...]:
    notes = []
    if c.resets:
        notes.append(f"Reset by: {c.resets}.")
    if c.left_out_s:
        notes.append(f"{length_words(c.left_out_s)} of planned maintenance left out.")
    if d.form in (Form.KPI, Form.BUDGET, Form.FLOWS):
        least = f"At least {words.share(d.coverage)} of it known"
        notes.append(
            f"{least}, n ≥ {words.count(d.evidence)}; n = {words.count(c.n)}, {words.share(c.coverage)} known."
        )
    if d.owner:
        notes.append(f"Owner: {d.owner}.")
    if d.rationale:
        notes.append(d.rationale)
    return tuple(notes)


def _fields(c: Criterion, d: Definition) -> tuple[tuple[str, str], ...]:
    """The definition as the edit form shows it; only what can be edited there."""
    fields = [("title", d.title), ("kind", d.kind.value)]
    if d.form not in (Form.SIGNED, Form.KNOWN_ISSUES):
        unit = "share" if d.form is Form.BUDGET else "count" if d.form is Form.VOLUME else c.unit
        target = "" if c.target is None else _typed(unit, c.target)
        fields.append(("target", target))
        if d.form is Form.KPI:
            fields.append(("side", d.trend or ("below" if d.below is not None else "above")))
    if d.form in (Form.KPI, Form.BUDGET, Form.FLOWS):
        fields.append(("window", length_words(d.window_s) if d.window_s else "go-live"))
    if d.form in (Form.KPI, Form.BUDGET, Form.VOLUME):
        fields.append(("sustained", length_words(d.sustained_s) if d.sustained_s else "0"))
    if d.form not in (Form.SIGNED, Form.KNOWN_ISSUES):
        fields += [("coverage", _typed("share", d.coverage)), ("evidence", str(d.evidence))]
    if d.form is Form.SIGNED:
        fields.append(("sides", str(d.sides)))
    return (*fields, ("owner", d.owner), ("rationale", d.rationale))


def _typed(unit: str, value: float) -> str:
    """A figure as one would type it: read back, it is the same."""
    return f"{value * 100:.10g} %" if unit == "share" else f"{value:.10g}"


def _history(answer: ExitAnswer, key: str, zone: ZoneInfo) -> tuple[Entry, ...]:
    return tuple(
        Entry(f"{h.who} · {_day(h.at, answer.go_live, zone)} {words.clock(h.at, zone)}", _told(h, zone))
        for h in answer.history.get(key, ())
    )


def _told(h: Decision, zone: ZoneInfo) -> str:
    """What was decided, and why."""
    act = _CHANGES.get(h.act, h.act)
    match h.act:
        case "sign_off":
            act = f"{act}: {_artefact(h)}"
        case "waive":
            act = f"{act} until {h.value}"
        case "edit_criterion" | "add_criterion":
            act = f"{act}: {_change(h.value)}"
        case "maintenance":
            span = interval_of(h.value)
            act = f"{act} {h.subject}" + (f", {_span_words(span.start, span.end, zone)}" if span else "")
        case "end_maintenance" | "defer" | "end_deferral" | "remove_criterion":
            act = f"{act} {h.subject}"
    return f"{act} – {h.comment}" if h.comment else act


def _span_words(start: int, end: int, zone: ZoneInfo) -> str:
    return f"{words.day_and_clock(start, zone)} to {words.day_and_clock(end, zone)}"


def _document(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _change(text: str) -> str:
    document = _document(text)
    restart = document.pop("restart", None)
    parts = [f"{_NAMES.get(key, key)} {value}" for key, value in sorted(document.items())]
    if restart is not None:
        parts.append("the clock starts again" if restart else "the clock goes on")
    return ", ".join(parts) or text


def _artefact(h: Decision) -> str:
    document = _document(h.value) if h.value.lstrip().startswith("{") else {}
    text = str(document.get("artefact", h.value))
    side = f" for {document['side']}" if document.get("side") else ""
    try:
        shown = artefact_of(text).words
    except ValueError:
        shown = text
    return f"{shown} (by {_signer(h)}{side})"


def _signer(h: Decision) -> str:
    document = _document(h.value) if h.value.lstrip().startswith("{") else {}
    return str(document.get("by") or h.who)


def _planned(answer: ExitAnswer, zone: ZoneInfo) -> tuple[Planned, ...]:
    return tuple(
        Planned(
            m.name,
            f"{m.name}: {_span_words(m.span.start, m.span.end, zone)} · {m.who}: {m.why}",
            m.span.end <= answer.at,
        )
        for m in sorted(answer.maintenance, key=lambda m: m.span.start)
    )


def _notice(answer: ExitAnswer, zone: ZoneInfo) -> tuple[str, Tone]:
    guard = answer.guard
    if guard is None:
        return "", Tone.NEUTRAL
    when = words.day_and_clock(guard.exit.at, zone)
    head = f"Hypercare was ended by {guard.exit.who} on {when}"
    if guard.over:
        head += f" over {_named(answer.criteria, guard.over)}" + (
            f" ({guard.exit.comment})" if guard.exit.comment else ""
        )
    if not guard.on:
        return f"{head}; the guard has gone off.", Tone.QUIET
    until = words.day_and_clock(guard.until, zone)
    if not guard.relapses:
        return f"{head}. Guarded until {until}; nothing has relapsed.", Tone.GOOD
    fallen = "; ".join(
        f"{criteria_words.definition_of(r.criterion).title} since {words.day_and_clock(r.since, zone)} ({r.criterion.why})"
        for r in guard.relapses
    )
    return f"{head}. Relapsed: {fallen}.", Tone.BAD


def _named(criteria: Sequence[Criterion], keys: tuple[str, ...]) -> str:
    titles = {c.criterion: criteria_words.definition_of(c).title for c in criteria}
    return ", ".join(titles.get(key, key) for key in keys)
