"""The figures of the Exit screen: worded, toned, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from console.model.number import Number
from console.present.figures import Floats, Pill
from console.present.tone import Tone


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision about a row: ``head`` who and when, ``body`` what and why."""

    head: str
    body: str


@dataclass(frozen=True, slots=True, eq=False)
class ExitRow:
    """One criterion. ``progress`` 0..1 fills the bar; ``beneath`` is the clock or the why under it; ``notes`` say what
    would reset it, what was left out, owner and rationale. ``fields``: its definition as texts, for the edit form.
    """

    key: str
    tone: Tone
    title: str
    target: str
    value: str
    progress: float
    beneath: str
    state: str
    spark: Floats = field(default_factory=lambda: np.empty(0))
    spoken: str = ""
    number: Number | None = None
    notes: tuple[str, ...] = ()
    history: tuple[Entry, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    form: str = "kpi"
    signed_by: tuple[str, ...] = ()
    waived: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class ExitGroup:
    """``title``: Entry criteria, Exit criteria, Goals. ``rows`` are drawn in this order."""

    title: str
    summary: str
    rows: tuple[ExitRow, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A maintenance window. ``over``: it has passed."""

    name: str
    words: str
    over: bool


@dataclass(frozen=True, slots=True)
class ExitFigure:
    """``edition``: 'template “API launch”, version 3 · edited by lead on D2'. ``notice``: the guard's word after an exit.
    ``history``: decisions about the session itself. ``kpis``: (name, title) for the form of a new criterion.
    """

    edition: str
    pills: tuple[Pill, ...]
    groups: tuple[ExitGroup, ...]
    notice: str = ""
    notice_tone: Tone = Tone.NEUTRAL
    exited: bool = False
    ready: bool = False
    planned: tuple[Planned, ...] = ()
    history: tuple[Entry, ...] = ()
    kpis: tuple[tuple[str, str], ...] = ()
    me: str = ""

    def row(self, key: str) -> ExitRow | None:
        return next((r for g in self.groups for r in g.rows if r.key == key), None)
