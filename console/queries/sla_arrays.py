"""The SLA clocks of all tickets at one instant, as arrays: the arithmetic of ``model.sla`` for a hundred thousand at once.

What one would get wrong: rows stand in the order of the ticket shelf, which nothing may change between reading them and
joining the answers beside them. Tickets of steps are found by a 64-bit hash of source and id. All times are whole seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.model.calendar import ALWAYS, working_time
from console.model.moment import SECOND
from console.model.sla import DONE, DUE_SOON, Agreement, Name, State
from console.queries.reader import Reader

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
STATES = tuple(State)
_NEVER = np.iinfo(np.int64).max // 4
"""Stands for no instant, such as an answer that was not given."""
_APART = 1 << 40
"""More than any instant in seconds: keeps the steps of one ticket apart from the next one's."""


@dataclass(frozen=True, slots=True, eq=False)
class Tickets:
    """What clocks need of all tickets, in the shelf's order; ``sort`` numbers their combination in ``sorts``.

    Steps stand by ticket, then in turn. ``status`` numbers ``statuses``; ``words`` numbers ``told`` (tags and vendor's
    word at that step, -1: none).
    """

    begun: Ints
    answered: Ints
    sort: Ints
    sorts: tuple[tuple[str, str | None, str | None, str | None], ...]
    ticket: Ints
    second: Ints
    status: Ints
    statuses: tuple[str, ...]
    words: Ints
    told: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.begun)


@dataclass(frozen=True, slots=True, eq=False)
class Clocks:
    """One clock of every ticket. ``goal`` 0: no promise. ``due``, ``ended``: -1 for none. ``state`` numbers ``STATES``.

    ``halted``: it stands until something is done, whatever its state is.
    """

    target: Ints
    goal: Ints
    elapsed: Ints
    due: Ints
    ended: Ints
    state: NDArray[np.int8]
    halted: Bools

    @property
    def promised(self) -> Bools:
        return self.goal > 0

    @property
    def open(self) -> Bools:
        return self.promised & (self.ended < 0)

    @property
    def runs(self) -> Bools:
        """Whether working time counts."""
        return self.open & ~self.halted

    @property
    def left(self) -> Ints:
        return self.goal - self.elapsed

    @property
    def share(self) -> NDArray[np.float64]:
        return self.elapsed / np.maximum(self.goal, 1)


def read(reader: Reader, tickets: str, steps: str) -> Tickets:
    """Everything of the moment's tickets, from the shelf's two tables."""
    ask = reader.connection.execute
    found = ask(
        f"SELECT hash(source, ticket) AS k, hash(source, severity, segment, kind) AS s, epoch_us(created_at) // {SECOND} AS b, "
        f"coalesce(epoch_us(acknowledged_at) // {SECOND}, {_NEVER}) AS a FROM {tickets}"
    ).fetchnumpy()
    keys = np.asarray(found["k"], np.uint64)
    listed = reader.rows(
        f"SELECT DISTINCT hash(source, severity, segment, kind) AS s, source, severity, segment, kind FROM {tickets} ORDER BY s"
    )
    sort = np.searchsorted(np.array([row[0] for row in listed], np.uint64), np.asarray(found["s"], np.uint64))
    order = np.argsort(keys)
    names = [name for (name,) in reader.rows(f"SELECT DISTINCT coalesce(status, 'new') AS s FROM {steps} ORDER BY s")]
    listing = ", ".join(f"'{name}'" for name in names) or "''"
    stepped = ask(
        f"SELECT hash(source, ticket) AS k, instant // {SECOND} AS a, turn AS t, "
        f"list_position([{listing}], coalesce(status, 'new')) - 1 AS s FROM {steps}"
    ).fetchnumpy()
    columns = [np.asarray(stepped["k"], np.uint64), *(np.asarray(stepped[c], np.int64) for c in ("a", "t", "s"))]
    columns.append(np.full(len(columns[0]), -1, np.int64))
    told: list[tuple[str, ...]] = []
    said = _words(reader)
    if said:
        of: dict[tuple[str, ...], int] = {}
        extra = [(k, a, t, -1, of.setdefault(words, len(of))) for k, a, t, words in said]
        told = list(of)
        columns = [
            np.concatenate([old, np.array([row[i] for row in extra], old.dtype)]) for i, old in enumerate(columns)
        ]
    place = np.searchsorted(keys[order], columns[0])
    known = place < len(keys)
    known[known] = keys[order][place[known]] == columns[0][known]
    ticket = order[np.minimum(place, max(0, len(keys) - 1))][known] if len(keys) else np.zeros(0, np.int64)
    _, second, turn, status, words = (column[known] for column in columns)
    by = np.lexsort((second, turn, ticket))
    ticket, second, status, words = (np.asarray(column[by], np.int64) for column in (ticket, second, status, words))
    return Tickets(
        np.asarray(found["b"], np.int64), np.asarray(found["a"], np.int64), np.asarray(sort, np.int64),
        tuple((row[1], row[2], row[3], row[4]) for row in listed), ticket, second,
        _carried(ticket, status, names.index("new") if "new" in names else -1), tuple(names),
        _carried(ticket, words, -1), tuple(told),
    )  # fmt: skip


def _words(reader: Reader) -> list[tuple[int, int, int, tuple[str, ...]]]:
    """Tags and vendor's words as they were told; only of tickets that ever had any."""
    rows = reader.rows(
        f"SELECT hash(source, ticket), epoch_us(happened_at) // {SECOND}, epoch_us(turn), tags, word "
        f"FROM sla_words({reader.moment_sql}) ORDER BY source, ticket, turn"
    )
    found: list[tuple[int, int, int, tuple[str, ...]]] = []
    holder, tags, word = -1, "", ""
    for key, second, turn, told_tags, told_word in rows:
        if key != holder:
            holder, tags, word = key, "", ""
        tags, word = tags if told_tags is None else told_tags, word if told_word is None else told_word
        found.append((key, second, turn, words_of(tags, word)))
    return found


def words_of(tags: str, word: str) -> tuple[str, ...]:
    """The words that may stop a clock, as the macros split them."""
    return tuple(w for w in (word, *(tag.strip() for tag in tags.split(","))) if w)


def _carried(ticket: Ints, values: Ints, missing: int) -> Ints:
    """Each row's own value, else the last one of its ticket, else ``missing``."""
    if not len(values):
        return values
    places = np.where(values >= 0, np.arange(len(values)), -1)
    last = np.maximum.accumulate(places)
    begins = np.searchsorted(ticket, ticket)
    return np.where(last >= begins, values[np.maximum(last, 0)], missing)


def clocks(tickets: Tickets, agreed: Agreement, at: int) -> dict[Name, Clocks]:
    """Both clocks of every ticket at the second ``at``."""
    return {Name.RESPONSE: _response(tickets, agreed, at), Name.RESOLUTION: _resolution(tickets, agreed, at)}


def _promises(tickets: Tickets, agreed: Agreement, clock: Name, at: int) -> tuple[Ints, Ints]:
    """The place of each ticket's target in the agreement and its seconds; -1 and 0 for none."""
    place_of = {id(target): place for place, target in enumerate(agreed.targets)}
    chosen = []
    for source, severity, segment, kind in tickets.sorts:
        met = agreed.target(clock, severity, segment, kind, source)
        chosen.append(-1 if met is None else place_of[id(met)])
    seconds = np.array([t.seconds or 0 for t in agreed.targets] + [0], np.int64)
    target = np.array([*chosen, -1], np.int64)[tickets.sort]
    target = np.where(tickets.begun <= at, target, -1)
    return target, seconds[target]


def _response(tickets: Tickets, agreed: Agreement, at: int) -> Clocks:
    target, goal = _promises(tickets, agreed, Name.RESPONSE, at)
    some = np.flatnonzero(goal > 0)
    begun, answered = tickets.begun[some], tickets.answered[some]
    end = np.maximum(begun, np.minimum(answered, at))
    ended = np.full(len(tickets), -1, np.int64)
    ended[some] = np.where(answered <= at, np.maximum(answered, begun), -1)
    nothing = np.zeros(len(tickets), np.bool_)
    return _told(tickets, agreed, target, goal, (some, begun, end), ended, nothing, at)


def _resolution(tickets: Tickets, agreed: Agreement, at: int) -> Clocks:
    target, goal = _promises(tickets, agreed, Name.RESOLUTION, at)
    count = len(tickets)
    now = tickets.second <= at
    ticket, second, status, words = (
        column[now] for column in (tickets.ticket, tickets.second, tickets.status, tickets.words)
    )
    last = np.append(ticket[1:] != ticket[:-1], True)[: len(ticket)]
    first = np.append(True, ticket[1:] != ticket[:-1])[: len(ticket)]
    begun = tickets.begun[ticket]
    a, b = np.maximum(second, begun), np.maximum(_until(ticket, second, last, at), begun)
    done = np.isin(status, [i for i, name in enumerate(tickets.statuses) if name in DONE])
    halted = _halted(tickets, agreed, target[ticket], status, words) & ~done
    ending = np.zeros(count, np.bool_)
    ending[ticket[last & done]] = True
    pausing = np.zeros(count, np.bool_)
    pausing[ticket[last & halted]] = True
    # A stretch without length never happened: something later overruled it.
    real = a < b
    ended = np.full(count, -1, np.int64)
    ended[ending] = tickets.begun[ending]
    np.maximum.at(ended, ticket[real & ~done], b[real & ~done])
    early = first & (second > begun)
    np.maximum.at(ended, ticket[early], second[early])
    ended[~ending] = -1
    runs = (real | last) & ~done & ~halted
    unsaid = np.ones(count, np.bool_)
    unsaid[ticket] = False
    silent = np.flatnonzero(unsaid)
    who = np.concatenate([ticket[early], ticket[runs], silent])
    start = np.concatenate([begun[early], a[runs], tickets.begun[silent]])
    stop = np.concatenate([second[early], b[runs], np.full(len(silent), at, np.int64)])
    kept = (goal[who] > 0) & (start <= stop)
    by = np.lexsort((start[kept], who[kept]))
    return _told(tickets, agreed, target, goal, (who[kept][by], start[kept][by], stop[kept][by]), ended, pausing, at)


def _until(ticket: Ints, second: Ints, last: Bools, at: int) -> Ints:
    """When something else began: the earliest of what comes later in turn, ``at`` for the last."""
    if not len(ticket):
        return second
    # Steps of later tickets lie far above, so the least of everything after a step is of its own ticket.
    apart = second + ticket * _APART
    following = np.append(np.minimum.accumulate(apart[::-1])[::-1][1:], 0) - ticket * _APART
    return np.where(last, at, following)


def _halted(tickets: Tickets, agreed: Agreement, target: Ints, status: Ints, words: Ints) -> Bools:
    """Whether each step stops the clock of its ticket's target."""
    found = np.zeros(len(status), np.bool_)
    for place, promise in enumerate(agreed.targets):
        if not promise.pause_on:
            continue
        by_status = [i for i, name in enumerate(tickets.statuses) if name in promise.pause_on]
        by_word = [i for i, told in enumerate(tickets.told) if any(w in promise.pause_on for w in told)]
        if by_status or by_word:
            found |= (target == place) & (np.isin(status, by_status) | np.isin(words, by_word))
    return found


def _told(
    tickets: Tickets, agreed: Agreement, target: Ints, goal: Ints, runs: tuple[Ints, Ints, Ints], ended: Ints, paused: Bools,
    at: int,
) -> Clocks:  # fmt: skip
    """Clocks from their running stretches: ticket, from, to, by ticket and in order."""
    who, start, stop = runs
    calendar_of, tables = _tables(tickets, agreed, at)
    calendar = calendar_of[target]
    worked_from = _worked(tables, calendar[who], start)
    counted = _worked(tables, calendar[who], stop) - worked_from
    elapsed = np.bincount(who, counted, len(tickets)).astype(np.int64)
    total = np.cumsum(counted)
    first = np.searchsorted(who, who)
    before = total - counted - np.where(first > 0, total[np.maximum(first - 1, 0)], 0)
    here = (before < goal[who]) & ((before + counted >= goal[who]) | (stop == at))
    owners = who[here]
    place = np.flatnonzero(np.append(True, owners[1:] != owners[:-1])[: len(owners)])
    owner = owners[place]
    due = np.full(len(tickets), -1, np.int64)
    wanted = (worked_from + goal[who] - before)[here][place]
    due[owner] = _reached(tables, calendar[owner], wanted)
    state = np.select(
        [goal <= 0, elapsed > goal, ended >= 0, paused, elapsed >= DUE_SOON * goal],
        [STATES.index(s) for s in (State.NONE, State.BREACHED, State.MET, State.PAUSED, State.DUE_SOON)],
        STATES.index(State.OK),
    ).astype(np.int8)
    return Clocks(target, goal, elapsed, due, ended, state, paused)


Table = tuple[Ints, Ints, Ints, int]
"""Starts, ends, working seconds before each start, and in all."""


def _tables(tickets: Tickets, agreed: Agreement, at: int) -> tuple[Ints, Mapping[int, Table]]:
    """The number of each target's calendar (0: always; the last entry, for no target, too) and the tables of the others."""
    oldest = int(tickets.begun.min()) if len(tickets) else at
    first, last = agreed.range_for(oldest, at)
    names = sorted({t.calendar for t in agreed.targets} - {ALWAYS})
    number = {ALWAYS: 0} | {name: place for place, name in enumerate(names, 1)}
    tables: dict[int, Table] = {}
    for name in names:
        made = working_time(agreed.calendars[name], first, last)
        spans = np.array(made.spans, np.int64).reshape(-1, 2)
        lengths = spans[:, 1] - spans[:, 0]
        tables[number[name]] = (spans[:, 0], spans[:, 1], np.cumsum(lengths) - lengths, made.total)
    return np.array([number[t.calendar] for t in agreed.targets] + [0], np.int64), tables


def _worked(tables: Mapping[int, Table], calendar: Ints, second: Ints) -> Ints:
    found = second.copy()
    for number, (starts, ends, before, _) in tables.items():
        mine = np.flatnonzero(calendar == number)
        if not len(mine):
            continue
        place = np.searchsorted(starts, second[mine], side="right") - 1
        inside = np.maximum(place, 0)
        passed = before[inside] + np.minimum(second[mine], ends[inside]) - starts[inside]
        found[mine] = np.where(place >= 0, passed, 0)
    return found


def _reached(tables: Mapping[int, Table], calendar: Ints, worked: Ints) -> Ints:
    found = worked.copy()
    for number, (starts, _, before, total) in tables.items():
        mine = np.flatnonzero(calendar == number)
        if not len(mine):
            continue
        place = np.maximum(np.searchsorted(before, worked[mine], side="left") - 1, 0)
        found[mine] = np.where(worked[mine] <= total, starts[place] + worked[mine] - before[place], -1)
    return found


def next_change(tickets: Tickets, agreed: Agreement, found: Clocks, at: int) -> Ints:
    """The second at which the state of each clock changes by the mere passing of time; -1 for never."""
    who = np.flatnonzero(found.runs)
    calendar_of, tables = _tables(tickets, agreed, at)
    calendar, goal, elapsed = calendar_of[found.target[who]], found.goal[who], found.elapsed[who]
    short = np.ceil(DUE_SOON * goal).astype(np.int64) - elapsed
    # A target is kept to its last second, and broken in the one after it.
    ahead = np.where(short > 0, short, goal + 1 - elapsed)
    then = _reached(tables, calendar, _worked(tables, calendar, np.full(len(who), at, np.int64)) + ahead)
    changes = np.full(len(tickets), -1, np.int64)
    changes[who] = np.where(ahead > 0, then, -1)
    return changes


def forgotten_before(tickets: Tickets, agreed: Agreement, found: Clocks, at: int) -> Ints:
    """For each ticket the second since which something should have happened; -1 while it may be silent."""
    oldest = int(tickets.begun.min()) if len(tickets) else at
    first, last = agreed.range_for(oldest, at)
    bounds = []
    for target in agreed.targets:
        worked = working_time(agreed.calendars[target.calendar], first, last)
        allowed = round((target.seconds or 0) * agreed.forgotten_share)
        passed = worked.worked(at) - allowed
        bounds.append(worked.reached(passed) if passed > 0 else None)
    none = at - agreed.forgotten_s
    told = np.array([-1 if bound is None else bound for bound in bounds] + [none], np.int64)[found.target]
    return np.where((found.ended >= 0) | (found.state == STATES.index(State.PAUSED)), -1, told)
