"""The figures of rules over tickets: the list, one rule in the editor, and its dry run."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.present.tone import Tone


@dataclass(frozen=True, slots=True)
class RuleRow:
    """``when`` and ``then`` in words; ``made``: what became of what it said. ``texts``: for the editor. ``own``: it can be
    removed. ``run``: "12 tickets" of what it did last and can be taken back at once, '' for nothing."""

    name: str
    title: str
    mode: str
    when: str
    then: str
    made: str
    on: bool
    own: bool
    texts: dict[str, str] = field(default_factory=dict)
    run: str = ""


@dataclass(frozen=True, slots=True)
class RulesFigure:
    summary: str
    rows: tuple[RuleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One ticket. ``change``: "Severity P3 → P2, Tag vip". ``later``: what people decided since, '' while nobody did."""

    key: str
    title: str
    change: str
    rule: str
    later: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class TrialFigure:
    """``headline``: "12 of the last 500 tickets would change". ``agreement``: "people decided the same in 7 of 9"."""

    headline: str
    agreement: str
    note: str
    tone: Tone
    rows: tuple[TrialRow, ...]
    spoken: str
