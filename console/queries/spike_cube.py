"""Rows of a statement as a cube: counts by candidate, window and slot, which is what comparing two sides needs."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from console.model.moment import SECOND, Span
from console.model.spike_windows import Windows
from console.queries.literals import stamp
from console.queries.reader import Reader

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Counts with their window and slot, and text columns as indices into their names."""

    windows: int
    slots: int
    window: Ints
    slot: Ints
    calls: Floats
    texts: dict[str, tuple[Ints, list[str]]]
    numbers: dict[str, Floats]

    def cube(self, keys: Ints, size: int, chosen: NDArray[np.bool_] | None = None) -> Floats:
        """Summed counts [key, window, slot]; ``chosen`` rows only."""
        place = (keys * self.windows + self.window) * self.slots + self.slot
        calls = self.calls
        if chosen is not None:
            place, calls = place[chosen], calls[chosen]
        summed = np.bincount(place, weights=calls, minlength=size * self.windows * self.slots)
        return summed.reshape(size, self.windows, self.slots).astype(np.float64)


def fetch(
    reader: Reader,
    asked: Windows,
    source: str,
    texts: dict[str, str],
    numbers: dict[str, str],
    besides: dict[str, str] | None = None,
) -> Rows:
    """Sum up a FROM term with ``win``, ``slot`` and ``calls`` by what ``texts`` and ``numbers`` name: name → expression.

    ``besides``: aggregates of numbers that come along.
    """
    besides = besides or {}
    columns = ", ".join(f"{expression} AS {name}" for name, expression in (texts | numbers | besides).items())
    sql = f"SELECT win, slot AS slot, {columns}, sum(calls)::DOUBLE AS calls FROM {source} GROUP BY ALL"
    table: pa.Table = reader.connection.execute(sql).to_arrow_table()
    coded = {name: _coded(table.column(name)) for name in texts}
    plain = {name: table.column(name).to_numpy().astype(np.float64) for name in (*numbers, *besides)}
    slot = np.clip(table.column("slot").to_numpy().astype(np.int64), 0, asked.slots - 1)
    return Rows(
        len(asked.every), asked.slots, table.column("win").to_numpy().astype(np.int64), slot,
        table.column("calls").to_numpy().astype(np.float64), coded, plain,
    )  # fmt: skip


def places(values: Floats) -> tuple[Floats, Ints]:
    """The different values in order, and each value's place among them; quicker than sorting all where few differ."""
    coded = pa.array(values).dictionary_encode()
    different = coded.dictionary.to_numpy()
    order = np.argsort(different, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return different[order], rank[coded.indices.to_numpy()]


def _coded(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    if not len(column):
        return np.empty(0, np.int64), []
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), [str(v) for v in coded.dictionary.to_pylist()]


def known_seconds(asked: Windows, spans: list[Span]) -> Floats:
    """Covered seconds [window, slot]."""
    found = np.zeros((len(asked.every), asked.slots))
    for place, window in enumerate(asked.every):
        near = [s for s in spans if s.end > window.start and s.start < window.end]
        for slot in range(asked.slots):
            start = window.start + slot * asked.slot
            held = Span(start, min(window.end, start + asked.slot))
            found[place, slot] = sum(s.clip(held).length for s in near) / SECOND
    return found


def fetch_levels(reader: Reader, asked: Windows, table: str) -> tuple[list[str], Floats]:
    """Mean levels of ``gauge`` or ``measure``: names with their labels, and values [name, window, slot], NaN: not told."""
    known = "" if reader.known is None else f" AND known_at <= {reader.known_sql}"
    branches = [
        f"SELECT {place} AS win, ((epoch_us(happened_at) - {w.start}) // {asked.slot})::INTEGER AS slot, name, labels, value "
        f"FROM {table} WHERE happened_at >= {stamp(w.start)} AND happened_at < {stamp(w.end)}{known}"
        for place, w in enumerate(asked.every)
    ]
    sql = f"SELECT win, slot, name, labels, avg(value) FROM ({' UNION ALL '.join(branches)}) GROUP BY ALL"
    told = reader.rows(sql)
    names: dict[str, int] = {}
    for _, _, name, labels, _ in told:
        names.setdefault(level_words(name, labels), len(names))
    cube = np.full((len(names), len(asked.every), asked.slots), np.nan)
    for window, slot, name, labels, level in told:
        if 0 <= slot < asked.slots:
            cube[names[level_words(name, labels)], window, slot] = level
    return list(names), cube


def level_words(name: str, labels: str) -> str:
    """'cpu' or 'cpu node=a, core=1'."""
    try:
        held = msgspec.json.decode(labels or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        return f"{name} {labels}"
    inside = ", ".join(f"{key}={value}" for key, value in sorted(held.items()))
    return f"{name} {inside}".strip()
