"""What a verdict over tickets owes to decisions that no system took yet: it cannot be met by them alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.model.criterion import Criterion
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf

_JUDGED = "'status', 'severity', 'kind', 'workaround'"
"""Fields that can turn a verdict."""
_KEY = "undelivered"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One field of a ticket that stands as decided here. ``base`` is what stood there, the rest how the ticket stands now."""

    decision: str
    field: str
    base: str
    severity: str
    done: bool
    workaround: bool
    row_key: str

    def helps_resolve(self, severity: str) -> bool:
        """Whether the ticket counts as a resolved one of this severity, or as none of it, by our word alone."""
        if self.field == "severity":
            return self.base == severity and self.severity != severity
        return self.severity == severity and (self.done if self.field == "status" else self.field == "kind")

    def helps_known_issues(self, severities: tuple[str, ...]) -> bool:
        """Whether the ticket is no open issue without a workaround by our word alone."""
        match self.field:
            case "status":
                return self.done and not self.workaround and self.severity in severities
            case "severity":
                return self.base in severities and self.severity not in severities and not self.done
            case "workaround":
                return self.workaround and not self.done and self.severity in severities
        return False


def prepare(reader: Reader, shelf: TicketShelf, table: str) -> None:
    """Ask once for as long as the tickets stay as they are."""
    reader.answers[_KEY] = shelf.kept(reader, _KEY, lambda: _read(reader, table))


def undelivered(reader: Reader, table: str) -> list[Undelivered]:
    if _KEY not in reader.answers:
        reader.answers[_KEY] = _read(reader, table)
    found: list[Undelivered] = reader.answers[_KEY]
    return found


def limited(verdict: Criterion, words: list[Undelivered]) -> Criterion:
    """The verdict, but not met while it rests on these."""
    number = len({one.decision for one in words})
    if verdict.state != "met" or not number:
        return verdict
    owed = "1 decision it rests on is" if number == 1 else f"{number} decisions it rests on are"
    return replace(verdict, state="unknown", why=f"{verdict.why}; {owed} not delivered yet")


def _read(reader: Reader, table: str) -> list[Undelivered]:
    rows = reader.rows(
        "SELECT c.decision_id, c.field, coalesce(c.base, ''), coalesce(t.severity, ''), is_done(t.status), "
        f"t.workaround IS NOT NULL, t.source || ':' || t.key FROM decided_words({reader.moment_sql}) c "
        f"JOIN {table} t ON t.source = c.source AND t.ticket = c.ticket "
        f"WHERE c.remote AND c.state <> 'confirmed' AND c.field IN ({_JUDGED}) ORDER BY c.decision_id"
    )
    return [Undelivered(*row) for row in rows]
