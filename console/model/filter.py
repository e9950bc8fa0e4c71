"""The words by which a queue is narrowed: ``severity:P1,P2 waiting>2h -tag:payment "blank page"``. Pure.

All words must hold. ``field:value`` narrows a field (``a,b``: either; ``none``: unset), ``field>2h`` compares a number or a
length of time, ``is:`` and ``has:`` ask yes or no, ``-`` in front turns a word around, everything else is looked for in the
text. What stands in quotes is never a field: a title with a colon is found by quoting it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from console.model.errors import QuestionError
from console.model.lengths import length_of
from console.model.nearest import did_you_mean

TEXTS = (
    "assignee", "area", "category", "channel", "component", "customer", "impact", "key", "kind", "release", "reporter",
    "route", "segment", "source", "tag", "team",
)  # fmt: skip
"""Fields that hold any word; a value is met where it occurs inside, whatever its case."""

CLOSED: dict[str, tuple[str, ...]] = {
    "severity": ("P1", "P2", "P3", "P4"),
    "status": ("new", "acknowledged", "in_progress", "resolved", "closed", "reopened"),
    "sla": ("breached", "due_soon", "ok", "met", "paused"),
}
"""Fields whose words are known; a part of one will do: ``status:progress``, ``sla:due``."""

LENGTHS = ("age", "waiting", "idle", "sla", "due")
"""Compared with a length: since creation, since creation without anybody taking it up, since the last change, working time
left to the nearest SLA target, time to the due date."""

NUMBERS = ("stage", "reach", "weight")

FLAGS: dict[str, tuple[str, ...]] = {
    "is": (
        "open", "done", "new", "wish", "breached", "snoozed", "duplicate", "forgotten", "unwritten", "pending",
        "refused", "unassigned", "doubtful",
    ),
    "has": (
        "severity", "segment", "customer", "route", "reach", "article", "task", "comment", "workaround", "release",
        "due", "duplicates", "pending",
    ),
}  # fmt: skip
"""``is:forgotten``: taken up, and silent for longer than the SLA's terms allow. ``is:unwritten``: resolved without an article.
``is:doubtful``: minor, but many consumers failed."""

BARE = {"breached": "is", "snoozed": "is", "forgotten": "is", "unwritten": "is"}
"""Flags that need no ``is:``. ``new`` and ``open`` are not among them: titles hold these words."""

FIELDS = tuple(sorted({*TEXTS, *CLOSED, *LENGTHS, *NUMBERS, *FLAGS}))

NONE = "none"
"""The value of a field that is not set."""

_OPERATORS = (">=", "<=", ">", "<", ":", "=")
_PART = re.compile(r"(?P<minus>-?)(?P<field>[A-Za-z_]+)(?P<op>>=|<=|>|<|:|=)(?P<rest>.*)", re.DOTALL)
_SEVERITY = re.compile(r"[pP][1-4]")
_QUOTED = re.compile(r'"([^"]*)"?')
_PLAIN = re.compile(r'[^\s"]+')


class FilterError(QuestionError):
    """A word that cannot be read, as one sentence with the nearest known one."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text that must occur as one piece, whatever its case."""

    text: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field that is any of the values; ``NONE`` stands for unset. Values of a closed field are its own words."""

    field: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """``op`` is one of ``< <= > >= =``; ``value`` is seconds for a length. An unknown value meets nothing, turned or not."""

    field: str
    op: str
    value: float
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    field: str
    value: str
    negated: bool = False


Part = Words | OneOf | Compare | Flag


@dataclass(frozen=True, slots=True)
class Filter:
    parts: tuple[Part, ...] = ()

    def asks(self, flag: str) -> bool:
        """Whether a flag is asked for, so that what it names is not left out beforehand."""
        return any(isinstance(part, Flag) and part.value == flag and not part.negated for part in self.parts)

    def narrows(self, field: str) -> bool:
        return any(getattr(part, "field", "") == field and not part.negated for part in self.parts)


def read(text: str) -> Filter:
    """Raises FilterError for the first word that cannot be read."""
    return Filter(tuple(_part(token) for token, _, _ in tokens(text)))


def read_some(text: str) -> tuple[Filter, str]:
    """What can be read of a text that is still being typed, and the first fault as a sentence ('' without one)."""
    parts, fault = [], ""
    for token, _, _ in tokens(text):
        try:
            parts.append(_part(token))
        except FilterError as error:
            fault = fault or error.message
    return Filter(tuple(parts)), fault


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """The words with where they stand; a quote keeps its spaces, also one that nobody closed."""
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        start = place
        while place < len(text) and not text[place].isspace():
            found = _QUOTED.match(text, place) or _PLAIN.match(text, place)
            assert found is not None
            place = found.end()
        yield text[start:place], start, place


def written(wanted: Filter) -> str:
    """The filter as text that reads as the same filter."""
    return " ".join(_written(part) for part in wanted.parts)


def quoted(value: str) -> str:
    """A value as it can stand behind a colon."""
    bare = value.replace('"', "")
    return bare if bare and not re.search(r"[\s,]", bare) else f'"{bare}"'


def _part(token: str) -> Part:
    found = _PART.fullmatch(token)
    if found is None or _is_address(found):
        return _words(token)
    field, op, rest, negated = found["field"].lower(), found["op"], found["rest"], found["minus"] == "-"
    field = {"tags": "tag"}.get(field, field)
    if field not in FIELDS and op == "=":
        return _words(token)
    if field not in FIELDS:
        raise FilterError(f'There is no field "{found["field"]}".{_near(field)} Put a text with "{op}" in quotes.')
    if op in (":", "=") and field not in NUMBERS:
        return _choice(field, _values(field, rest), negated)
    return _comparison(field, op, rest, negated)


def _near(field: str) -> str:
    told = did_you_mean(field, FIELDS)
    # A list of thirty words is no help in one line.
    return told if "Did you mean" in told else " A field is one of severity, stage, assignee, segment and the like."


def _is_address(found: re.Match[str]) -> bool:
    return found["op"] == ":" and found["rest"].startswith("//")


def _words(token: str) -> Words | Flag | OneOf:
    negated = len(token) > 1 and token.startswith("-")
    bare = token[1:] if negated else token
    if _SEVERITY.fullmatch(bare):
        return OneOf("severity", (bare.upper(),), negated)
    if bare.lower() in BARE:
        return Flag(BARE[bare.lower()], bare.lower(), negated)
    return Words(bare.replace('"', ""), negated)


def _values(field: str, rest: str) -> tuple[str, ...]:
    """The comma list; a comma in quotes belongs to its value."""
    values, held, inside = [], "", False
    for character in rest:
        if character == '"':
            inside = not inside
        elif character == "," and not inside:
            values.append(held)
            held = ""
        else:
            held += character
    found = tuple(v.strip() for v in (*values, held) if v.strip())
    if not found:
        known = (*CLOSED.get(field, ()), *FLAGS.get(field, ()))
        likely = f", one of {', '.join(known)}" if known else f', such as {field}:{NONE} for "not set"'
        raise FilterError(f"{field}: needs a value{likely}.")
    return found


def _choice(field: str, values: tuple[str, ...], negated: bool) -> OneOf | Flag | Compare:
    if field in FLAGS:
        if len(values) > 1:
            raise FilterError(f"{field}: takes one word; write {' '.join(f'{field}:{v}' for v in values)} for both.")
        if values[0].lower() not in FLAGS[field]:
            raise FilterError(f'Nothing {field} "{values[0]}".{did_you_mean(values[0], FLAGS[field])}')
        return Flag(field, values[0].lower(), negated)
    if field in CLOSED:
        meant = [word for value in values for word in _closed(field, value)]
        return OneOf(field, tuple(dict.fromkeys(meant)), negated)
    if field in LENGTHS:
        raise FilterError(f"{field} is a length of time; write {field}>2h or {field}<30m.")
    return OneOf(field, tuple(NONE if v.lower() == NONE else v for v in values), negated)


def _closed(field: str, value: str) -> tuple[str, ...]:
    if value.lower() == NONE:
        return (NONE,)
    short = f"P{value}" if field == "severity" and value in ("1", "2", "3", "4") else value
    exact = [word for word in CLOSED[field] if word.lower() == short.lower()]
    found = exact or [word for word in CLOSED[field] if short.lower() in word.lower()]
    if not found:
        raise FilterError(f'There is no {field} "{value}".{did_you_mean(value, CLOSED[field])}')
    return tuple(found)


def _comparison(field: str, op: str, rest: str, negated: bool) -> OneOf | Compare:
    if field not in (*LENGTHS, *NUMBERS):
        raise FilterError(f"{field} cannot be compared; write {field}:value.")
    if op in (":", "="):
        values = _values(field, rest)
        for value in values:
            if value.lower() != NONE:
                _number(field, value)
        return OneOf(
            field, tuple(v.lower() if v.lower() == NONE else f"{_number(field, v):g}" for v in values), negated
        )
    return Compare(field, op, _number(field, rest), negated)


def _number(field: str, text: str) -> float:
    bare = text.replace('"', "").strip()
    if field in LENGTHS:
        sign, bare = (-1, bare[1:]) if bare.startswith("-") else (1, bare)
        seconds = length_of(bare) if bare and not bare[-1].isdigit() else None
        if seconds is None:
            raise FilterError(f"{field} is compared with a length of time such as 30m, 2h or 1d.")
        return float(sign * seconds)
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", bare):
        raise FilterError(f"{field} is compared with a number such as {'2' if field == 'stage' else '10'}.")
    return float(bare)


def _written(part: Part) -> str:
    minus = "-" if part.negated else ""
    match part:
        case Words(text=text):
            return f'{minus}"{text}"'
        case OneOf(field=field, values=values):
            return f"{minus}{field}:{','.join(quoted(v) for v in values)}"
        case Compare(field=field, op=op, value=value):
            return f"{minus}{field}{op}{_seconds(value) if field in LENGTHS else f'{value:.15g}'}"
        case Flag(field=field, value=value):
            return f"{minus}{field}:{value}"


def _seconds(value: float) -> str:
    return f"{value:.0f}s"


@dataclass(frozen=True, slots=True)
class Typed:
    """The word the cursor stands in: what stays (``kept``: sign, field, colon, values before), and what is being typed.

    ``field`` is '' while the name itself is typed. ``start`` and ``end`` are the word's place in the text.
    """

    start: int
    end: int
    kept: str
    field: str
    prefix: str


def typed(text: str, cursor: int) -> Typed:
    """What is being typed at a place of the text."""
    cursor = max(0, min(cursor, len(text)))
    start, end = next(((s, e) for _, s, e in tokens(text) if s < cursor <= e), (cursor, cursor))
    head = text[start:cursor]
    minus = "-" if head.startswith("-") else ""
    name, op, values = head[len(minus) :].partition(":")
    if not op or '"' in name:
        return Typed(start, end, minus, "", head[len(minus) :])
    before, comma, last = values.rpartition(",")
    return Typed(start, end, f"{minus}{name}:{before}{comma}", name.lower(), last.lstrip('"'))
