"""The long proofs: ``python -m tests.soak [NAME …] [--minutes N] [--kills N] [--seeds N] [--tickets N]``.

Prints JSON; ends with 1 when one failed.

``kills``: collection killed at many random moments, over several seeds. ``memory``: the window on the simulated launch
for ten minutes, whose memory must stay flat. ``spike``: over 50 simulated launches, whether what was planted is among the
first three rows of its explanation. ``undo``: 500 random acts about tickets, delivered or not, all taken back. ``outbox``:
what was decided, through crashes, lost answers and edits by others. ``triage``: 200 tickets of two systems decided at the
keyboard of a real window, over a network that is cut and through a kill; each decision arrives once (wants Xvfb, openbox,
xdotool and Redmine). A run takes a quarter of an hour; nothing else should be heavy meanwhile.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bench.memory import samples
from tests.launch_truth import ranks
from tests.stories.killing import kill_often
from tests.stories.triaging import triage
from tests.work.test_outbox_machine import delivered_through_everything
from tests.work.undoing import done_and_undone

_NAMES = ("kills", "memory", "spike", "undo", "outbox", "triage")
_KILLS_A_SEED = 10
_MOST_MB, _MOST_GROWTH_MB = 400.0, 12.0
_FIRST, _OFTEN = 3, 0.9


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*_NAMES, []], metavar="NAME", help=", ".join(_NAMES))
    parser.add_argument("--kills", type=int, default=50, metavar="N")
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N")
    parser.add_argument("--seeds", type=int, default=50, metavar="N")
    parser.add_argument("--tickets", type=int, default=200, metavar="N")
    given = parser.parse_args(arguments)
    proofs: dict[str, Callable[[], dict[str, Any]]] = {
        "kills": lambda: kills(given.kills),
        "memory": lambda: memory(given.minutes),
        "spike": lambda: spike(given.seeds),
        "undo": undo,
        "outbox": outbox,
        "triage": lambda: by_keyboard(given.tickets),
    }
    told = {}
    for name in given.names or list(proofs):
        begun = time.monotonic()
        told[name] = {**proofs[name](), "took_s": round(time.monotonic() - begun)}
    print(json.dumps(told, indent=2))
    return 0 if all(row["holds"] for row in told.values()) else 1


def kills(count: int) -> dict[str, Any]:
    """Kill collection ``count`` times; a session has ten of them. The first broken promise ends it."""
    done = 0
    for seed in range(-(-count // _KILLS_A_SEED)):
        turns = min(_KILLS_A_SEED, count - done)
        with tempfile.TemporaryDirectory(prefix="hypercare-soak-") as folder:
            try:
                kill_often(Path(folder), turns, seed)
            except AssertionError as error:
                return {"holds": False, "kills": done, "why": str(error)}
        done += turns
    return {"holds": True, "kills": done}


def memory(minutes: float) -> dict[str, Any]:
    """Resident memory of the demo in its second and last sixth: not over 400 MB, and not growing."""
    taken = samples(minutes * 60)
    sixth = max(1, len(taken) // 6)
    early, late = statistics.median(taken[sixth : 2 * sixth]), statistics.median(taken[-sixth:])
    holds = late < _MOST_MB and late - early < _MOST_GROWTH_MB
    return {"holds": holds, "early_mb": round(early, 1), "late_mb": round(late, 1), "most_mb": round(max(taken), 1)}


def spike(seeds: int) -> dict[str, Any]:
    """For each thing planted, in how many launches its cause was among the first three rows; at least nine of ten."""
    places: dict[str, list[int]] = {}
    for seed in range(seeds):
        for kind, rank in ranks(seed).items():
            places.setdefault(kind, []).append(rank)
    among = {kind: sum(1 for rank in told if 1 <= rank <= _FIRST) for kind, told in places.items()}
    missed = {kind: [n for n, rank in enumerate(told) if not 1 <= rank <= _FIRST] for kind, told in places.items()}
    first = {kind: sum(1 for rank in told if rank == 1) for kind, told in places.items()}
    holds = all(count >= _OFTEN * seeds for count in among.values())
    return {"holds": holds, "launches": seeds, "among_first_three": among, "first": first, "missed_in": missed}


def undo(seeds: int = 3, acts: int = 500) -> dict[str, Any]:
    """Whether everything that was decided can be taken back, by launches of so many acts."""
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory(prefix="hypercare-soak-") as folder:
            try:
                done_and_undone(Path(folder), acts, seed)
            except AssertionError as error:
                return {"holds": False, "seed": seed, "why": str(error)}
    return {"holds": True, "acts": acts, "seeds": seeds}


def outbox(examples: int = 40) -> dict[str, Any]:
    """Whether decisions are delivered once and in order, by so many random stories."""
    try:
        delivered_through_everything(examples)
    except AssertionError as error:
        return {"holds": False, "why": str(error)}
    return {"holds": True, "stories": examples}


def by_keyboard(tickets: int) -> dict[str, Any]:
    """Every decision of the plan stands in its system once, and nothing else of ours."""
    with tempfile.TemporaryDirectory(prefix="hypercare-soak-") as folder:
        try:
            return {"holds": True, **triage(Path(folder), tickets)}
        except (AssertionError, pytest.fail.Exception) as error:
            return {"holds": False, "why": str(error)}


if __name__ == "__main__":
    sys.exit(main())
