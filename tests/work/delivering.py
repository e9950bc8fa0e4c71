"""A desk of our own beside vendors in memory: decide, let the outbox bring it out, poll, kill and open again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.desk import Desk
from console.model.change import Change
from console.model.facts import Facts, Fetched
from console.settings import from_document
from console.sources import registry
from console.store import session as sessions
from console.store import settings_log
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from console.work.outbox import Outbox
from tests.builders import T0, on_write_lane
from tests.conftest import StandingClock
from tests.fresh import created
from tests.waiting import until
from tests.work.vendor import WORLDS, World, build_writer, settle_in

ACTS = (
    "decide", "decide_many", "undo", "undo_of", "withdraw", "retry", "settle", "capture", "append", "save_settings",
    "open_decisions",
)  # fmt: skip


class Beside:
    """``desk`` is replaced by ``kill``; the vendors' worlds and the session's file stay."""

    def __init__(self, path: Path, worlds: dict[str, World]) -> None:
        self.clock = StandingClock(T0)
        self.worlds = worlds
        self.path = path
        document = {"me": {"name": "ann"}, "source": settle_in(*worlds.items())}
        made = created(path, self.clock)
        # Not through the desk, which would begin to poll by itself.
        cursor = made.cursor()
        settings_log.save(made, cursor, from_document(document), "ann", self.clock.now())
        cursor.close()
        made.close()
        self._open()
        self.poll()
        self.bring_out()

    def _open(self) -> None:
        self.lanes = Lanes()
        session = sessions.open_own(self.path, self.clock)
        self.desk = Desk(session, self.clock, self.lanes, KeyringVault(), self._told)
        self.desk.delivering = Outbox(self.lanes, self.desk, self.clock, self.desk.deliveries_changed, patience_s=0)
        on_write_lane(self.desk, self.lanes, *ACTS)

    def _told(self, change: Change) -> None:
        return None

    def bring_out(self) -> None:
        """Begin to deliver to every vendor."""
        for source in self.desk.settings().source:
            if not source.paused:
                options, site = registry.options_of(source), self.desk.site(source)
                self.desk.delivering.start(source.name, lambda options=options, site=site: build_writer(options, site))

    def rest(self) -> None:
        """Until the outbox has done what it can at this instant."""
        until(lambda: self.desk.delivering.resting)

    def later(self, seconds: float = 7200) -> None:
        """Time passes, and whatever waited for it is tried again."""
        self.clock.forward(seconds)
        self.desk.delivering.decided()
        self.rest()

    def poll(self, source: str = "one") -> None:
        """The session hears of what changed there."""
        now = self.clock.forward(1)
        events = self.worlds[source].changes(source, now)
        self.desk.append([(PollRow(source, now, now, "good"), Fetched(Facts(ticket_event=events)))])

    def kill(self) -> None:
        """End without a word, as kill -9 does, and open the session again. Requests in hand keep what they did there."""
        self.end()
        for world in self.worlds.values():
            world.hang = None
        self._open()
        self.bring_out()

    def end(self) -> None:
        self.desk.close()
        self.lanes.close()

    def field(self, column: str, key: str = "A-1") -> object:
        reader = self.desk.reader()
        rows = reader.rows(f"SELECT {column} FROM tickets_at({reader.moment_sql}) WHERE key = ?", [key])
        return rows[0][0] if rows else None

    def everything(self) -> list[tuple[object, ...]]:
        """All fields of all tickets as they stand, without what happened on the way there."""
        reader = self.desk.reader()
        moment = reader.moment_sql
        return reader.rows(
            "SELECT t.* EXCLUDE (status, updated_at, acknowledged_at, resolved_at, first_resolved_at, reopens), f.status "
            f"FROM tickets_at({moment}) t JOIN ticket_fields({moment}) f USING (source, ticket) ORDER BY ALL"
        )

    def states(self) -> list[tuple[str, str]]:
        """Each decision's act and the states of its deliveries, in order."""
        return self.desk.reader().rows(
            "SELECT d.act, coalesce((SELECT string_agg(l.state, ' ' ORDER BY l.known_at) FROM delivery l "
            "WHERE l.decision_id = d.decision_id), '') FROM decision d ORDER BY d.known_at, d.decision_id"
        )

    def last(self) -> str:
        """The newest decision."""
        row = self.desk.reader().one(
            "SELECT decision_id FROM decision ORDER BY known_at DESC, decision_id DESC LIMIT 1"
        )
        assert row is not None
        return str(row[0])


@contextmanager
def beside(folder: Path, *, tickets: int = 3, **worlds: World) -> Iterator[Beside]:
    """A desk beside the vendor "one" (and others by name) with tickets A-1, A-2 …"""
    held = {"one": World(), **worlds}
    for number in range(1, tickets + 1):
        held["one"].add(number)
    made = Beside(folder / "a.hypercare", held)
    try:
        yield made
    finally:
        made.end()
        for name in held:
            WORLDS.pop(name, None)
