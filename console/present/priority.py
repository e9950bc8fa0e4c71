"""A ticket's priority in chips: each score with who set it, RICE worked out, and what it still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from console.model import priority
from console.model.priority import CONFIDENCE, IMPACT, MOSCOW_WORDS, SCALES, Scores, Set
from console.present import words
from console.present.triage_figures import ScoreChip

_NAMED = {"impact": IMPACT, "confidence": CONFIDENCE}
_SHOWN = ("impact", "confidence", "effort")
_FURTHER = ("frequency", "urgency", "revenue", "brand", "goals")


def chips(scores: Scores, setters: Mapping[str, Set], now: int, zone: ZoneInfo) -> tuple[ScoreChip, ...]:
    """Reach, impact, confidence, effort, RICE, MoSCoW and quadrant; further ones only where somebody set them."""

    def note(name: str, otherwise: str = "not set") -> str:
        one = setters.get(name)
        return otherwise if one is None else f"{one.who}, {words.day_and_clock(one.at, zone, now)}"

    found = [_reach(scores, note("reach_override", "measured"))]
    for name in _SHOWN:
        found.append(ScoreChip(SCALES[name].title, value(name, getattr(scores, name)), note(name), f"score_{name}"))
    found.append(_rice(scores))
    moscow = MOSCOW_WORDS.get(scores.moscow, "–")
    found.append(ScoreChip("MoSCoW", moscow, note("moscow"), "score_moscow"))
    quadrant = priority.quadrant(scores)
    if quadrant:
        found.append(ScoreChip("Impact and effort", quadrant))
    for name in _FURTHER:
        if getattr(scores, name) is not None:
            found.append(ScoreChip(SCALES[name].title, value(name, getattr(scores, name)), note(name), f"score_{name}"))
    return tuple(found)


def _reach(scores: Scores, set_by: str) -> ScoreChip:
    if scores.reach_override is not None:
        measured = "not measured" if scores.reach is None else f"measured {words.count(scores.reach)}"
        return ScoreChip(
            "Reach", words.count(int(scores.reach_override)), f"{set_by}; {measured}", "score_reach_override"
        )
    if scores.reach is None:
        return ScoreChip("Reach", "–", "not known: no route, or no calls by consumer", "score_reach_override")
    return ScoreChip("Reach", words.count(scores.reach), "measured: consumers that failed", "score_reach_override")


def _rice(scores: Scores) -> ScoreChip:
    worked_out = priority.rice(scores)
    if worked_out is not None:
        return ScoreChip("RICE", f"{worked_out:,.1f}" if worked_out < 100 else f"{worked_out:,.0f}", formula(scores))
    lacks = [SCALES[name].title.lower() for name in priority.missing(scores)]
    return ScoreChip("RICE", "–", f"lacks {', '.join(lacks)}")


def formula(scores: Scores) -> str:
    """'31 × 2 × 80 % / 3' of a RICE that is known."""
    effort = value("effort", scores.effort)
    reach = words.count(int(scores.reached or 0))
    return f"{reach} × {scores.impact or 0:g} × {(scores.confidence or 0) * 100:.0f} % / {effort}"


def value(name: str, number: float | None) -> str:
    """A score as it is read: '3 massive', '80 % medium', '2.5 d'."""
    if number is None:
        return "–"
    if name == "confidence":
        return f"{number * 100:.0f} % {CONFIDENCE.get(number, '')}".rstrip()
    if name in _NAMED:
        return f"{number:g} {_NAMED[name].get(number, '')}".rstrip()
    if name == "effort":
        return f"{number:g} d"
    if name == "revenue":
        return f"{number:,.0f}"
    return f"{number:g} of {SCALES[name].most:g}"


def choices(name: str) -> tuple[str, ...]:
    """What may be set, for a field with a few choices; empty for a free one. Each reads as a value of ``priority.read``."""
    if name == "moscow":
        return priority.MOSCOW
    scale = SCALES[name]
    if scale.steps:
        return tuple(f"{step:g}" for step in reversed(scale.steps))
    if scale.whole and scale.most <= 5:
        return tuple(str(n) for n in range(int(scale.most), int(scale.least) - 1, -1))
    return ()
