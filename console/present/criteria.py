"""The exit criteria in words."""

from __future__ import annotations

from console.present import words
from console.present.figures import CriteriaPanel, CriterionLine
from console.present.tone import Tone
from console.queries.criteria import COVERAGE, TITLES, Criterion


def panel(criteria: tuple[Criterion, ...]) -> CriteriaPanel:
    """The panel of the Command screen."""
    states = [c.state for c in criteria]
    parts = [f"{states.count('met')} met", f"{states.count('not_met')} not met", f"{states.count('unknown')} unknown"]
    if "waived" in states:
        parts.append(f"{states.count('waived')} waived")
    return CriteriaPanel(" · ".join(parts), tuple(_line(c) for c in criteria))


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


def _line(criterion: Criterion) -> CriterionLine:
    value, aside = _value(criterion), _aside(criterion)
    title = TITLES[criterion.criterion]
    if criterion.criterion == "ticket_volume" and criterion.target is not None:
        title = f"Tickets at baseline < {words.count(criterion.target)} / day"
    state = {"met": "met", "waived": "waived", "unknown": "unknown"}.get(
        criterion.state, "on track" if criterion.on_track else "not met"
    )
    spoken = f"{title}: {state}, {value}" + (f", {criterion.why}" if criterion.why else "")
    return CriterionLine(criterion.criterion, tone_of(criterion), title, value, aside, criterion.why, spoken)


def _value(criterion: Criterion) -> str:
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
    return words.share(criterion.value)


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
