"""How many facts a second come into a session file, in bulk and as answers of sources."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from console.model.facts import Facts, Fetched, Traffic
from console.model.moment import MINUTE
from console.store import session
from console.store.append import PollRow, append_fetched, append_table
from console.store.session import SystemClock
from tests.bench.figure import Figure, of_runs

_BULK, _ANSWER = 1_000_000, 50_000
_START = 1_763_640_000_000_000


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="hypercare-bench-") as folder:
        made = session.create(Path(folder) / "append.hypercare", SystemClock())
        cursor = made.cursor()
        table, now = columns(_BULK), _START
        bulk, single = [], []
        for turn in range(6):
            now += MINUTE
            begun = time.perf_counter()
            append_table(made, cursor, "traffic", table, now)
            bulk.append(_BULK / (time.perf_counter() - begun))
            rows = [
                Traffic(_START + i * MINUTE, "edge", f"GET /{i % 200}", "GET", 200, i + turn) for i in range(_ANSWER)
            ]
            begun = time.perf_counter()
            append_fetched(made, cursor, PollRow("edge", now, now, "good"), Fetched(Facts(traffic=rows)))
            single.append(_ANSWER / (time.perf_counter() - begun))
        cursor.close()
        made.close()
    return [
        of_runs("append in bulk", "rows/s", bulk[1:], 500_000, least=True, note="1 M traffic rows, columns, to disk"),
        of_runs(
            "append as an answer", "rows/s", single[1:], note="50 000 traffic rows as Python values, with their poll"
        ),
    ]


def columns(rows: int) -> pa.Table:
    """Traffic of 200 routes as columns."""
    place = np.arange(rows, dtype=np.int64)
    routes = pa.array([f"GET /{i}" for i in range(200)])
    return pa.table(
        {
            "minute": pa.array(_START + place // 600 * MINUTE).view(pa.timestamp("us")),
            "source": pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["edge"])).cast(
                pa.string()
            ),
            "route": pa.DictionaryArray.from_arrays(pa.array((place % 200).astype(np.int32)), routes).cast(pa.string()),
            "method": pa.array(["GET"] * rows),
            "status": pa.array(np.full(rows, 200, np.int16)),
            "calls": pa.array(place % 97),
            "span_from": pa.nulls(rows, pa.timestamp("us")),
        }
    )
