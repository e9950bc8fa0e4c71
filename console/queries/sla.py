"""SLA clocks at a moment: of all tickets as a table beside the ticket shelf, and of one ticket with its segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from console.model.moment import SECOND
from console.model.sla import Agreement, Name, State
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.sla_arrays import STATES, Clocks, Tickets, clocks, forgotten_before, next_change, read
from console.queries.sla_terms import agreement

_SHELF = "sla_shelf"
_NEVER = np.iinfo(np.int64).max


@dataclass(slots=True)
class _Filled:
    """What the table of a connection was made for."""

    at: int
    agreed: Agreement


def fill(reader: Reader, shelf: TicketShelf) -> str:
    """The name of a table with the clocks of every ticket at the reader's moment; filled when something changed.

    A row a ticket: ``source, ticket``; ``response_left_s, resolution_left_s`` (below zero when breached; NULL without
    a target and once the clock has ended); ``response_due, resolution_due`` (epoch us; NULL also while a clock is paused);
    ``response_state, resolution_state`` and ``state`` (none, ok, due_soon, paused, breached, met); ``share`` (of the target
    used up, of the open clock nearest to its end; NULL for none). ``state`` is that of the open clocks, the worst first:
    breached, due_soon, ok, paused; of a ticket without any, whether its resolution was kept. ``forgotten_before`` (epoch us):
    an open ticket that was taken up and silent since before is forgotten; NULL while it may be silent. ``response_runs,
    resolution_runs`` (place of its target in the agreement): by what an open clock runs; NULL while it stands. ``changes_at``
    (epoch us): when a clock's state becomes another by the mere passing of time; NULL for never. ``told_at`` (epoch us): the
    second for which it is told how much is left; NULL where no clock runs.
    """
    tickets = arrays(reader, shelf)
    agreed = agreement(reader)
    held: list[_Filled] = shelf.kept(reader, _SHELF, list)
    if held and (held[0].agreed, held[0].at) == (agreed, reader.at):
        return _SHELF
    held.clear()
    _publish(reader, shelf.fill(reader), _columns(tickets, agreed, reader.at // SECOND))
    held.append(_Filled(reader.at, agreed))
    return _SHELF


def some(reader: Reader, tickets: str, steps: str) -> pa.Table:
    """The same rows for a few tickets at the reader's very instant, from tables as the shelf's that hold these alone."""
    columns = _columns(read(reader, tickets, steps), agreement(reader), reader.at // SECOND)
    named: pa.Table = reader.connection.execute(f"SELECT source, ticket FROM {tickets}").to_arrow_table()
    spelt = pa.array([state.value for state in STATES])
    for name, column in columns.items():
        named = named.append_column(name, spelt.take(pa.array(column)) if name.endswith("state") else column)
    return named


def arrays(reader: Reader, shelf: TicketShelf) -> Tickets:
    """What the clocks of the moment's tickets are worked out from, read once for as long as the tickets stay as they are."""
    table = shelf.fill(reader)
    found: Tickets = shelf.kept(reader, "sla arrays", lambda: read(reader, table, shelf.status_steps))
    return found


def _publish(reader: Reader, tickets: str, columns: dict[str, Any]) -> None:
    """Rows stand as the shelf's do, so that they are laid side by side without a join."""
    names = ", ".join(f"'{s.value}'" for s in STATES)
    spelt = ", ".join(f"[{names}][f.{c} + 1] AS {c}" for c in ("response_state", "resolution_state", "state"))
    reader.connection.register("sla_fresh", pa.table(columns))
    try:
        reader.rows(
            f"CREATE OR REPLACE TEMP TABLE {_SHELF} AS SELECT t.source, t.ticket, f.* REPLACE ({spelt}) "
            f"FROM (SELECT source, ticket FROM {tickets}) t POSITIONAL JOIN sla_fresh f"
        )
    finally:
        reader.connection.unregister("sla_fresh")


def _columns(tickets: Tickets, agreed: Agreement, at: int) -> dict[str, Any]:
    """States are places in ``STATES``."""
    found = clocks(tickets, agreed, at)
    response, resolution = found[Name.RESPONSE], found[Name.RESOLUTION]
    silent = forgotten_before(tickets, agreed, resolution, at)
    turns = [next_change(tickets, agreed, clock, at) for clock in (response, resolution)]
    changes = np.minimum(*(np.where(turn < 0, _NEVER, turn) for turn in turns))
    return {
        "response_left_s": pa.array(response.left, mask=~response.open),
        "resolution_left_s": pa.array(resolution.left, mask=~resolution.open),
        "forgotten_before": pa.array(silent * SECOND, mask=silent < 0),
        "response_due": pa.array(response.due * SECOND, mask=~response.open | (response.due < 0)),
        "resolution_due": pa.array(resolution.due * SECOND, mask=~resolution.open | (resolution.due < 0)),
        "response_state": response.state,
        "resolution_state": resolution.state,
        "state": _worst(response, resolution),
        "share": _share(response, resolution),
        "response_runs": pa.array(response.target, mask=~response.runs),
        "resolution_runs": pa.array(resolution.target, mask=~resolution.runs),
        "changes_at": pa.array(np.where(changes < _NEVER, changes, 0) * SECOND, mask=changes == _NEVER),
        "told_at": pa.array(np.full(len(tickets), at * SECOND, np.int64), mask=~(response.runs | resolution.runs)),
    }


def _worst(response: Clocks, resolution: Clocks) -> np.ndarray:
    """The state of a ticket: of its open clocks; of one without any, of its resolution."""
    chosen = resolution.state.copy()
    for state in (State.PAUSED, State.OK, State.DUE_SOON, State.BREACHED):
        for clock in (response, resolution):
            chosen[clock.open & (clock.state == STATES.index(state))] = STATES.index(state)
    return chosen


def _share(response: Clocks, resolution: Clocks) -> pa.Array:
    shares = [np.where(clock.open, clock.share, -1.0) for clock in (response, resolution)]
    most = np.maximum(*shares)
    return pa.array(most, mask=most < 0)
