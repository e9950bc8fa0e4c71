"""A dry run: what rules would have said of the last tickets as they came, beside what people made of them since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from console.model.rules import Rule, agrees, judge
from console.queries import rule_tickets
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf

MOST = 20_000
MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One field of one ticket. ``now``: what stands there today; ``agrees``: whether a person decided the same since, None
    while nobody decided it."""

    key: str
    title: str
    rule: str
    field: str
    before: str
    after: str
    now: str
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class TrialAnswer:
    """``looked`` tickets, of which ``hit`` would change; ``lines`` are the first of ``changes``. ``agreed`` of ``decided``:
    fields that a person decided since, and in which they decided the same. ``by_rule``: changes of each rule."""

    rules: tuple[str, ...]
    looked: int
    hit: int
    changes: int
    decided: int
    agreed: int
    by_rule: tuple[tuple[str, int], ...]
    lines: tuple[TrialLine, ...]


def trial(reader: Reader, shelf: TicketShelf, rules: Sequence[Rule], count: int) -> TrialAnswer:
    """``rules`` as they would be asked, also ones that are not switched on yet."""
    tickets = rule_tickets.newest(reader, shelf.fill(reader), min(max(count, 0), MOST))
    lines: list[TrialLine] = []
    hit = changes = decided = agreed = 0
    by_rule: Counter[str] = Counter({rule.name: 0 for rule in rules})
    for ticket in tickets:
        found = judge(rules, ticket.came)
        hit += bool(found)
        for change in found:
            changes += 1
            by_rule[change.rule.name] += 1
            now = ticket.fields.get(change.field, "")
            same = agrees(change, now) if ticket.is_decided(change.field, change.after) else None
            decided += same is not None
            agreed += same is True
            if len(lines) < MOST_LINES:
                lines.append(
                    TrialLine(
                        ticket.row_key, ticket.fields.get("title", ""), change.rule.name, change.field, change.before,
                        change.after, now, same,
                    )
                )  # fmt: skip
    return TrialAnswer(
        tuple(r.name for r in rules),
        len(tickets),
        hit,
        changes,
        decided,
        agreed,
        tuple(by_rule.most_common()),
        tuple(lines),
    )
