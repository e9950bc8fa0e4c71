"""What was recorded about alerts: where each stands at a moment, and the episodes and notices of a span."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from console.model.alert import ACTIVE, Standing, State
from console.model.alert_rules import alert_key
from console.model.alert_watch import Told
from console.model.grouping import FLAPPING_WITHIN, Notice
from console.model.moment import MINUTE, Span, merge, parse_instant
from console.queries.literals import stamp
from console.queries.reader import Reader

Key = tuple[str, tuple[tuple[str, str], ...]]

_PLACE = "row_number() OVER ()"
"""Rows come in the order in which they were written; what is only read through a view has no rowid to tell it by."""


@dataclass(frozen=True, slots=True)
class Change:
    """One recorded transition. Instants of the world; ``known_at`` when it was written down."""

    rule: str
    labels: tuple[tuple[str, str], ...]
    state: State
    before: State
    minute: int
    began: int | None
    fired: int | None
    value: float | None
    bound: float | None
    limit: float | None
    reason: str
    known_at: int

    @property
    def key(self) -> Key:
        return self.rule, self.labels

    @property
    def fires(self) -> bool:
        return self.state is State.FIRING and self.before is not State.HELD


@dataclass(frozen=True, slots=True)
class Firing:
    """One episode of an alert. ``began``: its first breaching minute. ``ended`` None: it still fires. ``live``: it was
    judged as it happened; otherwise it was worked out afterwards."""

    rule: str
    labels: tuple[tuple[str, str], ...]
    began: int
    fired: int
    ended: int | None
    state: State
    value: float | None
    bound: float | None
    limit: float | None
    reason: str
    live: bool = True

    @property
    def key(self) -> str:
        return alert_key(self.rule, dict(self.labels))


def firings_of(told: list[Change], *, live: bool = True) -> list[Firing]:
    """The episodes of transitions in the order of time."""
    found: list[Firing] = []
    open_at: dict[Key, int] = {}
    for one in told:
        if one.fires:
            open_at[one.key] = len(found)
            began = one.minute if one.began is None else one.began
            found.append(
                Firing(
                    one.rule, one.labels, began, one.minute, None, one.state, one.value, one.bound, one.limit, one.reason,
                    live,
                )
            )  # fmt: skip
        elif one.key in open_at:
            place = open_at[one.key]
            if one.state in ACTIVE:
                found[place] = replace(found[place], state=one.state)
            else:
                found[place] = replace(found[open_at.pop(one.key)], state=State.OK, ended=one.minute)
    return found


def change_of(told: Told) -> Change:
    """A transition just judged, as it would be recorded."""
    change = told.change
    value, bound, limit = (v if math.isfinite(v) else None for v in (told.value, told.bound, told.limit))
    return Change(
        told.rule.name, tuple(sorted(told.labels.items())), change.after, change.before, change.minute, change.began,
        change.fired, value, bound, limit, told.reason, change.minute,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where a stopped evaluation goes on."""

    upto: int | None
    standings: dict[Key, Standing]
    notices: list[Notice]


def changes(reader: Reader, span: Span | None = None) -> list[Change]:
    """Recorded transitions known at the reader's moment, oldest first; ``span``: only those that happened in it."""
    inside = "" if span is None else f" AND happened_at >= {stamp(span.start)} AND happened_at < {stamp(span.end)}"
    rows = reader.rows(
        "SELECT rule, labels, state, value, why, epoch_us(happened_at), epoch_us(known_at) FROM alert_change "
        f"WHERE known_at <= {reader.known_sql} AND epoch_us(happened_at) <= {reader.at}{inside} "
        f"ORDER BY happened_at, known_at, {_PLACE}"
    )
    return [_change(*row) for row in rows]


def _change(
    rule: str, labels: str, state: str, value: float | None, why: str | None, minute: int, known: int
) -> Change:
    told: dict[str, Any] = msgspec.json.decode(why) if why else {}
    pairs = tuple(sorted(msgspec.json.decode(labels or "{}", type=dict[str, str]).items()))
    return Change(
        rule, pairs, State(state), State(told.get("before", "unknown")), int(minute), _instant(told.get("began")),
        _instant(told.get("fired")), value, told.get("bound"), told.get("limit"), told.get("reason", ""), int(known),
    )  # fmt: skip


def _instant(text: str | None) -> int | None:
    return None if text is None else parse_instant(text)


def counts(reader: Reader) -> dict[State, int]:
    """How many alerts stand in each state; retired rules apart, which nobody judges any more."""
    rows = reader.rows(
        "SELECT state, count(*) FROM (SELECT rule, arg_max(state, (happened_at, known_at, place)) AS state "
        f"FROM (SELECT *, {_PLACE} AS place FROM alert_change) "
        f"WHERE known_at <= {reader.known_sql} AND epoch_us(happened_at) <= {reader.at} GROUP BY rule, labels) "
        "WHERE rule NOT IN (SELECT subject FROM decision WHERE act IN ('retire_rule', 'restore_rule') "
        f"AND known_at <= {reader.known_sql} AND epoch_us(happened_at) <= {reader.at} GROUP BY subject "
        "HAVING arg_max(act, (happened_at, decision_id)) = 'retire_rule') GROUP BY state"
    )
    return {State(state): int(n) for state, n in rows}


def judged(reader: Reader) -> list[Span]:
    """The minutes that were judged as they passed."""
    rows = reader.rows(
        f'SELECT epoch_us("from"), epoch_us("to") FROM alert_judged WHERE known_at <= {reader.known_sql} '
        f'AND epoch_us("from") <= {reader.at} ORDER BY 1'
    )
    return merge([Span(int(a), int(b)) for a, b in rows])


def standing_now(told: list[Change]) -> dict[Key, Change]:
    """The newest transition of each alert that is not calm."""
    newest: dict[Key, Change] = {}
    for change in told:
        newest[change.key] = change
    return {key: change for key, change in newest.items() if change.state in (*ACTIVE, State.PENDING)}


def notices(reader: Reader, span: Span) -> list[Notice]:
    """Recorded notices of a span, oldest first."""
    rows = reader.rows(
        "SELECT epoch_us(minute), told, alerts, rules, severity, flapping, kept FROM alert_notice "
        f"WHERE known_at <= {reader.known_sql} AND happened_at >= {stamp(span.start)} AND happened_at < {stamp(span.end)} "
        f"ORDER BY minute, {_PLACE}"
    )
    return [
        Notice(
            int(minute), told, tuple(msgspec.json.decode(alerts)), tuple(msgspec.json.decode(rules)), severity, flapping,
            kept,
        )
        for minute, told, alerts, rules, severity, flapping, kept in rows
    ]  # fmt: skip


def _counted(change: Change, upto: int | None) -> int:
    began = change.minute if change.began is None else change.began
    return max(1, ((began if upto is None else upto) - began) // MINUTE)


def resumed(reader: Reader) -> Resumed:
    """Where the live evaluation of this session stopped.

    A pending alert has counted since it began; calm minutes of a firing one begin anew, so that it can only end later.
    """
    spans = judged(reader)
    upto = spans[-1].end if spans else None
    standings = {
        key: Standing(change.state, change.minute, change.began, change.fired, bad=_counted(change, upto))
        for key, change in standing_now(changes(reader)).items()
    }
    if upto is None:
        return Resumed(None, {}, [])
    return Resumed(upto, standings, notices(reader, Span(upto - FLAPPING_WITHIN, upto + MINUTE)))
