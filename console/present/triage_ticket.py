"""One ticket in words: where it stands and what it owes, who said and did what, what is decided and not yet taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import msgspec

from console.model import priority
from console.model.moment import Moment
from console.model.number import Number, Slice
from console.model.stages import STAGES, owed, owes_words, skipped
from console.model.ticket_acts import SETTABLE, members
from console.present import priority as priority_words
from console.present import sla as sla_words
from console.present import words
from console.present.deeds import deed
from console.present.figures import Remark
from console.present.queue import STATE_WORDS, one_line
from console.present.tone import Tone
from console.present.triage import severity_words
from console.present.triage_figures import (
    Attachment,
    Conflict,
    HistoryLine,
    OutboxLine,
    Owed,
    ScoreChip,
    StageStep,
    TriageDetail,
)  # fmt: skip
from console.queries.decided import Decided
from console.queries.triage_ticket import Changed, TriageTicket

LONGEST_BODY = 20_000
_LONGEST_REMARK = 4_000
_SHORT = 80
_DONE_STATES = frozenset({"confirmed", "withdrawn"})
_OUTBOX = {
    "": ("pending", Tone.WARN, ("withdraw",)),
    "sent": ("sending", Tone.WARN, ()),
    "later": ("later", Tone.WARN, ("retry", "withdraw")),
    "retry": ("pending", Tone.WARN, ("withdraw",)),
    "refused": ("refused", Tone.BAD, ("retry", "withdraw")),
    "conflict": ("conflict", Tone.BAD, ("mine", "theirs")),
}  # fmt: skip
_CONFIRMED_BY = 600 * 1_000_000
"""A system tells of a change that was decided here some time after it was asked; both are one line."""

_FACTS = (
    ("reporter", "Reporter"), ("customer", "Customer"), ("segment", "Segment"), ("channel", "Channel"), ("kind", "Kind"),
    ("category", "Category"), ("impact", "Impact"), ("area", "Area"), ("component", "Component"), ("team", "Team"),
    ("assignee", "Assignee"), ("tags", "Tags"), ("route", "Route"), ("error_code", "Error"), ("release", "Release"),
    ("consumer", "Consumer key"), ("browser", "Browser"), ("os", "System"), ("device", "Device"), ("region", "Region"),
    ("due_at", "Due"), ("workaround", "Workaround"), ("root_cause", "Root cause"),
    ("definition_of_done", "Definition of done"), ("links", "Links"),
)  # fmt: skip
_WORDED = frozenset({"channel", "kind", "impact"})
_SET_AS = {"resolved_at": ("status", ("resolved",)), "closed": ("status", ("closed",))}
"""What is set to pay what a stage owes, where that is another field."""


def undelivered(answer: TriageTicket) -> list[Decided]:
    """What was decided and its system has not taken, oldest first."""
    return [d for d in answer.decisions if d.wish is not None and d.state not in _DONE_STATES]


def word(
    answer: TriageTicket, now: int, zone: ZoneInfo, *, moment: Moment, acts: bool,
    waiting: Mapping[str, OutboxLine] | None = None,
) -> TriageDetail:  # fmt: skip
    """``acts``: whether anything can be decided here. Every text is plain and bounded.

    ``waiting``: what the outbox says of decisions, by id; it knows what holds them up.
    """
    row, fields = answer.row, answer.fields
    open_deeds = undelivered(answer)
    missing = owed(row.stage, _standing(answer))
    reached = None if row.reach is None else round(row.reach)
    scores = priority.of(fields, reached)
    return TriageDetail(
        key=row.row_key,
        severity=severity_words(row.severity, row.kind) if row.severity else "",
        title=one_line(row.title),
        state=_state(answer, now, zone),
        system=row.source,
        url=_address(fields.get("url", "")),
        pending=tuple(f"pending: {_deed(d)}" for d in open_deeds if d.state not in ("refused", "conflict")),
        stages=_steps(answer, now),
        owes=owes_words(row.stage, missing),
        owed=tuple(_owed(gate.field, gate.title, gate.choices) for gate in missing),
        strips=sla_words.strips(answer.clocks, zone) if answer.clocks is not None else (),
        body=fields.get("body", "")[:LONGEST_BODY],
        said=_said(answer, now, zone),
        facts=tuple((label, one_line(_worded(name, fields[name]), 200)) for name, label in _FACTS if fields.get(name)),
        scores=_scores(answer, scores, now, zone, moment),
        doubt=priority.doubt(row.severity, scores.impact, reached),
        conversation=tuple(_remark(answer, place, now, zone) for place in range(len(answer.comments))),
        history=_history(answer, now, zone),
        outbox=tuple((waiting or {}).get(d.id) or _line(d, row.row_key) for d in open_deeds),
        conflicts=tuple(c for d in open_deeds if d.state == "conflict" and (c := _conflict(d)) is not None),
        articles=tuple(one_line(a, 200) for name in ("article", "articles") for a in members(fields.get(name, ""))),
        attachments=_attachments(fields.get("attachments", "")),
        members=answer.members,
        duplicate_of=fields.get("duplicate_of", ""),
        tasks=tuple((one_line(name, 120), STATE_WORDS.get(state, state)) for name, state in answer.tasks),
        can_act=acts,
    )


def _standing(answer: TriageTicket) -> dict[str, str]:
    """The fields that stages ask for, with those that are worked out."""
    row = answer.row
    worked_out = {
        "resolved_at": "yes" if row.done else "", "closed": "yes" if row.status == "closed" else "",
        "told": "yes" if answer.told else "", "article": answer.fields.get("article") or answer.fields.get("articles", ""),
        "assignee": answer.fields.get("assignee") or answer.fields.get("owner", ""),
    }  # fmt: skip
    return {**answer.fields, **worked_out}


def _owed(field: str, title: str, choices: tuple[str, ...]) -> Owed:
    name, offered = _SET_AS.get(field, (field, choices))
    return Owed(name if name in SETTABLE else "", title, "", offered)


def _state(answer: TriageTicket, now: int, zone: ZoneInfo) -> str:
    row = answer.row
    state = STATE_WORDS.get(row.status, row.status)
    if row.snoozed is not None and row.snoozed > now:
        return f"{state}, asleep until {words.day_and_clock(row.snoozed, zone, now)}"
    if answer.resolved is not None:
        return f"{state} after {words.duration((answer.resolved - row.created) / 1e6)}"
    if answer.acknowledged is None:
        return f"{state}, waiting for {words.duration((now - row.created) / 1e6)}"
    again = f", re-opened {answer.reopens}×" if answer.reopens else ""
    return f"{state}{again}"


def _steps(answer: TriageTicket, now: int) -> tuple[StageStep, ...]:
    here, jumped = answer.row.stage, skipped(list(answer.stays))
    spent: dict[int, float] = {}
    for stay in answer.stays:
        spent[stay.stage] = (
            spent.get(stay.stage, 0.0) + max(0, (now if stay.end is None else stay.end) - stay.start) / 1e6
        )
    found = []
    for one in STAGES:
        note = ""
        if one.number == here:
            state = "current"
            note = f"for {words.duration(max(0, now - answer.stays[-1].start) / 1e6)}"
        elif one.number > here:
            state = "ahead"
        elif one.number in jumped:
            state, note = "skipped", one_line(jumped[one.number], _SHORT) or "skipped"
        else:
            state = "done"
            note = f"took {words.duration(spent[one.number])}" if one.number in spent else ""
        found.append(StageStep(one.number, one.title, state, note))
    return tuple(found)


def _said(answer: TriageTicket, now: int, zone: ZoneInfo) -> str:
    fields = answer.fields
    parts = [
        words.day_and_clock(answer.row.created, zone, now), _worded("channel", fields.get("channel", "")),
        fields.get("segment", ""), fields.get("browser", ""), fields.get("os", ""),
    ]  # fmt: skip
    if fields.get("consumer"):
        parts.append(f"consumer key {fields['consumer']}")
    return " · ".join(one_line(part, 60) for part in parts if part)


def _worded(name: str, value: str) -> str:
    return value.replace("in_app", "in-app").replace("_", " ") if name in _WORDED else value


def _scores(
    answer: TriageTicket, scores: priority.Scores, now: int, zone: ZoneInfo, moment: Moment
) -> tuple[ScoreChip, ...]:
    """A chip's field is the score's own name; reach opens the failures that were counted."""
    found = []
    for chip in priority_words.chips(scores, answer.scored, now, zone):
        number = None
        if chip.field == "score_reach_override" and scores.reach is not None:
            window = answer.window
            number = Number("error_rate_5xx", window.start, window.end, Slice(route=answer.row.route), moment)
        found.append(replace(chip, field=chip.field.removeprefix("score_"), number=number))
    return tuple(found)


def _remark(answer: TriageTicket, place: int, now: int, zone: ZoneInfo) -> Remark:
    said = answer.comments[place]
    who = one_line(said.author or said.role or "somebody", 60)
    head = f"{who} · {words.day_and_clock(said.at, zone, now)}{'' if said.public else ' · internal'}"
    body = said.body if len(said.body) <= _LONGEST_REMARK else said.body[: _LONGEST_REMARK - 1] + "…"
    return Remark(head, body, Tone.NEUTRAL if said.public else Tone.MUTED)


def _history(answer: TriageTicket, now: int, zone: ZoneInfo) -> tuple[HistoryLine, ...]:
    """What the system told and what was decided here, oldest first; what it only confirmed is told once."""
    row = answer.row
    confirmed = [
        (change.field, change.new, d.at)
        for d in answer.decisions
        if d.state == "confirmed"
        for change in d.changes
        if change.remote
    ]
    reporter = one_line(answer.fields.get("reporter", ""), 60) or "reporter"
    lines: list[tuple[int, int, HistoryLine]] = [
        (row.created, 0, HistoryLine(_when(row.created, now, zone), f"created in {row.source}", reporter, Tone.MUTED))
    ]
    for change in answer.changes:
        if change.first or _told_back(change, confirmed):
            continue
        lines.append((change.at, 1, HistoryLine(
            _when(change.at, now, zone), _change_words(change.field, change.old, change.new),
            one_line(change.actor, 60) or row.source, Tone.MUTED,
        )))  # fmt: skip
    for d in answer.decisions:
        who, tone = _who(d)
        lines.append((d.at, 2, HistoryLine(_when(d.at, now, zone), _decided_words(d), who, tone)))
    if answer.cut:
        lines.append((row.created, 1, HistoryLine("", "older changes are left out", "", Tone.MUTED)))
    return tuple(line for _, _, line in sorted(lines, key=lambda one: one[:2]))


def _when(instant: int, now: int, zone: ZoneInfo) -> str:
    return words.day_and_clock(instant, zone, now, seconds=True)


def _told_back(change: Changed, confirmed: list[tuple[str, str, int]]) -> bool:
    return any(
        field == change.field and new == change.new and 0 <= change.at - at < _CONFIRMED_BY
        for field, new, at in confirmed
    )


def _change_words(field: str, old: str, new: str) -> str:
    name = field.replace("_", " ")
    return (
        f"{name} {one_line(old, _SHORT)} → {one_line(new, _SHORT) or '—'}"
        if old
        else f"{name} → {one_line(new, _SHORT) or '—'}"
    )


def _decided_words(d: Decided) -> str:
    """One field with what it was before, else the deed in words; with what was said about it."""
    fields = [c for c in d.changes if c.field not in ("comment", "internal_comment", "acknowledged", "new_task")]
    told = _change_words(fields[0].field, fields[0].base or "", fields[0].new) if len(fields) == 1 else _deed(d)
    return f"{told}: {one_line(d.comment, _SHORT)}" if d.comment else told


def _deed(d: Decided) -> str:
    return one_line(deed(d), _SHORT + 20)


def _who(d: Decided) -> tuple[str, Tone]:
    who = one_line(d.who, 60)
    if d.state == "withdrawn":
        return f"{who} · taken back", Tone.MUTED
    if d.wish is None:
        return who, Tone.ACCENT
    if d.state == "confirmed":
        return f"{who} · confirmed", Tone.GOOD
    state, tone, _ = _OUTBOX.get(d.state, _OUTBOX[""])
    return f"{who} · {state}", tone


def _line(d: Decided, ticket: str) -> OutboxLine:
    state, tone, acts = _OUTBOX.get(d.state, _OUTBOX[""])
    why = "changed there meanwhile" if state == "conflict" else "" if d.why.startswith("{") else one_line(d.why, 300)
    return OutboxLine(d.id, ticket, _deed(d), state, tone, why, acts)


def _conflict(d: Decided) -> Conflict | None:
    wish = d.wish
    if wish is None:
        return None
    try:
        theirs = str(msgspec.json.decode(d.why, type=dict[str, str]).get("theirs", ""))
    except msgspec.DecodeError:
        theirs = ""
    return Conflict(
        d.id, wish.field.replace("_", " "), one_line(wish.base or "—", _SHORT), one_line(wish.new or "—", _SHORT),
        one_line(theirs or "—", _SHORT),
    )  # fmt: skip


def _attachments(text: str) -> tuple[Attachment, ...]:
    """One a line, each an address; what is no web address is named and cannot be opened."""
    found = []
    for line in text.split("\n"):
        address = line.strip()
        if address:
            name = unquote(urlsplit(address).path.rpartition("/")[2]) or address
            found.append(Attachment(one_line(name, 120), "", _address(address)))
    return tuple(found)


def _address(url: str) -> str:
    """The address if it is one that a browser may be sent to, else ''."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""
