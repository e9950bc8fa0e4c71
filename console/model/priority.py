"""What comes first: RICE with measured reach, MoSCoW, impact against effort, and the order that follows. Pure.

RICE = reach x impact x confidence / effort (S. McBride, Intercom, 2016), with its scales for impact and confidence. Reach is
not guessed: it is how many consumers really failed (``queries.reach``), unless a person sets another. Effort is in
person-days, where Intercom counts months: only the ratio of two scores means anything, and a fix in hypercare takes days.

What is not scored is unknown, never 0: a ticket nobody looked at must not sink below one that was judged unimportant.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.model.nearest import did_you_mean

IMPACT = {3.0: "massive", 2.0: "high", 1.0: "medium", 0.5: "low", 0.25: "minimal"}
CONFIDENCE = {1.0: "high", 0.8: "medium", 0.5: "low"}
MOSCOW = ("must", "should", "could", "wont")
"""Must, should, could, will not have this time (D. Clegg, R. Barker, Case Method Fast-Track, 1994)."""

MOSCOW_WORDS = {"must": "must", "should": "should", "could": "could", "wont": "won't"}
QUADRANTS = ("quick win", "big project", "fill-in", "not worth it")
"""Impact against effort: high and little, high and much, low and little, low and much."""

MANY = 10
"""Consumers that failed, from which on a ticket that is called minor is doubted."""

_HIGH_IMPACT = 2.0
_LITTLE_EFFORT = 3.0
_SPELLINGS = {"wont have": "wont", "won't": "wont", "won't have": "wont", "must have": "must", "should have": "should",
              "could have": "could", "won’t": "wont"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """How a score is written: between ``least`` and ``most``, or one of ``steps``. ``means`` completes "It is …"."""

    title: str
    means: str
    least: float = 0.0
    most: float = 0.0
    steps: tuple[float, ...] = ()
    whole: bool = False


SCALES = {
    "reach_override": Scale(
        "Reach", "how many consumers it hits, where that cannot be measured", 0, 10_000_000, whole=True
    ),
    "impact": Scale("Impact", "how much it hurts each of them", steps=tuple(sorted(IMPACT))),
    "confidence": Scale("Confidence", "how sure these guesses are", steps=tuple(sorted(CONFIDENCE))),
    "effort": Scale("Effort", "person-days until it is fixed and deployed", 0.1, 1000),
    "frequency": Scale("Frequency", "how often a user meets it, 1 once to 5 all the time", 1, 5, whole=True),
    "urgency": Scale("Urgency", "how soon it hurts, 1 some day to 5 now", 1, 5, whole=True),
    "revenue": Scale("Revenue", "what is at stake a year, in the currency of the customers' values", 0, 1e12),
    "brand": Scale("Brand", "how much it harms the name, 0 not to 3 in public", 0, 3, whole=True),
    "goals": Scale(
        "Goals", "how much it stands in the way of the exit criteria, 0 not to 3 blocks one", 0, 3, whole=True
    ),
}
NAMES = (*SCALES, "moscow")


@dataclass(frozen=True, slots=True)
class Scores:
    """What was set for one ticket; None where nothing was. ``reach`` is measured, None where nobody knows the consumers."""

    reach: int | None = None
    reach_override: float | None = None
    impact: float | None = None
    confidence: float | None = None
    effort: float | None = None
    moscow: str = ""
    frequency: float | None = None
    urgency: float | None = None
    revenue: float | None = None
    brand: float | None = None
    goals: float | None = None

    @property
    def reached(self) -> float | None:
        """The reach that counts: a person's, else the measured one."""
        return self.reach_override if self.reach_override is not None else self.reach


@dataclass(frozen=True, slots=True)
class Set:
    """A score with who set it and when (an instant); ``value`` as it was written."""

    name: str
    value: str
    who: str
    at: int


def read(text: str) -> tuple[str, str]:
    """'impact=3' as its name and the value in one spelling ('3'); '' takes it back.

    Raises ValueError with a sentence that says what it may be.
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    name = name.lower().removeprefix("score_")
    if not equals:
        raise ValueError('A score is written as NAME=VALUE, such as "impact=3".')
    if name not in NAMES:
        raise ValueError(f'There is no score "{name}".{did_you_mean(name, NAMES)}')
    if not value:
        return name, ""
    if name == "moscow":
        return name, _moscow(value)
    return name, f"{_number(name, value):.12g}"


def _moscow(value: str) -> str:
    bare = _SPELLINGS.get(value.lower(), value.lower())
    if bare not in MOSCOW:
        known = ", ".join(MOSCOW_WORDS.values())
        raise ValueError(f'MoSCoW is one of {known}, not "{value[:40]}".')
    return bare


def _number(name: str, value: str) -> float:
    scale = SCALES[name]
    words = (
        {word: number for number, word in (IMPACT if name == "impact" else CONFIDENCE).items()} if scale.steps else {}
    )
    bare = value.lower()
    percent = bare.endswith("%")
    try:
        number = words[bare] if bare in words else float(bare.removesuffix("%").strip())
    except ValueError:
        raise ValueError(f'{scale.title} is {_bounds(name)}, not "{value[:40]}".') from None
    if percent:
        number /= 100
    fits = number in scale.steps if scale.steps else scale.least <= number <= scale.most
    if not math.isfinite(number) or not fits or (scale.whole and number != int(number)):
        raise ValueError(f"{scale.title} is {_bounds(name)}, not {value[:40]}.")
    return number


def _bounds(name: str) -> str:
    """What a score may be, in words: "one of 0.25 (minimal), …" or "a number from 1 to 5"."""
    scale = SCALES[name]
    if scale.steps:
        named = IMPACT if name == "impact" else CONFIDENCE
        return "one of " + ", ".join(f"{step:g} ({named[step]})" for step in scale.steps)
    kind = "a whole number" if scale.whole else "a number"
    most = f"{scale.most:,.0f}" if scale.most < 1e9 else "a thousand billion"
    return f"{kind} from {scale.least:g} to {most}"


def of(fields: Mapping[str, str | None], reach: int | None) -> Scores:
    """Scores from a ticket's fields ``score_…``; what cannot be read counts as not set."""
    values: dict[str, float] = {}
    moscow = ""
    for name in NAMES:
        given = fields.get(f"score_{name}") or ""
        if not given:
            continue
        try:
            _, value = read(f"{name}={given}")
        except ValueError:
            continue
        if name == "moscow":
            moscow = value
        else:
            values[name] = float(value)
    return Scores(reach=reach, moscow=moscow, **values)


def rice(scores: Scores) -> float | None:
    """None while a part of it is unknown; ``missing`` says which."""
    parts = (scores.reached, scores.impact, scores.confidence, scores.effort)
    reach, impact, confidence, effort = parts
    if reach is None or impact is None or confidence is None or effort is None:
        return None
    return reach * impact * confidence / effort


def missing(scores: Scores) -> tuple[str, ...]:
    """What RICE still lacks, as names of scores."""
    found = [] if scores.reached is not None else ["reach_override"]
    return (*found, *(name for name in ("impact", "confidence", "effort") if getattr(scores, name) is None))


def quadrant(scores: Scores) -> str:
    """One of ``QUADRANTS``; '' while impact or effort is unknown."""
    if scores.impact is None or scores.effort is None:
        return ""
    high, little = scores.impact >= _HIGH_IMPACT, scores.effort <= _LITTLE_EFFORT
    return QUADRANTS[(0 if high else 2) + (0 if little else 1)]


def key(scores: Scores, severity: str | None) -> tuple[float, ...]:
    """The shipped order, ascending: what must be before what should; then RICE, severity, urgency, goals, revenue, brand,
    frequency.

    A ticket without MoSCoW stands behind what should be and before what could; one without RICE behind those that have it.
    """
    rank = {"must": 0, "should": 1, "": 2, "could": 3, "wont": 4}[scores.moscow]
    value = rice(scores)
    place = {"P1": 1, "P2": 2, "P3": 3, "P4": 4}.get(severity or "", 5)
    rest = (scores.urgency, scores.goals, scores.revenue, scores.brand, scores.frequency)
    return (rank, value is None, -(value or 0.0), place, *(-(v if v is not None else -1.0) for v in rest))


def doubt(severity: str | None, impact: float | None, reach: int | None, *, what: str = "consumer") -> str:
    """Where severity or impact and the measured reach contradict each other, as one sentence; '' where they do not.

    ``what`` is counted by ``reach``, in the singular. An unknown reach doubts nothing.
    """
    if reach is None:
        return ""
    minor = severity in ("P3", "P4") or (severity is None and impact is not None and impact <= 0.5)
    low_impact = impact is not None and impact <= 0.5
    if (minor or low_impact) and reach >= MANY:
        called = f"{severity}, minor" if minor and severity else "Low impact" if low_impact else "Minor"
        return f"{called}, but {reach:,} {what}s hit it."
    grave = severity in ("P1", "P2") or (impact is not None and impact >= _HIGH_IMPACT)
    if grave and reach <= 1:
        called = severity if severity in ("P1", "P2") else "High impact"
        hit = f"only 1 {what}'s calls failed" if reach else f"no {what}'s calls failed"
        return f"{called}, but {hit}."
    return ""


def setters(decisions: Iterable[tuple[str, str, int]]) -> dict[str, Set]:
    """Who set which score when, by name, from decisions (value 'impact=3', who, instant) in any order: the newest counts.

    A score that was taken back is not there; decisions that were undone must be left out by the caller.
    """
    found: dict[str, Set] = {}
    for text, who, at in sorted(decisions, key=lambda d: d[2]):
        try:
            name, value = read(text)
        except ValueError:
            continue
        found[name] = Set(name, value, who, at)
    return {name: one for name, one in found.items() if one.value}
