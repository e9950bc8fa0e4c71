"""The seven stages of a ticket: what each is for, who works there, what it owes before the next. Pure.

Where nobody decided a ticket's stage, its status tells one (``default_stage``): a ticket that came with a title has passed
intake, for the source kept its text, time and reporter; who works on it looks for the cause; a fix waits to be verified; what
is closed stands in the last stage, whether or not everybody was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Gate:
    """A field that a stage owes. ``choices`` is empty for free text."""

    field: str
    title: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """``outcome``: what is true when the stage is done; the gate to the next."""

    number: int
    title: str
    objective: str
    who: str
    outcome: str
    owes: tuple[Gate, ...]


_KINDS = (
    "bug", "crash", "data", "interface", "integration", "database", "performance", "security", "usability",
    "documentation", "training", "question", "enhancement",
)  # fmt: skip
_CHANNELS = (
    "support_phone", "support_chat", "support_email", "portal", "in_app", "survey", "outreach", "social", "store_review",
    "forum", "analytics", "sales", "development", "qa", "operations", "monitoring",
)  # fmt: skip

STAGES = (
    Stage(
        1, "Intake", "all feedback in one place", "support, operations and engineering", "captured, nothing missing",
        (Gate("title", "title"), Gate("body", "text"), Gate("reporter", "reporter"), Gate("channel", "channel", _CHANNELS)),
    ),
    Stage(
        2, "Triage", "sorted fast", "support and product", "structured, urgent items flagged",
        (
            Gate("kind", "kind", _KINDS), Gate("category", "category"),
            Gate("severity", "severity", ("P1", "P2", "P3", "P4")),
            Gate("impact", "impact", ("one user", "segment", "all users")), Gate("area", "area"),
            Gate("segment", "segment"),
        ),
    ),
    Stage(
        3, "Root cause", "the cause, not the symptom", "engineering, product and UX", "cause written down",
        (Gate("root_cause", "root cause"),),
    ),
    Stage(
        4, "Prioritise", "ranked together", "product, engineering and customer success leads", "ranked, focus set",
        (Gate("score_impact", "impact score"), Gate("score_confidence", "confidence"), Gate("score_effort", "effort")),
    ),
    Stage(
        5, "Plan", "someone does it", "product and engineering leads", "task with owner and date",
        (
            Gate("task", "development task"), Gate("assignee", "owner"), Gate("due_at", "due date"),
            Gate("definition_of_done", "definition of done"),
        ),
    ),
    Stage(
        6, "Verify", "truly fixed", "engineering, QA and product", "verified and deployed",
        (Gate("resolved_at", "fix"), Gate("deployed_at", "deployment")),
    ),
    Stage(
        7, "Close", "the loop closed", "customer success, product and support", "told, documented, closed",
        (Gate("told", "word to the reporter"), Gate("article", "article or known issue"), Gate("closed", "closed ticket")),
    ),
)  # fmt: skip

_WISH_OWES_NOT = frozenset({"severity", "root_cause"})
_BY_STATUS = {"new": 2, "acknowledged": 2, "in_progress": 3, "reopened": 3, "resolved": 6, "closed": 7}

DEFAULT_STAGE_SQL = (
    "CASE WHEN coalesce(trim(title), '') = '' THEN 1 WHEN status IN ('new', 'acknowledged') THEN 2 "
    "WHEN status = 'resolved' THEN 6 WHEN status = 'closed' THEN 7 ELSE 3 END"
)
CHOICES = {gate.field: gate.choices for stage in STAGES for gate in stage.owes if gate.choices}
"""What a field can be, where it cannot be anything."""
"""``default_stage`` over the columns title and status."""


def stage(number: int) -> Stage:
    """Raises IndexError outside 1..7."""
    if not 1 <= number <= len(STAGES):
        raise IndexError(number)
    return STAGES[number - 1]


def default_stage(status: str, title: str) -> int:
    """Where a ticket stands while nobody decided it."""
    return 1 if not title.strip() else _BY_STATUS.get(status, 3)


def owed(number: int, fields: Mapping[str, str]) -> tuple[Gate, ...]:
    """What the stage still owes. ``fields``: what is set, by name; a wish has neither severity nor cause."""
    wish = fields.get("kind") == "enhancement"
    return tuple(
        gate
        for gate in stage(number).owes
        if not fields.get(gate.field, "").strip() and not (wish and gate.field in _WISH_OWES_NOT)
    )


def owes_words(number: int, missing: tuple[Gate, ...]) -> str:
    """'Triage owes: category, severity · support and product · then "structured, urgent items flagged"'."""
    here = stage(number)
    what = (
        f"{here.title} owes: {', '.join(gate.title for gate in missing)}" if missing else f"{here.title} owes nothing"
    )
    return f"{what} · {here.who} · then “{here.outcome}”"


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch in one stage; ``end`` None: still there. ``why``: what was said when it was left early."""

    stage: int
    start: int
    end: int | None
    decided: bool = False
    why: str = ""


def stays(changes: list[tuple[int, str, str, str]], born: int, title: str, status: str = "new") -> list[Stay]:
    """The stages a ticket stood in, oldest first. ``status``: with which it came.

    ``changes``: (instant, 'status' or 'stage', new value, comment), oldest first; a decided stage holds until it is unset or
    decided anew, whatever the status does meanwhile.
    """
    chosen = ""
    found = [Stay(default_stage(status, title), born, None)]
    for instant, field, value, comment in changes:
        if field == "status":
            status = value or status
        elif field == "stage":
            chosen = value if value.isdigit() and 1 <= int(value) <= len(STAGES) else ""
        else:
            continue
        now = int(chosen) if chosen else default_stage(status, title)
        last = found[-1]
        if now == last.stage:
            continue
        why = comment if field == "stage" else ""
        if instant <= last.start:
            found.pop()
            if found and found[-1].stage == now:
                found[-1] = replace(found[-1], end=None)
            else:
                found.append(Stay(now, last.start, None, field == "stage", why))
            continue
        found[-1] = replace(last, end=instant)
        found.append(Stay(now, instant, None, field == "stage", why))
    return found


def skipped(told: list[Stay]) -> dict[int, str]:
    """Stages that a decision jumped over and nobody came back to, with what was said about it."""
    seen = {stay.stage for stay in told}
    found: dict[int, str] = {}
    for before, after in pairwise(told):
        if after.decided:
            found |= {n: after.why for n in range(before.stage + 1, after.stage) if n not in seen}
    return {n: why for n, why in found.items() if n < told[-1].stage}
