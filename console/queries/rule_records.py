"""What rules said: which spoke of a ticket already, what waits for a person, and what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.model.errors import QuestionError
from console.model.rules import stands
from console.queries import decided, rule_book, rule_tickets
from console.queries.reader import Reader
from console.queries.rule_tickets import Ruled
from console.store.columns import repr_text


@dataclass(frozen=True, slots=True)
class Open:
    """A proposal nobody answered. ``title`` is the rule's."""

    proposal: str
    rule: str
    title: str
    source: str
    ticket: str
    field: str
    before: str
    after: str
    at: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a rule's words: done by itself, taken back since, and of its proposals."""

    acted: int = 0
    undone: int = 0
    proposed: int = 0
    accepted: int = 0
    dismissed: int = 0


def spoken(reader: Reader, tickets: Sequence[tuple[str, str]]) -> set[tuple[str, str, str, str]]:
    """Rule, version, source and ticket of everything said about these tickets."""
    if not tickets:
        return set()
    listed = ", ".join(repr_text(ticket) for ticket in dict.fromkeys(ticket for _, ticket in tickets))
    return set(
        reader.rows(f"SELECT DISTINCT rule, version, source, ticket FROM rule_proposal WHERE ticket IN ({listed})")
    )


def open_on(reader: Reader, ticket: Ruled) -> list[Open]:
    """What rules propose for a ticket and is still to be answered: the rule stands, the field is not so yet, and nobody
    decided it. In the order the rules are asked."""
    rows = reader.rows(
        "SELECT p.proposal, p.rule, p.version, p.field, p.before, p.after, epoch_us(p.happened_at) FROM rule_proposal p "
        f"WHERE p.source = {repr_text(ticket.source)} AND p.ticket = {repr_text(ticket.ticket)} AND p.decision_id IS NULL "
        f"AND p.known_at <= {reader.known_sql} AND epoch_us(p.happened_at) <= {reader.at} AND p.proposal NOT IN "
        f"(SELECT proposal FROM proposal_answer WHERE known_at <= {reader.known_sql}) ORDER BY p.known_at, p.proposal"
    )
    if not rows:
        return []
    standing = {(r.name, r.version): r for r in rule_book.asked(reader)}
    places = {name: place for place, (name, _) in enumerate(standing)}
    answered = _answered(reader, ticket)
    found = []
    for proposal, rule, version, field, before, after, at in rows:
        known = standing.get((rule, version))
        now = ticket.fields.get(field, "")
        if field == "reply" and answered > at:
            continue
        if known is None or ticket.is_decided(field, after) or stands(field, now, after):
            continue
        found.append(Open(proposal, rule, known.title, ticket.source, ticket.ticket, field, before, after, int(at)))
    return sorted(found, key=lambda one: places[one.rule])


def together(waiting: Sequence[Open]) -> list[Open]:
    """What of it can be accepted at once: of several proposals for a field the one of the rule that is asked first, but every
    tag, and no reply, which a person writes."""
    chosen: dict[tuple[str, str], Open] = {}
    for one in waiting:
        if one.field != "reply":
            chosen.setdefault((one.field, one.after.casefold() if one.field == "tags" else ""), one)
    return list(chosen.values())


def _answered(reader: Reader, ticket: Ruled) -> int:
    """When a person last wrote to the reporter from here; 0: never."""
    row = reader.one(
        "SELECT coalesce(epoch_us(max(happened_at)), 0) FROM decided_words("
        f"{reader.moment_of([ticket.ticket])}) WHERE field = 'comment' AND source = {repr_text(ticket.source)}"
    )
    return int(row[0]) if row else 0


def open_of(reader: Reader, row_key: str, identity: tuple[str, str]) -> list[Open]:
    """As ``open_on``, for a ticket by its source and id. ``row_key`` names it in a fault."""
    ruled = rule_tickets.these(reader, [identity])
    if not ruled:
        raise QuestionError(f"There is no ticket {row_key}.")
    return open_on(reader, ruled[0])


def one(reader: Reader, proposal: str) -> tuple[Open, Ruled]:
    """A proposal that waits, with its ticket. Raises QuestionError when it was answered or does not stand any more."""
    row = reader.one("SELECT source, ticket FROM rule_proposal WHERE proposal = ?", [proposal])
    if row is None:
        raise QuestionError(f"There is no proposal {proposal}.")
    ruled = rule_tickets.these(reader, [(row[0], row[1])])
    for waiting in open_on(reader, ruled[0]) if ruled else []:
        if waiting.proposal == proposal:
            return waiting, ruled[0]
    raise QuestionError("This proposal does not stand any more: it was answered, or the ticket or the rule changed.")


def runs(reader: Reader) -> dict[str, int]:
    """By rule, how many tickets the newest of its runs that can still be taken back was about."""
    stays = ", ".join(repr_text(identity) for identity in decided.overtaken_of_rules(reader))
    takeable = f"AND p.decision_id NOT IN ({stays}) " if stays else ""
    rows = reader.rows(
        "WITH done AS (SELECT p.rule, p.source, p.ticket, p.known_at, coalesce(l.batch, p.decision_id) AS run "
        "FROM rule_proposal p LEFT JOIN decision_link l ON l.decision_id = p.decision_id WHERE p.decision_id IS NOT NULL "
        "AND p.decision_id NOT IN (SELECT undoes FROM decision_link WHERE undoes IS NOT NULL) "
        f"{takeable}), "
        "newest AS (SELECT rule, arg_max(run, known_at) AS run FROM done GROUP BY rule) "
        "SELECT d.rule, count(DISTINCT (d.source, d.ticket)) FROM done d JOIN newest n ON n.rule = d.rule AND n.run = d.run "
        "GROUP BY d.rule"
    )
    return {rule: int(tickets) for rule, tickets in rows}


def tallies(reader: Reader) -> dict[str, Tally]:
    """By the name of each rule that ever spoke."""
    rows = reader.rows(
        "WITH gone AS (SELECT undoes AS decision_id FROM decision_link WHERE undoes IS NOT NULL) "
        "SELECT p.rule, count(*) FILTER (WHERE p.decision_id IS NOT NULL), "
        "count(*) FILTER (WHERE p.decision_id IN (SELECT decision_id FROM gone)), "
        "count(*) FILTER (WHERE p.decision_id IS NULL), count(*) FILTER (WHERE a.answer = 'accepted'), "
        "count(*) FILTER (WHERE a.answer = 'dismissed') FROM rule_proposal p LEFT JOIN "
        "(SELECT proposal, arg_min(answer, known_at) AS answer FROM proposal_answer GROUP BY proposal) a "
        "ON a.proposal = p.proposal GROUP BY p.rule"
    )
    return {rule: Tally(*map(int, rest)) for rule, *rest in rows}
