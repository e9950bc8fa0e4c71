"""Rules over tickets at the counter: asked of every new or changed ticket, tried over past ones, answered by people.

What one would get wrong: a rule speaks once about a ticket, also after a restart; never about a field that a person decided;
acts by itself only on tickets that came after it was switched on; and nothing in a ticket's text can be an act.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import msgspec

from console.model.change import Change
from console.model.errors import QuestionError, SettingsError
from console.model.moment import LIVE, Moment
from console.model.nearest import did_you_mean
from console.model.rules import Change as Said
from console.model.rules import Rule, judge, ordered, read
from console.ports import Clock
from console.present import rule_form, words
from console.present import rules as present_rules
from console.present.rules_figures import RulesFigure, TrialFigure
from console.queries import rule_book, rule_records, rule_tickets
from console.queries.reader import Reader
from console.queries.rule_tickets import Ruled
from console.queries.rule_trial import TrialAnswer, trial
from console.queries.shelf import TicketShelf
from console.queries.standing import identify
from console.store import rule_log
from console.store.rule_log import ACCEPTED, DISMISSED, Proposal
from console.work.lanes import Lanes
from console.work.slices import Slices

if TYPE_CHECKING:
    from console.settings import Settings

_SLICE = 500
_LAST = 500
_DONE = ("resolved", "closed")


class _Counter(Protocol):
    _tickets: TicketShelf

    def reader(self, moment: Moment = LIVE) -> Reader: ...

    def rule_trial(self, rule_table: dict[str, Any] | None, count: int = _LAST) -> TrialAnswer: ...


class RuleQuestions:
    """Questions about rules, for any desk."""

    def ticket_rules(self: _Counter) -> RulesFigure:
        reader = self.reader()
        own = frozenset(str(item["name"]) for item in reader.settings.rule)
        rules, tallies = rule_book.all_rules(reader), rule_records.tallies(reader)
        return present_rules.word(rules, rule_book.documents(reader), own, tallies, rule_records.runs(reader))

    def rule_trial(self: _Counter, rule_table: dict[str, Any] | None, count: int = _LAST) -> TrialAnswer:
        """What a rule would have said of the last tickets, whether it is on or not; None: those that are on, together.

        Raises SettingsError for what cannot be a rule. May take seconds: the analysis lane runs it.
        """
        reader = self.reader()
        rules = rule_book.asked(reader) if rule_table is None else ordered([read({**rule_table, "enabled": True})])
        return trial(reader, self._tickets, rules, count)

    def try_ticket_rule(self: _Counter, texts: dict[str, str], count: int = _LAST) -> TrialFigure:
        """As ``rule_trial``, with what the editor's fields say."""
        return present_rules.trial(self.rule_trial(rule_form.document(texts), count))

    def rule_rows(self: _Counter, text: str | None, count: int) -> dict[str, Any]:
        """The rules that stand and their dry run; ``text``: one rule as TOML instead. Raises QuestionError."""
        reader = self.reader()
        try:
            answer = self.rule_trial(None if text is None else rule_of(text), count)
        except SettingsError as error:
            raise QuestionError(error.message) from None
        own = {str(item["name"]) for item in reader.settings.rule}
        tallies = rule_records.tallies(reader)
        listed = [
            present_rules.rule_row(rule, rule.name in own, tallies.get(rule.name, rule_records.Tally()))
            for rule in rule_book.all_rules(reader)
        ]
        return {"rules": listed if text is None else [], "trial": present_rules.trial_rows(answer)}


def rule_of(text: str) -> dict[str, Any]:
    """A rule from TOML text: its keys, or one [[rule]]. Raises SettingsError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The rule is not valid TOML: {error}.") from None
    inner = document.get("rule")
    if isinstance(inner, list) and len(document) == 1:
        if len(inner) != 1:
            raise SettingsError(f"The file holds {len(inner)} rules; try one at a time.")
        document = inner[0]
    read(document)
    return document


class _Writer(Protocol):
    session: Any
    _connection: Any
    _clock: Clock
    _announce: Callable[[Change], None]
    _ruling: Ruling

    def reader(self, moment: Moment = LIVE) -> Reader: ...

    def settings(self) -> Settings: ...

    def save_settings(self, settings: Settings) -> list[str]: ...

    def save_ticket_rule(self, document: dict[str, Any]) -> str: ...

    def accept_proposal(self, proposal: str, text: str = "") -> str: ...

    def decide(self, act: str, subject: str, value: str = "", comment: str = "") -> str: ...


class RuleActs:
    """What a desk of our own writes about rules (write lane)."""

    def save_ticket_rule(self: _Writer, document: dict[str, Any]) -> str:
        """Add a rule of one's own, or replace the one of its name. Raises SettingsError."""
        rule = read(document)
        settings = self.settings()
        kept = [document if item.get("name") == rule.name else item for item in settings.rule]
        if all(item.get("name") != rule.name for item in settings.rule):
            kept.append(document)
        self.save_settings(msgspec.structs.replace(settings, rule=kept))
        return rule.name

    def save_ticket_rule_form(self: _Writer, texts: dict[str, str]) -> str:
        """As ``save_ticket_rule``, with what the editor's fields say."""
        return self.save_ticket_rule(rule_form.document(texts))

    def switch_ticket_rule(self: _Writer, name: str, on: bool) -> None:
        """Have a rule asked from now on, or not any more; a shipped one becomes one's own. Raises QuestionError."""
        known = rule_book.documents(self.reader())
        if name not in known:
            raise QuestionError(f'There is no rule "{name}".{did_you_mean(name, known)}')
        self.save_ticket_rule({**known[name], "enabled": on})

    def drop_ticket_rule(self: _Writer, name: str) -> None:
        """Take a rule of one's own out again; what it said and did stays."""
        settings = self.settings()
        kept = [item for item in settings.rule if item.get("name") != name]
        self.save_settings(msgspec.structs.replace(settings, rule=kept))

    def accept_proposal(self: _Writer, proposal: str, text: str = "") -> str:
        """Do what a rule proposed, as the person here. ``text``: the reply as it was edited. Returns the decision's id."""
        waiting, ticket = rule_records.one(self.reader(), proposal)
        rule = next(r for r in rule_book.asked(self.reader()) if r.name == waiting.rule)
        act, value = Said(rule, waiting.field, waiting.before, waiting.after).act
        spoken = act == "comment"
        decision = self.decide(act, ticket.row_key, text or value, "" if spoken else f"proposed by {rule.who}")
        me, now = self.settings().me.name, self._clock.now()
        rule_log.answer(self.session, self._connection, [(proposal, ACCEPTED, decision)], me, now)
        self._announce(Change.DECISIONS | Change.TICKETS)
        return decision

    def accept_proposals(self: _Writer, subject: str) -> str:
        """Do all that rules propose for a ticket, but for replies, which a person writes. Says what, in a sentence."""
        reader = self.reader()
        waiting = rule_records.together(rule_records.open_of(reader, *_named(reader, subject)))
        for one in waiting:
            self.accept_proposal(one.proposal)
        return present_rules.accepted(waiting)

    def dismiss_proposals(self: _Writer, subject: str) -> str:
        """Never propose for this ticket what rules propose for it now. Says how much, in a sentence."""
        reader = self.reader()
        waiting = rule_records.open_of(reader, *_named(reader, subject))
        if waiting:
            me, now = self.settings().me.name, self._clock.now()
            answers = [(one.proposal, DISMISSED, None) for one in waiting]
            rule_log.answer(self.session, self._connection, answers, me, now)
            self._announce(Change.DECISIONS | Change.TICKETS)
        return f"Dismissed {words.plural(len(waiting), 'proposal')}." if waiting else present_rules.accepted([])

    def dismiss_proposal(self: _Writer, proposal: str) -> None:
        """Never propose this again for this ticket."""
        rule_records.one(self.reader(), proposal)
        me, now = self.settings().me.name, self._clock.now()
        rule_log.answer(self.session, self._connection, [(proposal, DISMISSED, None)], me, now)
        self._announce(Change.DECISIONS | Change.TICKETS)


def _named(reader: Reader, subject: str) -> tuple[str, tuple[str, str]]:
    return subject, identify(reader, [subject])[0]


class _Deciding(Protocol):
    session: Any
    _clock: Clock
    _announce: Callable[[Change], None]

    def reader(self, moment: Moment = LIVE) -> Reader: ...

    def decide_for(self, who: str, wanted: Sequence[tuple[str, str, str]], batch: str) -> list[str]: ...


class Ruling:
    """Asks the rules of tickets that something new is known of, in slices on the write lane. ``connection`` is its own."""

    def __init__(self, desk: _Deciding, connection: duckdb.DuckDBPyConnection, lanes: Lanes) -> None:
        self._desk, self._connection = desk, connection
        self._rules: tuple[Rule, ...] = ()
        self._since = rule_book.ActingSince()
        self._upto = 0
        self._looked = 0
        self._said = False
        self._run = ""
        self._slices: Slices[tuple[str, str]] = Slices(
            lanes, self._todo, self._work, self._done, self._failed, "asking rules", _SLICE
        )
        self.resting = self._slices.resting

    def soon(self) -> None:
        self._slices.soon()

    def close(self) -> None:
        self._slices.close()

    def _todo(self) -> Sequence[tuple[str, str]]:
        desk = self._desk
        self._rules = rule_book.asked(desk.reader())
        held = rule_log.looked_upto(self._connection)
        self._upto, self._looked = rule_log.newest(self._connection), 0
        self._run = f"{desk._clock.now():016x}run{os.urandom(4).hex()}"
        if not self._rules:
            if held is not None and not held[1]:
                self._note(rule_log.OFF)
            return ()
        self._since.learn(desk.reader())
        if held is None or held[1]:
            # What came while no rule was on is not gone through behind people's backs; a dry run shows it.
            self._note(0)
            return ()
        found = rule_log.touched(self._connection, held[0], self._upto)
        self._looked = len(found)
        return found

    def _note(self, tickets: int) -> None:
        desk = self._desk
        rule_log.looked(desk.session, self._connection, self._upto, tickets, desk._clock.now())

    def _failed(self) -> None:
        # Not noted as looked at: the next round begins where this one did.
        self._looked = 0

    def _work(self, tickets: Sequence[tuple[str, str]]) -> None:
        desk = self._desk
        reader = desk.reader()
        spoken = rule_records.spoken(reader, tickets)
        found: list[tuple[Ruled, Said]] = []
        for ticket in rule_tickets.these(reader, tickets):
            if ticket.fields.get("status") in _DONE:
                continue
            found.extend(
                (ticket, said)
                for said in judge(self._rules, ticket.fields)
                if not ticket.is_decided(said.field, said.after)
                and (said.rule.name, said.rule.version, ticket.source, ticket.ticket) not in spoken
            )
        if found:
            self._write(found)

    def _write(self, found: Sequence[tuple[Ruled, Said]]) -> None:
        desk, made = self._desk, list[tuple[Ruled, Said, str | None]]()
        for rule in self._rules:
            mine = [(ticket, said) for ticket, said in found if said.rule is rule]
            acting = [pair for pair in mine if pair[1].acts and self._since.came_after(rule, pair[0].created)]
            wanted = [(ticket.row_key, *said.act) for ticket, said in acting]
            done = desk.decide_for(rule.who, wanted, f"{self._run}:{rule.name}") if wanted else []
            made.extend(
                (ticket, said, decision) for (ticket, said), decision in zip(acting, done, strict=True) if decision
            )
            made.extend((ticket, said, None) for ticket, said in mine if (ticket, said) not in acting)
        now = desk._clock.now()
        rows = [
            Proposal(
                f"{now:016x}{place:06x}{os.urandom(3).hex()}", said.rule.name, said.rule.version, ticket.source, ticket.ticket,
                said.field, said.before, said.after, decision, now,
            )
            for place, (ticket, said, decision) in enumerate(made)
        ]  # fmt: skip
        if rows:
            rule_log.propose(desk.session, self._connection, rows, now)
            self._said = True

    def _done(self) -> None:
        if self._looked:
            self._note(self._looked)
            self._looked = 0
        if self._said:
            self._said = False
            self._desk._announce(Change.DECISIONS | Change.TICKETS)
