"""Criteria in words: their state, title with target, value, and what is behind it."""

from __future__ import annotations

from collections.abc import Sequence

from console.model.criterion import COVERAGE, Criterion, Definition, Form, Kind, template
from console.model.lengths import length_words
from console.model.moment import LIVE, Moment
from console.model.number import Number, Slice
from console.present import words
from console.present.figures import CriteriaPanel, CriterionLine
from console.present.tone import Tone

_TEMPLATE = {d.key: d for d in template({}, None)}
_TRENDS = {"falling": "falling", "rising": "rising", "not_rising": "not rising", "not_falling": "not falling"}


def panel(criteria: Sequence[Criterion], moment: Moment = LIVE, at: int = 0) -> CriteriaPanel:
    """The panel of the Command screen: what must hold for the exit."""
    shown = [c for c in criteria if c.kind is Kind.EXIT]
    return CriteriaPanel(summary(shown), tuple(_line(c, moment, at) for c in shown))


def summary(criteria: Sequence[Criterion]) -> str:
    """'7 met · 2 not met · 1 unknown'; waived ones are named only where there are any."""
    states = [c.state for c in criteria]
    parts = [f"{states.count('met')} met", f"{states.count('not_met')} not met", f"{states.count('unknown')} unknown"]
    if "waived" in states:
        parts.append(f"{states.count('waived')} waived")
    return " · ".join(parts)


def definition_of(criterion: Criterion) -> Definition:
    found = criterion.definition or _TEMPLATE.get(criterion.criterion)
    return found or Definition(
        criterion.criterion, criterion.criterion.replace("_", " ").capitalize(), form=Form.SIGNED
    )


def state_words(criterion: Criterion) -> str:
    if criterion.state == "not_met":
        return "on track" if criterion.on_track else "not met"
    return criterion.state


def target_words(d: Definition, target: float | None, unit: str) -> str:
    """'> 99.9 % for 7 d', '< 40 a day for 3 d', 'signed', 'falling'; '' where none is set."""
    match d.form:
        case Form.SIGNED | Form.KNOWN_ISSUES:
            return "signed" if d.sides == 1 else "signed by both sides" if d.sides == 2 else f"signed by {d.sides}"
        case Form.FLOWS if target is None or target >= 1:
            return "within SLO"
        case Form.RESOLVED if target is not None and target >= 1:
            return words.share(target)
    if d.trend:
        return f"{_TRENDS[d.trend]} over {length_words(d.window_s)}"
    if target is None:
        return ""
    unit = {"per_day": "count"}.get(unit, unit)
    sign = ">" if d.above is not None else "<"
    told = f"{sign} {words.exact_share(target) if unit == 'share' else words.value_of(unit, target)}"
    if d.form is Form.VOLUME:
        told += " a day"
    if d.sustained_s:
        told += f" for {length_words(d.sustained_s)}"
    return told


def number_of(criterion: Criterion, moment: Moment, at: int) -> Number:
    """What opens its proof, pinned ``at`` the instant shown; without a KPI where it stands on decisions or tickets."""
    d = definition_of(criterion)
    name = "tickets_per_day" if d.form is Form.VOLUME else d.kpi
    start = at if criterion.start is None else criterion.start
    end = at if criterion.end is None else criterion.end
    if criterion.start is None or criterion.end is None or criterion.value is None:
        # It was not judged by its number: the proof is about the decision, or about why there is none.
        name = ""
    return Number(name, start, end, d.part if name else Slice(), moment, criterion.criterion).pinned(at)


def tone_of(criterion: Criterion) -> Tone:
    """Bad only where something went wrong: a signature still to come and a clock still running are no alarm."""
    if criterion.state in ("met", "waived"):
        return Tone.GOOD
    if criterion.state == "unknown":
        return Tone.UNKNOWN
    if criterion.unit == "signed":
        return Tone.QUIET
    return Tone.WARN if criterion.on_track or _still_counting(criterion) else Tone.BAD


def _still_counting(criterion: Criterion) -> bool:
    """A clock with budget left that is not full yet, also where parts of it are unknown."""
    if criterion.budget_left_s is None or criterion.clock_s is None or criterion.sustained_s is None:
        return False
    return criterion.budget_left_s >= 0 and criterion.clock_s < criterion.sustained_s


def _line(criterion: Criterion, moment: Moment, at: int) -> CriterionLine:
    value, aside = value_words(criterion), _aside(criterion)
    d = definition_of(criterion)
    target = target_words(d, criterion.target, criterion.unit if d.form is not Form.BUDGET else "share")
    title = d.short or d.title
    if criterion.unit != "signed" and d.form is not Form.SIGNED and target:
        title = f"{title} {target}"
    spoken = f"{title}: {state_words(criterion)}, {value}" + (f", {criterion.why}" if criterion.why else "")
    return CriterionLine(
        criterion.criterion,
        tone_of(criterion),
        title,
        value,
        aside,
        criterion.why,
        spoken,
        number_of(criterion, moment, at),
    )


def value_words(criterion: Criterion) -> str:
    """The value as a row shows it; 'unknown' where there is none."""
    if criterion.state == "unknown" and criterion.value is None:
        return "unknown"
    if criterion.unit == "signed":
        return "signed" if criterion.state in ("met", "waived") else "not signed"
    if criterion.share_of is not None:
        done, total = criterion.share_of
        if criterion.criterion == "response_time":
            return f"{done} of {total} flows"
        return (
            "none"
            if total == 0
            else f"{done} of {total}"
            if criterion.criterion == "p1_resolved"
            else words.share(criterion.value)
        )
    if criterion.unit == "per_day":
        return words.count(criterion.value)
    return words.value_of(criterion.unit, criterion.value)


def _aside(criterion: Criterion) -> str:
    if criterion.unit == "signed" and criterion.n == 0 and criterion.why == "not signed":
        return ""
    thin = criterion.value is not None and criterion.coverage < COVERAGE
    if thin and (criterion.state == "unknown" or (criterion.state == "not_met" and _still_counting(criterion))):
        return f"{words.share(criterion.coverage, 0)} of it known"
    if criterion.clock_s is not None and criterion.sustained_s and criterion.state != "unknown":
        if criterion.clock_s < criterion.sustained_s:
            return f"{criterion.clock_s / 86_400:.1f} of {criterion.sustained_s / 86_400:.0f} d"
        return f"{criterion.sustained_s / 86_400:.0f} of {criterion.sustained_s / 86_400:.0f} d"
    if criterion.criterion == "csat" and criterion.n:
        return f"n = {words.count(criterion.n)}"
    if criterion.criterion == "p1_resolved" and criterion.example:
        return criterion.example
    if criterion.criterion == "p2_resolved" and criterion.share_of:
        return f"{criterion.share_of[0]} of {criterion.share_of[1]}"
    return criterion.why.split(";")[0]
