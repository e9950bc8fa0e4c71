"""What a criterion is, as a person writes it down, and what became of it when it was judged.

A definition names its number, the target, the window, how long it must hold, and the least coverage and evidence with
which anyone may judge. The ten of the template stand here too; every one of them may be edited, and others added.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from console.model.lengths import length_of, length_words
from console.model.nearest import did_you_mean
from console.model.number import Slice

WEEK_S = 7 * 86_400
COVERAGE = 0.99
LONGEST_S = 366 * 86_400
TEMPLATE = "API launch"
TRENDS = ("falling", "rising", "not_falling", "not_rising")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,47}")


class Kind(StrEnum):
    """``entry``: may hypercare begin; ``exit``: may it end; ``goal``: what one would like and nobody is held to."""

    ENTRY = "entry"
    EXIT = "exit"
    GOAL = "goal"


class Form(StrEnum):
    """How a criterion is judged. ``budget``: a share of minutes whose bad ones may use up a budget."""

    KPI = "kpi"
    BUDGET = "budget"
    RESOLVED = "resolved"
    FLOWS = "flows"
    VOLUME = "volume"
    KNOWN_ISSUES = "known_issues"
    SIGNED = "signed"


ALL = Slice()


@dataclass(frozen=True, slots=True)
class Definition:
    """``window_s`` 0: since go-live. ``sustained_s`` 0: judged over what there is; equal to the window: the window must
    be full; longer: each window in a row must hold for so long. Exactly one of ``above``, ``below`` and ``trend`` for a
    number. ``sides``: how many must sign. ``own``: added here, not part of the template.
    """

    key: str
    title: str
    kind: Kind = Kind.EXIT
    form: Form = Form.KPI
    kpi: str = ""
    part: Slice = ALL
    above: float | None = None
    below: float | None = None
    trend: str = ""
    window_s: int = 0
    sustained_s: int = 0
    coverage: float = COVERAGE
    evidence: int = 1
    owner: str = ""
    rationale: str = ""
    sides: int = 1
    short: str = ""
    own: bool = False

    @property
    def target(self) -> float | None:
        return self.above if self.above is not None else self.below

    @property
    def sustained(self) -> bool:
        """Whether each of several windows in a row must hold."""
        return self.sustained_s > self.window_s > 0


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion as judged. ``state``: met, not_met, unknown or waived. ``unit`` words ``value``; ``share_of`` is
    'n of m' where that says more. ``start`` and ``end`` bound the window that gave the value, None where there is none.
    ``resets``: what would set the clock back. ``left_out_s``: planned maintenance that does not count.
    """

    criterion: str
    state: str
    why: str = ""
    on_track: bool = False
    value: float | None = None
    target: float | None = None
    clock_s: float | None = None
    sustained_s: float | None = None
    budget_left_s: float | None = None
    n: int = 0
    coverage: float = 0.0
    unit: str = "share"
    share_of: tuple[int, int] | None = None
    example: str = ""
    definition: Definition | None = None
    start: int | None = None
    end: int | None = None
    resets: str = ""
    left_out_s: float = 0.0

    @property
    def kind(self) -> Kind:
        return self.definition.kind if self.definition is not None else Kind.EXIT

    def as_row(self) -> dict[str, Any]:
        """As the ``check`` command prints it."""
        return {
            "criterion": self.criterion, "state": self.state, "on_track": self.on_track, "value": self.value,
            "target": self.target, "why": self.why, "clock_s": self.clock_s, "sustained_s": self.sustained_s,
            "budget_left_s": self.budget_left_s, "n": self.n, "coverage": self.coverage, "kind": self.kind.value,
            "title": self.definition.title if self.definition is not None else self.criterion, "resets": self.resets,
            "left_out_s": self.left_out_s,
        }  # fmt: skip


def template(targets: Mapping[str, float], per_day: float | None) -> tuple[Definition, ...]:
    """The ten rows of the template, with the targets and the baseline that the settings name."""
    return (
        Definition(
            "uptime", "System uptime", form=Form.BUDGET, kpi="availability", above=targets.get("availability", 0.999),
            window_s=WEEK_S, sustained_s=WEEK_S, short="Uptime",
            rationale="A system that was up for a week has seen every hour of the week once.",
        ),
        Definition(
            "p1_resolved", "P1 resolved and verified", form=Form.RESOLVED, part=Slice(severity="P1"), above=1.0,
            short="P1 resolved", rationale="Nobody takes over a system with a critical fault.",
        ),
        Definition(
            "p2_resolved", "P2 resolved", form=Form.RESOLVED, part=Slice(severity="P2"), above=0.9,
            rationale="What is left is deferred by decision, not by silence.",
        ),
        Definition(
            "error_rate_5xx", "API 5xx rate", kpi="error_rate_5xx", below=targets.get("error_rate_5xx", 0.001),
            window_s=WEEK_S, sustained_s=WEEK_S, short="API 5xx",
            rationale="Few calls prove nothing: the upper 95 % bound must lie below the target.",
        ),
        Definition(
            "response_time", "Response time", form=Form.FLOWS, above=1.0, window_s=WEEK_S,
            rationale="Each core flow keeps the response time it promises.",
        ),
        Definition(
            "ticket_volume", "Ticket volume", form=Form.VOLUME, below=per_day, window_s=86_400, sustained_s=3 * 86_400,
            short="Tickets at baseline", rationale="Support can carry on with its usual crew.",
        ),
        Definition(
            "csat", "CSAT", kpi="csat", above=targets.get("csat", 0.8),
            rationale="The lower bound of the interval must lie above the target.",
        ),
        Definition("documentation", "Documentation updated", form=Form.SIGNED, rationale="Others must run it."),
        Definition(
            "known_issues", "Known issues reviewed", form=Form.KNOWN_ISSUES,
            rationale="What is left open is known, worked around and decided upon.",
        ),
        Definition(
            "handover", "Team handover", form=Form.SIGNED, sides=2, rationale="Both sides say that it is handed over.",
        ),
    )  # fmt: skip


SLICES = {"ticket_kind" if f.name == "kind" else f.name: f.name for f in dataclasses.fields(Slice)}
"""How a table of keys names each part of the facts; ``kind`` is taken by the criterion's own."""

_EDITABLE = (
    "title", "kind", "above", "below", "trend", "window", "sustained", "coverage", "evidence", "owner", "rationale",
    "sides", "kpi", *SLICES,
)  # fmt: skip
KEYS = ("key", *_EDITABLE)
"""The keys of a ``[[criterion]]`` table, and of the change of an edit."""


def changed(before: Definition, change: Mapping[str, Any]) -> Definition:
    """The definition after an edit. Raises ValueError with a sentence that names what is wrong."""
    for key in change:
        if key not in KEYS:
            raise ValueError(f'A criterion has no "{key}".{did_you_mean(key, KEYS)}')
    fields: dict[str, Any] = {}
    for key in ("title", "owner", "rationale", "kpi"):
        if key in change:
            fields[key] = _text(key, change[key])
    if fields.get("title", "there") == "":
        raise ValueError("A criterion needs a title that people recognise.")
    if "title" in fields:
        fields["short"] = ""
    if "kind" in change:
        fields["kind"] = _one_of("kind", change["kind"], Kind)
    if change.get("trend"):
        fields |= {"trend": _one_of("trend", change["trend"], TRENDS), "above": None, "below": None}
    for key, other in (("above", "below"), ("below", "above")):
        if change.get(key) is not None:
            fields |= {key: _number(key, change[key]), other: None, "trend": ""}
    if sum(bool(change.get(k) is not None and change.get(k) != "") for k in ("above", "below", "trend")) > 1:
        raise ValueError("A criterion has one target: above, below or trend, not several.")
    for key, name in (("window", "window_s"), ("sustained", "sustained_s")):
        if key in change:
            fields[name] = _length(key, change[key])
    if "coverage" in change:
        fields["coverage"] = _number("coverage", change["coverage"])
    for key in ("evidence", "sides"):
        if key in change:
            fields[key] = _whole(key, change[key])
    narrowed = {name: _text(key, change[key]) or None for key, name in SLICES.items() if key in change}
    if narrowed:
        fields["part"] = dataclasses.replace(before.part, **narrowed)
    after = dataclasses.replace(before, **fields)
    _check_rule(before, after)
    _check(after)
    return after


def defined(table: Mapping[str, Any]) -> Definition:
    """A criterion of one's own from its table of keys. Raises ValueError with a sentence."""
    key = table.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError(
            f'The key {key!r} of a criterion must be small letters, digits and _, such as "checkout_errors".'
        )
    form = Form.KPI if table.get("kpi") else Form.SIGNED
    aimed = any(table.get(name) not in (None, "") for name in ("above", "below", "trend"))
    if form is Form.SIGNED and aimed:
        raise ValueError(f'The criterion "{key}" has a target and no kpi; name the KPI that it is a target of.')
    if form is Form.KPI and not aimed:
        raise ValueError(f'The criterion "{key}" needs a target: above = …, below = … or trend = "falling".')
    return changed(Definition(key, key.replace("_", " ").capitalize(), form=form, own=True), table)


def _check_rule(before: Definition, after: Definition) -> None:
    """A row that is judged by its own rule has nothing to put another KPI, part or clock into."""
    if after.form is not Form.KPI and not before.own and (after.kpi, after.part) != (before.kpi, before.part):
        raise ValueError(f'"{after.title}" is judged by its own rule; add a criterion for another KPI or part.')
    if after.form is Form.BUDGET and after.sustained_s not in (0, after.window_s):
        raise ValueError(f'The clock of "{after.title}" is its window; set window and sustained to the same length.')
    if after.form in (Form.RESOLVED, Form.FLOWS, Form.SIGNED, Form.KNOWN_ISSUES) and after.sustained_s:
        raise ValueError(f'"{after.title}" is judged as it stands and has no clock.')


def _check(made: Definition) -> None:
    if made.form in (Form.SIGNED, Form.KNOWN_ISSUES) and (made.target is not None or made.trend):
        raise ValueError(f'"{made.title}" is signed; it has no target to set.')
    if made.form not in (Form.KPI,) and made.trend:
        raise ValueError(f'"{made.title}" is judged by its own rule and knows no trend; set a number as target.')
    if made.form is Form.KPI and made.target is None and not made.trend and not made.own:
        raise ValueError(f'"{made.title}" needs a target.')
    if made.form in (Form.BUDGET, Form.RESOLVED, Form.FLOWS) and made.above is None:
        raise ValueError(f'"{made.title}" must lie above its target; set above.')
    if made.form is Form.VOLUME and made.above is not None:
        raise ValueError(f'"{made.title}" must lie below its target; set below.')
    if made.form in (Form.BUDGET, Form.RESOLVED, Form.FLOWS):
        check_target(made.title, "share", made.above)
    if made.form is Form.BUDGET and made.above is not None and made.above >= 1:
        raise ValueError(
            f'"{made.title}" above 100 % leaves no minute for anything; set a share below 1, such as 0.999.'
        )
    if not 0 < made.coverage <= 1:
        raise ValueError(f"The least coverage is a share above 0 and up to 1, such as 0.99, not {made.coverage:g}.")
    if made.evidence < 0 or made.sides < 1:
        raise ValueError("The least evidence is 0 or more, and at least one side signs.")
    if made.form is not Form.VOLUME and 0 < made.sustained_s < made.window_s:
        raise ValueError(
            f"It cannot hold for {length_words(made.sustained_s)} when one window is {length_words(made.window_s)}; "
            "make the window shorter or the time longer."
        )
    if made.sustained_s and not made.window_s:
        raise ValueError('What must hold for some time needs a window to be judged over, such as "1 h".')
    if made.sustained and made.window_s < 60:
        raise ValueError("The window of a clock is at least a minute.")
    if made.trend and made.sustained_s:
        raise ValueError("A trend compares a window with the one before it; it has no clock.")
    if made.trend and not made.window_s:
        raise ValueError('A trend needs a window to compare with the one before it, such as "7 d".')


def check_target(title: str, unit: str, target: float | None) -> None:
    """Refuse a target that nothing of this unit can ever meet or miss. Raises ValueError with a sentence."""
    if target is None:
        return
    if not math.isfinite(target):
        raise ValueError(f"The target of {title} is {target}; it must be a plain number.")
    if unit == "share" and not 0 <= target <= 1:
        raise ValueError(f"The target of {title} is {target:g}; a share lies between 0 and 1 (99.9 % is 0.999).")
    if unit == "score" and not -100 <= target <= 100:
        raise ValueError(f"The target of {title} is {target:g}; a score lies between -100 and 100.")
    if unit not in ("score", "share") and target < 0:
        raise ValueError(f"The target of {title} is {target:g}; it cannot be negative.")


def _text(key: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key} of a criterion is text, not {value!r}.")
    return value.strip()


def _one_of(key: str, value: Any, known: Any) -> Any:
    words = [str(word) for word in known]
    if value not in words:
        raise ValueError(f'"{value}" is no {key} of a criterion.{did_you_mean(str(value), words)}')
    return known(value) if isinstance(known, type) else value


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{key} of a criterion is {value!r}; it must be a plain number.")
    return float(value)


def _whole(key: str, value: Any) -> int:
    number = _number(key, value)
    if number != int(number):
        raise ValueError(f"{key} of a criterion is a whole number, not {value!r}.")
    return int(number)


def _length(key: str, value: Any) -> int:
    seconds = length_of(value)
    if seconds is None or not 0 <= seconds <= LONGEST_S:
        raise ValueError(
            f'{key} = {value!r} is no length of time; write it as "7 d", "24 h" or "30 min", a year at most.'
        )
    return seconds
