"""The proof of a number as it is shown: frozen, worded and toned."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.number import Number
from console.present.tone import Tone


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the row under the title: value, interval, n, target."""

    label: str
    value: str
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True, slots=True)
class StripPart:
    """A stretch of the coverage strip; ``x0`` and ``x1`` are shares of the window, 0..1."""

    x0: float
    x1: float
    tone: Tone
    words: str


@dataclass(frozen=True, slots=True)
class SourceState:
    name: str
    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class ProofFigure:
    """``number`` is pinned: asking for its rows gives those the value was made from. ``link`` opens it again.

    ``judged``: how a criterion was judged, '' for a plain number. ``moment`` says as known when; ``rows_title`` what a row
    is, '' where there are none.
    """

    number: Number
    title: str
    facts: tuple[Fact, ...]
    window: str
    why: str = ""
    judged: str = ""
    coverage: str = ""
    strip: tuple[StripPart, ...] = ()
    definition: str = ""
    formula: str = ""
    sql: str = ""
    sources: tuple[SourceState, ...] = ()
    deeds: tuple[str, ...] = ()
    moment: str = ""
    link: str = ""
    rows_title: str = ""
    exact: str = ""
    spoken: str = ""

    def words(self) -> str:
        """The proof as plain text, for a message."""
        from console.present.proof import as_text

        return as_text(self)

    def markdown(self) -> str:
        """The proof as Markdown, for a page or a ticket."""
        from console.present.proof import as_markdown

        return as_markdown(self)
