"""The figures of the Triage screen: the queue, one ticket, what stands around it, the board, the outbox, a bulk preview.

All texts are plain text, already bounded; widgets draw them and compute nothing. ``key`` of a ticket is 'SOURCE:KEY'.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from console.model.number import Number
from console.present.figures import Pill, Remark, TableWindow
from console.present.tone import Tone


@dataclass(frozen=True, slots=True)
class TriageQueue:
    """``fault``: a sentence about a word of the filter that cannot be read (the rows are then those of the other words).

    ``counted``: "37 of 912". ``order``: by what the rows stand, in words. ``outbox``: what waits to be delivered, None for
    nothing.
    """

    window: TableWindow
    counted: str
    order: str
    fault: str = ""
    outbox: Pill | None = None


@dataclass(frozen=True, slots=True)
class StageStep:
    """One of the seven stages of a ticket. ``state``: done, current, ahead or skipped; ``note``: since when, or why skipped."""

    number: int
    title: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A field the present stage still owes. ``field`` is what an act sets; ``choices`` is empty for free text."""

    field: str
    title: str
    value: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StripPart:
    """A stretch of an SLA clock. ``share`` of the strip's width, 0..1; ``tone`` QUIET where the clock stood still."""

    share: float
    text: str
    tone: Tone
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class SlaStrip:
    """One clock of one ticket: "Resolution SLA · P1 enterprise · 4 h working time · left" and "3:41:20"."""

    clock: str
    title: str
    left: str
    tone: Tone
    parts: tuple[StripPart, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    """The segments as a table of texts, header first: state, why, from, to, seconds; they sum to the shown number."""


@dataclass(frozen=True, slots=True)
class ScoreChip:
    """One number of the priority: "Reach 31 measured". ``field`` is what an act sets, '' for a worked-out one."""

    title: str
    value: str
    note: str = ""
    field: str = ""
    number: Number | None = None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    when: str
    text: str
    who: str
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class Conflict:
    """Three versions of a field: what the person saw, what they decided, what the remote says now."""

    decision: str
    field: str
    seen: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """A decision that is not confirmed. ``state``: pending, sending, later, held, refused or conflict.

    ``acts``: which of retry, withdraw, mine, theirs can be done about it.
    """

    decision: str
    ticket: str
    text: str
    state: str
    tone: Tone
    why: str = ""
    acts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboxFigure:
    """Everything undelivered, oldest first; ``total`` counts also those beyond the lines."""

    summary: str
    total: int
    lines: tuple[OutboxLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a ticket; nothing of it is fetched before somebody asks."""

    name: str
    size: str
    url: str


@dataclass(frozen=True, slots=True)
class TriageDetail:
    """What is known of one ticket without looking around; what takes longer is ``TriageContext``.

    ``pending``: what was decided and not confirmed, as short texts for the header. ``owes``: the sentence of the present stage.
    """

    key: str
    severity: str
    title: str
    state: str
    system: str
    url: str = ""
    pending: tuple[str, ...] = ()
    stages: tuple[StageStep, ...] = ()
    owes: str = ""
    owed: tuple[Owed, ...] = ()
    strips: tuple[SlaStrip, ...] = ()
    body: str = ""
    said: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    scores: tuple[ScoreChip, ...] = ()
    doubt: str = ""
    conversation: tuple[Remark, ...] = ()
    history: tuple[HistoryLine, ...] = ()
    outbox: tuple[OutboxLine, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    proposals: tuple[tuple[str, str], ...] = ()
    """What rules propose and nobody answered: the rule's title and what it would set."""
    reply: str = ""
    """The reply that a rule drafted, whole; '' for none."""
    articles: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    members: tuple[str, ...] = ()
    duplicate_of: str = ""
    tasks: tuple[tuple[str, str], ...] = ()
    can_act: bool = True


@dataclass(frozen=True, slots=True)
class AlikeLine:
    key: str
    title: str
    score: str
    why: str


@dataclass(frozen=True, slots=True)
class AroundLine:
    """Something beside a ticket: a route, a release, a call, another ticket of the customer."""

    text: str
    value: str = ""
    tone: Tone = Tone.NEUTRAL
    key: str = ""


@dataclass(frozen=True, slots=True)
class TriageContext:
    """What stands around a ticket. ``span`` is the stretch looked at: "13:50–14:20"."""

    key: str
    span: str = ""
    moved: tuple[AroundLine, ...] = ()
    unchanged: str = ""
    alike: tuple[AlikeLine, ...] = ()
    calls: tuple[AroundLine, ...] = ()
    releases: tuple[AroundLine, ...] = ()
    others: tuple[AroundLine, ...] = ()
    reach: tuple[tuple[str, ...], ...] = ()
    """The consumers that failed, header first: the rows of evidence behind the measured reach."""


@dataclass(frozen=True, slots=True)
class BoardCard:
    key: str
    severity: str
    name: str
    title: str
    aside: str = ""
    tone: Tone = Tone.NEUTRAL
    pending: bool = False


@dataclass(frozen=True, slots=True)
class BoardColumn:
    number: int
    title: str
    total: int
    outcome: str
    cards: tuple[BoardCard, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardFigure:
    columns: tuple[BoardColumn, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What an act would do to a selection: ticket, before, after; ``refused``: ticket and why it cannot, or need not.

    ``count``: tickets that would change; those refused are not among them.
    """

    title: str
    count: int
    lines: tuple[tuple[str, str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
