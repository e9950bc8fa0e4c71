"""What the Alerts screen shows, as frozen values: worded, toned, in the order of reading."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.number import Number
from console.present.figures import ChartFigure
from console.present.tone import Tone


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert that is pending, fires or is held. ``link`` is http or https, '' without a runbook."""

    key: str
    rule: str
    group: str
    severity: str
    tone: Tone
    title: str
    where: str
    state: str
    since: str
    why: str
    aside: tuple[tuple[str, Tone], ...] = ()
    before: tuple[str, ...] = ()
    tickets: tuple[tuple[str, str], ...] = ()
    ladder: str = ""
    owner: str = ""
    link: str = ""
    number: Number | None = None
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class EndedRow:
    title: str
    where: str
    when: str
    why: str
    tone: Tone
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """``id`` is the same for the same notice, whenever it is asked for. ``loud``: it speaks of a P1 and disturbs.

    ``ticket``: the one it is about (SOURCE:KEY). ``filter``: what of the queue it is about, where it speaks of several.
    """

    id: str
    minute: int
    text: str
    aside: str
    tone: Tone
    loud: bool = False
    kept: bool = False
    spoken: str = ""
    ticket: str = ""
    filter: str = ""

    @property
    def opens(self) -> bool:
        """Whether there is something in Triage to be opened from it."""
        return bool(self.ticket or self.filter)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """``texts``: the rule as the editor shows it."""

    name: str
    title: str
    state: str
    tone: Tone
    aside: str
    retired: bool = False
    own: bool = False
    texts: tuple[tuple[str, str], ...] = ()
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class SilenceRow:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class LoadPanel:
    """``lines`` are (label, value, tone)."""

    headline: str
    tone: Tone
    lines: tuple[tuple[str, str, Tone], ...] = ()
    week: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AlertsFigure:
    """``nothing``: what stands where no row does."""

    summary: str
    tone: Tone
    judged: str
    rows: tuple[AlertRow, ...]
    ended: tuple[EndedRow, ...]
    notices: tuple[NoticeRow, ...]
    rules: tuple[RuleRow, ...]
    silences: tuple[SilenceRow, ...]
    load: LoadPanel
    nothing: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class BacktestFigure:
    """What a rule would have done. ``firings`` and ``missed`` are (when, text) pairs, newest first."""

    headline: str
    tone: Tone
    note: str
    chart: ChartFigure
    firings: tuple[tuple[str, str], ...]
    notices: str
    missed: tuple[tuple[str, str], ...]
    spoken: str = ""
