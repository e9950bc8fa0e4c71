"""The board: how many tickets of a filter stand in each stage, and those that stand highest there."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.filter import read_some
from console.model.stages import STAGES
from console.queries import triage_filter, triage_shelf
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.triage import COLUMNS, TriageRow, rows_of

MOST_CARDS = 60
"""Cards of a stage that are shown; its total counts the rest."""


@dataclass(frozen=True, slots=True)
class BoardAnswer:
    """``totals`` and ``rows`` by stage number, 1 to 7."""

    fault: str
    totals: dict[int, int]
    rows: dict[int, tuple[TriageRow, ...]]


def ask(reader: Reader, shelf: TicketShelf, text: str) -> BoardAnswer:
    """Words that cannot be read are left out and told, as in the queue."""
    wanted, fault = read_some(text)
    table = triage_shelf.fill(reader, shelf)
    where = triage_filter.conditions(wanted, reader, show_all=False)
    totals = dict(reader.rows(f"SELECT stage, count(*) FROM {table} WHERE {where} GROUP BY stage"))
    found = reader.rows(
        f"SELECT {COLUMNS} FROM (SELECT rowid AS place FROM {table} WHERE {where} "
        f"QUALIFY row_number() OVER (PARTITION BY stage ORDER BY rank_key) <= {MOST_CARDS}) chosen "
        f"JOIN {table} t ON t.rowid = chosen.place ORDER BY stage, rank_key"
    )
    rows = rows_of(reader, found)
    return BoardAnswer(
        fault,
        {stage.number: int(totals.get(stage.number, 0)) for stage in STAGES},
        {stage.number: tuple(row for row in rows if row.stage == stage.number) for stage in STAGES},
    )
