"""A counter where rules speak: a desk with its lanes and clock, told of tickets as a source would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.desk import Desk
from console.model.change import Change
from console.model.facts import Facts, Fetched, TicketEvent
from console.queries import rule_records
from console.queries.rule_records import Open
from console.settings import from_document
from console.store import session as sessions
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, on_write_lane, settled, ticket
from tests.conftest import StandingClock
from tests.fresh import created

PAY: dict[str, Any] = {
    "name": "payments", "when": {"any": ["payment"]}, "then": {"severity": "P2", "tag": "pay"}, "mode": "act",
}  # fmt: skip
ASK = {**PAY, "mode": "propose"}
SECOND = 1_000_000


class Counter:
    """Closed by ``counters``."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock, self.lanes = path, StandingClock(T0), Lanes()
        self.told: list[Change] = []
        self.desk = self._open(created(path, self.clock))

    def _open(self, session: Any) -> Desk:
        desk = Desk(session, self.clock, self.lanes, KeyringVault(), self.told.append)
        on_write_lane(
            desk, self.lanes, "decide", "withdraw", "undo_of", "accept_proposal", "dismiss_proposal", "save_ticket_rule",
            "drop_ticket_rule", "capture", "accept_proposals", "dismiss_proposals", "undo_rule", "undo",
        )  # fmt: skip
        return desk

    def again(self) -> None:
        """As after a restart of the program."""
        self.desk.close()
        self.desk = self._open(sessions.open_own(self.path, self.clock))
        self.desk._deriving.soon()
        self.quiet()

    def quiet(self) -> None:
        settled(self.desk, self.lanes)

    def rules(self, *rules: dict[str, Any], **document: Any) -> None:
        self.clock.forward(1)
        made = from_document({"me": {"name": "ann"}, "rule": list(rules), **document})
        self.lanes.write(self.desk.save_settings, made).result()
        self.quiet()

    def tell(self, *events: TicketEvent, source: str = "jira") -> None:
        self.clock.forward(1)
        now = self.clock.now()
        answer = (PollRow(source, now, now, "good"), Fetched(Facts(ticket_event=list(events))))
        self.lanes.write(self.desk.append, [answer]).result()
        self.quiet()

    def new(self, key: str, title: str = "Payment fails", severity: str = "P3", **fields: str) -> None:
        self.tell(*ticket(key, self.clock.now() + SECOND, severity, title=title, **fields))

    def written(self, sql: str) -> None:
        self.lanes.write(self.desk._connection.execute, sql).result()

    def stands(self, key: str = "A-1") -> tuple[Any, ...] | None:
        reader = self.desk.reader()
        return reader.one(f"SELECT severity, tags FROM tickets_at({reader.moment_sql}) WHERE key = '{key}'")

    def decisions(self) -> list[tuple[str, str, str, str]]:
        return self.desk.reader().rows("SELECT who, act, subject, value FROM decision ORDER BY decision_id")

    def proposals(self, key: str = "A-1", source: str = "jira") -> list[Open]:
        return rule_records.open_of(self.desk.reader(), key, (source, f"id-{key}"))


@contextmanager
def counters(folder: Path) -> Iterator[Counter]:
    made = Counter(folder / "a.hypercare")
    try:
        yield made
    finally:
        made.desk.close()
        made.lanes.close()


BY_RULE = [('rule "payments"', "severity", "jira:A-1", "P2"), ('rule "payments"', "tag", "jira:A-1", "pay")]
