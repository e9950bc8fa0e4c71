"""Collecting that is killed again and again, and what must hold each time. The soak runs the same with more kills."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb

from console.store.session import SystemClock, open_own
from tests.stories.counting import Counting, counting
from tests.stories.servers import Program, Running, until, write_settings

SOURCES = tuple(f"gateway-{n}" for n in range(6))


@dataclass(frozen=True)
class Held:
    """What a session file holds after a kill, by source."""

    polls: Counter[str]
    calls: Counter[str]
    errors: Counter[str]


def kill_often(folder: Path, kills: int, seed: int) -> None:
    """Kill ``collect`` at random moments and look at the file each time. Raises AssertionError."""
    chance = random.Random(seed)
    program, session = Program(folder / "home"), folder / "launch.hypercare"
    with counting() as gateway:
        settings = write_settings(
            folder / "settings.toml", *(gateway.source(name) for name in SOURCES), name="Killed", time_zone="UTC"
        )
        command = ("collect", "--config", settings, "--session", session)
        first = _first_poll_of_each(program, command, gateway, session)
        least = Counter(dict.fromkeys(SOURCES, 1))
        for turn in range(kills):
            before = Counter(gateway.pages)
            with program.started(*command) as running:
                _pages(gateway, running, chance.randint(1, 9))
                # A page was just served: a few milliseconds decide whether its append is begun, under way or done.
                threading.Event().wait(chance.uniform(0.0, 0.06))
                running.kill()
            served = Counter(gateway.pages) - before
            # Asked again only when the last answer is stored: all pages of a run but the last are committed.
            least += Counter({name: count - 1 for name, count in served.items() if count > 1})
            held = held_by(session)
            for name in SOURCES:
                where = f"{name} after kill {turn + 1}, seed {seed}"
                assert held.polls[name] >= least[name], f"a committed poll of {where} is gone"
                assert held.polls[name] <= gateway.pages[name], f"a poll of {where} stands twice"
                assert held.calls[name] <= gateway.calls[name] - first[name], f"calls of {where} stand twice"
                assert held.errors[name] == 2 * held.calls[name], f"half an answer of {where} was stored"
            least = Counter({name: held.polls[name] for name in SOURCES})
        with gateway.lock:
            gateway.standing = True
        asked = Counter(gateway.pages)
        with program.started(*command) as running:
            until(lambda: all(gateway.pages[n] >= asked[n] + 2 for n in SOURCES), "not every source was asked again")
            assert running.stop() == 0, running.errors
        held = held_by(session)
        for name in SOURCES:
            assert held.calls[name] == gateway.calls[name] - first[name], f"{name}, seed {seed}"
            assert held.errors[name] == 2 * (gateway.calls[name] - first[name])
        _answers(program, session, sum(gateway.calls[n] - first[n] for n in SOURCES))


def held_by(session: Path) -> Held:
    """Open the file as the program does, which replays the log of the killed one, and count."""
    opened = open_own(session, SystemClock())
    try:
        cursor = opened.cursor()
        polls = _by_source(cursor, "SELECT source, count(*) FROM poll WHERE outcome IN ('good', 'partial') GROUP BY 1")
        counted = "SELECT source, sum(calls)::BIGINT FROM traffic WHERE status {} GROUP BY 1"
        return Held(polls, _by_source(cursor, counted.format("= 200")), _by_source(cursor, counted.format("= 500")))
    finally:
        opened.close()


def _by_source(cursor: duckdb.DuckDBPyConnection, sql: str) -> Counter[str]:
    return Counter(dict(cursor.execute(sql).fetchall()))


def _first_poll_of_each(
    program: Program, command: tuple[object, ...], gateway: Counting, session: Path
) -> Counter[str]:
    """The counters of the first pages. They are remembered and count for nothing."""
    with gateway.lock:
        gateway.standing = True
    with program.started(*command) as running:
        # The second question says that the first answer is stored.
        until(lambda: all(gateway.pages[name] >= 2 for name in SOURCES), "not every source was asked twice")
        assert running.stop() == 0, running.errors
    assert held_by(session).calls.total() == 0
    with gateway.lock:
        gateway.standing = False
        return Counter(gateway.calls)


def _pages(gateway: Counting, running: Running, count: int) -> None:
    target = gateway.total_pages() + count

    def served() -> bool:
        assert running.process.poll() is None, running.errors
        return gateway.total_pages() >= target

    until(served, "the sources were not asked")


def _answers(program: Program, session: Path, calls: int) -> None:
    told = program.run("export", session, "traffic", "--format", "json").json()
    assert sum(row["calls"] for row in told) == 3 * calls
