"""The preview of a mapping as words and a table. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.mapping import TARGETS, Becoming, MappingPreview, Word
from console.present.figures import Cell, Column, Row, TableWindow
from console.present.tone import SEVERITY_TONE, Tone

_ALWAYS = ("severity", "status")
_MOST_COLUMNS = 4
_WIDTH = 140
_ARROW = " → "
_TITLES = {"created_at": "Created", "due_at": "Due", "os": "System"}


@dataclass(frozen=True, slots=True)
class WordLine:
    """A vendor's word. ``meaning`` is what the typed mapping makes of it, '' for nothing; ``targets`` it can be set to."""

    field: str
    word: str
    met: str
    meaning: str
    becomes: str
    tone: Tone
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MappingFigure:
    headline: str
    tone: Tone
    words: tuple[WordLine, ...]
    table: TableWindow


def word(preview: MappingPreview) -> MappingFigure:
    """Changed tickets first, newest first among them."""
    changed = [ticket for ticket in preview.tickets if ticket.changed]
    same = [ticket for ticket in preview.tickets if not ticket.changed]
    unset = sum(not one.after for one in preview.words if one.field in TARGETS)
    total = len(preview.tickets)
    if preview.trouble:
        headline, tone = f"As typed; the saved mapping cannot be read with: {preview.trouble}", Tone.WARN
    elif not total:
        headline, tone = "No tickets were found, so there is nothing to show a mapping on.", Tone.UNKNOWN
    elif changed:
        headline, tone = f"{len(changed)} of the last {total} tickets would change.", Tone.INFO
    else:
        headline, tone = f"None of the last {total} tickets would change.", Tone.GOOD
    if unset:
        headline += f" {unset} {'word means' if unset == 1 else 'words mean'} nothing here yet."
    words = tuple(_line(one) for one in preview.words)
    return MappingFigure(headline, tone, words, _table([*changed, *same], changed))


def _line(one: Word) -> WordLine:
    meaning = _worded(one.field, one.after) or "unset"
    becomes = f"{_worded(one.field, one.before) or 'unset'}{_ARROW}{meaning}" if one.before != one.after else meaning
    tone = Tone.UNKNOWN if not one.after else Tone.ACCENT if one.before != one.after else Tone.NEUTRAL
    return WordLine(one.field, one.word, f"met {one.count}×", one.after, becomes, tone, TARGETS.get(one.field, ()))


def _table(tickets: list[Becoming], changed: list[Becoming]) -> TableWindow:
    fields = _fields(tickets, changed)
    columns = (
        Column("key", "Ticket", 110),
        Column("title", "Title", 0),
        *(Column(name, _TITLES.get(name, name.replace("_", " ").capitalize()), _WIDTH) for name in fields),
    )
    rows = tuple(_row(ticket, fields) for ticket in tickets)
    return TableWindow(columns, len(rows), 0, rows, empty="No tickets to show.")


def _fields(tickets: list[Becoming], changed: list[Becoming]) -> list[str]:
    """What the mapping moves comes before what merely is there; the title has its own column."""
    moved = [name for t in changed for name, (before, after) in t.values.items() if before != after]
    there = [name for t in tickets for name in t.values]
    ordered = [*_ALWAYS, *dict.fromkeys(moved), *dict.fromkeys(there)]
    return [name for name in dict.fromkeys(ordered) if name != "title"][:_MOST_COLUMNS]


def _row(ticket: Becoming, fields: list[str]) -> Row:
    cells = tuple(_cell(name, *ticket.values.get(name, ("", ""))) for name in fields)
    shown = ticket.values.get("title", (ticket.title, ticket.title))
    title = _cell("title", *shown)
    said = ", ".join(f"{name} {cell.text or 'unset'}" for name, cell in zip(fields, cells, strict=True))
    return Row(ticket.id, (Cell(ticket.key), title, *cells), f"{ticket.key} {ticket.title}: {said}")


def _cell(name: str, before: str, after: str) -> Cell:
    before, after = _worded(name, before), _worded(name, after)
    if before != after:
        return Cell(f"{_short(before) or 'unset'}{_ARROW}{_short(after) or 'unset'}", Tone.ACCENT)
    if name == "severity" and after:
        return Cell(after, SEVERITY_TONE.get(after, Tone.NEUTRAL), badge=True)
    return Cell(_short(after), Tone.NEUTRAL if name in ("title", *_ALWAYS) else Tone.MUTED)


def _worded(name: str, value: str) -> str:
    """Times to the minute, our own words without their joints; texts of strangers as they are."""
    if name.endswith("_at"):
        return value[:16].replace("T", " ")
    return value.replace("_", " ") if name in (*TARGETS, "channel") else value


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"
