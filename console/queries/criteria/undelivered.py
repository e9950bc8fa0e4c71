"""What a verdict over tickets owes to decisions that no system took yet: it cannot be met by them alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from console.model.criterion import Criterion
from console.model.sla import DONE
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf

_JUDGED = "'status', 'severity', 'kind', 'workaround'"
"""Fields that can turn a verdict."""
_KEY = "undelivered"


@dataclass(frozen=True, slots=True)
class Look:
    """What verdicts read of a ticket."""

    severity: str
    defect: bool
    done: bool
    workaround: bool

    def counts(self, severity: str) -> bool:
        return self.defect and self.severity == severity

    def bare(self, severities: tuple[str, ...]) -> bool:
        """Whether it is an open issue without a workaround."""
        return self.severity in severities and not self.done and not self.workaround


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A ticket that stands as decided here. ``words``: decision and field of each that waits; ``without``: how the ticket
    may look where some of them are never taken, since each is delivered by itself."""

    row_key: str
    words: tuple[tuple[str, str], ...]
    now: Look
    without: tuple[Look, ...]

    def opens(self, severity: str) -> bool:
        """Whether it may turn out an open one of this severity, which it is not by our word alone."""
        is_open = self.now.counts(severity) and not self.now.done
        return not is_open and any(look.counts(severity) and not look.done for look in self.without)

    def joins(self, severity: str) -> bool:
        """Whether it may turn out one of this severity, open or resolved, which it is not by our word alone."""
        return not self.now.counts(severity) and any(look.counts(severity) for look in self.without)

    def leaves(self, severity: str) -> bool:
        """Whether it counts as a resolved one of this severity, and may turn out to be none of it."""
        is_done = self.now.counts(severity) and self.now.done
        return is_done and any(not look.counts(severity) for look in self.without)

    def bares(self, severities: tuple[str, ...]) -> bool:
        """Whether it is no open issue without a workaround by our word alone."""
        return not self.now.bare(severities) and any(look.bare(severities) for look in self.without)


RESOLVE = ("status", "severity", "kind")
ISSUES = ("status", "severity", "workaround")


def prepare(reader: Reader, shelf: TicketShelf, table: str) -> None:
    """Ask once for as long as the tickets stay as they are."""
    reader.answers[_KEY] = shelf.kept(reader, _KEY, lambda: _read(reader, table))


def undelivered(reader: Reader, table: str) -> list[Undelivered]:
    if _KEY not in reader.answers:
        reader.answers[_KEY] = _read(reader, table)
    found: list[Undelivered] = reader.answers[_KEY]
    return found


def limited(verdict: Criterion, tickets: Iterable[Undelivered], fields: tuple[str, ...]) -> Criterion:
    """The verdict, but not met while it rests on what of these tickets' ``fields`` waits."""
    number = len({decision for one in tickets for decision, field in one.words if field in fields})
    if verdict.state != "met" or not number:
        return verdict
    owed = "1 decision it rests on is" if number == 1 else f"{number} decisions it rests on are"
    return replace(verdict, state="unknown", why=f"{verdict.why}; {owed} not delivered yet")


def _read(reader: Reader, table: str) -> list[Undelivered]:
    rows = reader.rows(
        "SELECT t.source || ':' || t.key, c.decision_id, c.field, coalesce(c.base, ''), coalesce(t.severity, ''), "
        "coalesce(t.kind <> 'enhancement', false), is_done(t.status), t.workaround IS NOT NULL "
        f"FROM decided_words({reader.moment_sql}) c JOIN {table} t ON t.source = c.source AND t.ticket = c.ticket "
        f"WHERE c.remote AND c.state <> 'confirmed' AND c.field IN ({_JUDGED}) ORDER BY c.decision_id"
    )
    told: dict[str, tuple[Look, list[tuple[str, str, str]]]] = {}
    for row_key, decision, field, base, *look in rows:
        told.setdefault(row_key, (Look(*look), []))[1].append((decision, field, base))
    return [
        Undelivered(row_key, tuple((d, field) for d, field, _ in words), now, _without(now, words))
        for row_key, (now, words) in told.items()
    ]


def _without(now: Look, words: list[tuple[str, str, str]]) -> tuple[Look, ...]:
    bases: dict[str, list[str]] = {}
    for _, field, base in words:
        bases.setdefault(field, []).append(base)
    severities = {now.severity, *bases.get("severity", ())}
    defects = {now.defect, *(base != "enhancement" for base in bases.get("kind", ()))}
    dones = {now.done, *(base in DONE for base in bases.get("status", ()))}
    workarounds = {now.workaround, *(bool(base) for base in bases.get("workaround", ()))}
    return tuple(Look(*look) for look in product(severities, defects, dones, workarounds))
