"""Rules over tickets: what they look for, what they would set, in which order. Pure and deterministic.

What one would get wrong: the first rule that says something of a field decides it, tags alone gather; a reply is only ever a
draft; and there are no regular expressions, so no ticket and no rule can make the matching take long.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.model import filter as filters
from console.model.errors import QuestionError, SettingsError
from console.model.filter import Filter
from console.model.nearest import did_you_mean
from console.model.rule_match import Ticket, fault, meets, says, tags_of, text_of
from console.model.stages import CHOICES

PROPOSE, ACT = "propose", "act"
BY_RULE = 'rule "'
"""How the name of a rule begins where a person's would stand."""

MOST_RULES = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9 _-]{0,47}")
_KEYS = ("name", "title", "when", "then", "mode", "enabled", "order", "stop")
_WHEN = ("any", "all", "none", "filter")
_THEN = {
    "category": "category", "severity": "severity", "impact": "impact", "kind": "kind", "area": "area", "team": "team",
    "assign": "assignee", "tag": "tags", "stage": "stage", "reply": "reply",
}  # fmt: skip
"""What a rule may say, and the field of a ticket that it means."""

_CHOICES = {name: CHOICES[name] for name in ("severity", "impact", "kind")}
_LONGEST = 200
_LONGEST_REPLY = 4000
_LONGEST_FILTER = 1000
_MOST_KEYWORDS = 100


def who_of(name: str) -> str:
    """Who decided, where a rule of this name did."""
    return f'{BY_RULE}{name}"'


@dataclass(frozen=True, slots=True)
class Rule:
    """``then``: field and value in a fixed order, however they were written. ``version`` is of what it looks for and sets."""

    name: str
    title: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    filter: Filter = field(default_factory=Filter)
    then: tuple[tuple[str, str], ...] = ()
    mode: str = PROPOSE
    enabled: bool = True
    order: int = 100
    stop: bool = False
    version: str = ""

    @property
    def who(self) -> str:
        """Who stands on what it does."""
        return who_of(self.name)

    def matches(self, ticket: Ticket, text: str | None = None) -> bool:
        """``text``: of ``text_of``, where several rules look at one ticket."""
        told = text_of(ticket) if text is None else text
        return (
            (not self.any or any(says(told, word) for word in self.any))
            and all(says(told, word) for word in self.all)
            and not any(says(told, word) for word in self.none)
            and meets(self.filter, ticket)
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One field a rule would set. ``field`` 'reply': a draft of a comment."""

    rule: Rule
    field: str
    before: str
    after: str

    @property
    def acts(self) -> bool:
        """Whether it is done without asking; a reply to a person never is."""
        return self.rule.mode == ACT and self.field != "reply"

    @property
    def act(self) -> tuple[str, str]:
        """The act on the ticket and its value, as ``decide`` takes them."""
        match self.field:
            case "severity" | "stage":
                return self.field, self.after
            case "assignee":
                return "assign", self.after
            case "tags":
                return "tag", self.after
            case "reply":
                return "comment", self.after
        return "set", f"{self.field}={self.after}"


def read(document: Mapping[str, Any]) -> Rule:
    """A rule as it stands in the settings. Raises SettingsError with one sentence that names it."""
    for key in document:
        if key not in _KEYS:
            raise SettingsError(f'Unknown key "{key}" in [[rule]].{did_you_mean(key, _KEYS)}')
    name = document.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SettingsError(
            "A rule needs a name of small letters, digits, blanks, - and _ (at most 48), such as payments."
        )
    try:
        return _read(name, document)
    except ValueError as error:
        raise SettingsError(f'rule "{name}": {error}') from None
    except QuestionError as error:
        raise SettingsError(f'rule "{name}": {error.message}') from None


def _read(name: str, document: Mapping[str, Any]) -> Rule:
    when, then = document.get("when", {}), document.get("then", {})
    if not isinstance(when, Mapping) or not isinstance(then, Mapping):
        raise ValueError('"when" and "then" are tables, such as when = { any = ["payment"] }.')
    for table, known, what in ((when, _WHEN, "when"), (then, tuple(_THEN), "then")):
        for key in table:
            if key not in known:
                raise ValueError(f'Unknown key "{key}" in "{what}".{did_you_mean(key, known)}')
    keywords = {key: _keywords(key, when.get(key, [])) for key in ("any", "all", "none")}
    text = when.get("filter", "")
    if not isinstance(text, str):
        raise ValueError('"filter" is a text of filter words, such as "channel:portal segment:enterprise".')
    if len(text) > _LONGEST_FILTER:
        raise ValueError(f'"filter" has {len(text):,} characters; at most {_LONGEST_FILTER:,} fit.')
    wanted = filters.read(text)
    problem = fault(wanted)
    if problem:
        raise ValueError(problem)
    if not (keywords["any"] or keywords["all"] or wanted.parts):
        raise ValueError('"when" asks for nothing; a rule that meets every ticket says filter = "is:open".')
    values = tuple(_value(key, value) for key in _THEN if key in then for value in _each(key, then[key]))
    if not values:
        raise ValueError(f'"then" sets nothing; it may set {", ".join(_THEN)}.')
    mode = document.get("mode", PROPOSE)
    if mode not in (PROPOSE, ACT):
        raise ValueError(f'mode is "{PROPOSE}" or "{ACT}", not "{str(mode)[:40]}".')
    flags = {key: document.get(key, usual) for key, usual in (("enabled", True), ("stop", False))}
    for key, value in flags.items():
        if not isinstance(value, bool):
            raise ValueError(f"{key} is true or false.")
    order = document.get("order", 100)
    if isinstance(order, bool) or not isinstance(order, int) or not 0 <= order <= 10_000:
        raise ValueError("order is a whole number from 0 to 10,000; smaller ones are asked first.")
    title = document.get("title", "") or name[:1].upper() + name[1:].replace("-", " ").replace("_", " ")
    if not isinstance(title, str) or len(title) > _LONGEST:
        raise ValueError(f"title is a text of at most {_LONGEST} characters.")
    version = _version(keywords, filters.written(wanted), values)
    return Rule(
        name, title, keywords["any"], keywords["all"], keywords["none"], wanted, values, mode, flags["enabled"], order,
        flags["stop"], version,
    )  # fmt: skip


def _keywords(key: str, given: Any) -> tuple[str, ...]:
    listed = [given] if isinstance(given, str) else given
    if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
        raise ValueError(f'"{key}" is a list of words, such as {key} = ["payment", "blank page"].')
    if len(listed) > _MOST_KEYWORDS or any(len(word) > _LONGEST for word in listed):
        raise ValueError(f'"{key}" has at most {_MOST_KEYWORDS} words of at most {_LONGEST} characters.')
    if any(not word.strip() for word in listed):
        raise ValueError(f'"{key}" holds an empty word, which every ticket has.')
    return tuple(word.strip() for word in listed)


def _each(key: str, given: Any) -> list[Any]:
    if key == "tag" and isinstance(given, list):
        return list(given)
    return [given]


def _value(key: str, given: Any) -> tuple[str, str]:
    value = str(given).strip() if isinstance(given, (str, int)) and not isinstance(given, bool) else ""
    if not value:
        raise ValueError(f'"{key}" needs a text.')
    longest = _LONGEST_REPLY if key == "reply" else _LONGEST
    if len(value) > longest:
        raise ValueError(f'"{key}" has {len(value):,} characters; at most {longest:,} fit.')
    if key == "severity":
        value = value.upper()
    if key in _CHOICES and value not in _CHOICES[key]:
        raise ValueError(f'{key} is one of {", ".join(_CHOICES[key])}, not "{value[:40]}".')
    if key == "stage" and value not in tuple("1234567"):
        raise ValueError("stage is a whole number from 1 to 7.")
    if key == "tag" and "," in value:
        raise ValueError('a tag holds no comma; write several as tag = ["a", "b"].')
    if key != "reply" and "\n" in value:
        raise ValueError(f'"{key}" is one line.')
    return _THEN[key], value


def _version(keywords: Mapping[str, tuple[str, ...]], text: str, values: Sequence[tuple[str, str]]) -> str:
    """Of what it looks for and sets; mode, order and title do not make it another rule."""
    said = "\x00".join([*("\x01".join(keywords[key]) for key in ("any", "all", "none")), text, *map("=".join, values)])
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:12]


def ordered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Those that are switched on, in the order they are asked; the same order is by name."""
    return tuple(sorted((r for r in rules if r.enabled), key=lambda r: (r.order, r.name)))


def judge(rules: Sequence[Rule], ticket: Ticket) -> tuple[Change, ...]:
    """What the rules would set on a ticket that is not so already. ``rules`` as from ``ordered``."""
    text = text_of(ticket)
    found: list[Change] = []
    decided: set[str] = set()
    for rule in rules:
        if not rule.matches(ticket, text):
            continue
        mine: set[str] = set()
        for name, value in rule.then:
            if name in decided:
                continue
            if name != "tags":
                mine.add(name)
            before = ticket.get(name, "")
            after = value.replace("{key}", ticket.get("key", "")) if name == "reply" else value
            if not stands(name, before, after) and not _said(found, name, after):
                found.append(Change(rule, name, before, after))
        decided |= mine
        if rule.stop:
            break
    return tuple(found)


def stands(name: str, before: str, after: str) -> bool:
    """Whether a field is so already."""
    if name == "tags":
        return after.casefold() in tags_of(before)
    return before.casefold() == after.casefold()


def _said(found: Sequence[Change], name: str, after: str) -> bool:
    return any(c.field == name and c.after.casefold() == after.casefold() for c in found)


def agrees(change: Change, now: str) -> bool:
    """Whether what stands in the field now is what the rule would have set."""
    return stands(change.field, now, change.after)
