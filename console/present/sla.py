"""SLA clocks in words: the strip of a ticket, its rows, and the lines of the command.

What one would get wrong: a strip is as wide as the target (or what was used of it, if that is more), so that what is left is
the empty rest. A pause is no part of the target: it is drawn narrow, however long it took. Nights and weekends are not drawn.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from console.model.calendar import ALWAYS
from console.model.lengths import length_words
from console.model.moment import SECOND, iso, to_datetime
from console.model.sla import Clock, Kind, Name, Segment, State
from console.present import words
from console.present.tone import Tone
from console.present.triage_figures import SlaStrip, StripPart
from console.queries.sla_ticket import TicketClocks
from console.queries.sla_whatif import Difference

_PAUSE = 0.14
"""The most of a strip that a pause may take: room for a word."""

_FEW = 20
"""Clocks that a difference names; the rest is counted."""

_NAMES = {Name.RESPONSE: "Response", Name.RESOLUTION: "Resolution"}
_TONES = {State.BREACHED: Tone.BAD, State.DUE_SOON: Tone.WARN, State.PAUSED: Tone.QUIET, State.MET: Tone.GOOD}
HEADER = ("State", "Why", "From", "To", "Seconds")


def strips(told: TicketClocks, zone: ZoneInfo) -> tuple[SlaStrip, ...]:
    """The clocks of a ticket: response first, until it is answered in time."""
    return tuple(_strip(told, clock, zone) for clock in told.clocks)


def _strip(told: TicketClocks, clock: Clock, zone: ZoneInfo) -> SlaStrip:
    rows = (HEADER, *(_row(s, zone) for s in clock.segments))
    return SlaStrip(
        clock.target.clock.value, _title(told, clock), ticking(abs(clock.left)), _TONES.get(clock.state, Tone.NEUTRAL),
        _parts(clock, zone), rows,
    )  # fmt: skip


def _title(told: TicketClocks, clock: Clock) -> str:
    """ "Resolution SLA · P1 enterprise · 4 h working time · left"."""
    whom = " ".join(word for word in (told.severity, told.segment) if word) or clock.target.policy
    seconds = clock.target.seconds or 0
    goal = length_words(seconds)
    if clock.target.calendar != ALWAYS:
        # A day of working time is no day of 24 hours: such a length is told in hours.
        hours, rest = divmod(seconds, 3_600)
        goal = " ".join(text for text in (f"{hours} h" if hours else "", length_words(rest) if rest else "") if text)
        goal += " working time"
    return f"{_NAMES[clock.target.clock]} SLA · {whom} · {goal} · {_rest(clock)}"


def _rest(clock: Clock) -> str:
    """What the shown number is."""
    if clock.left < 0:
        return "over"
    if clock.state is State.PAUSED:
        return "paused, left"
    return "to spare" if clock.ended is not None else "left"


def ticking(seconds: int) -> str:
    """3:41:20; below an hour 18:40."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _parts(clock: Clock, zone: ZoneInfo) -> tuple[StripPart, ...]:
    grouped: list[list[Segment]] = []
    for segment in clock.segments:
        runs = segment.kind in (Kind.RUNNING, Kind.OUTSIDE)
        if (
            grouped
            and runs == (grouped[-1][0].kind in (Kind.RUNNING, Kind.OUTSIDE))
            and (runs or grouped[-1][0].kind is segment.kind)
        ):
            grouped[-1].append(segment)
        else:
            grouped.append([segment])
    goal = clock.target.seconds or 1
    # A resolved ticket's strip ends where its clock did.
    if grouped and grouped[-1][0].kind is Kind.DONE:
        grouped.pop()
    widths = [_width(group, goal) for group in grouped]
    whole = sum(widths) + max(0, clock.left)
    return tuple(
        _part(clock, group, width / whole if whole else 0.0, zone) for group, width in zip(grouped, widths, strict=True)
    )


def _width(group: list[Segment], goal: int) -> float:
    if group[0].kind in (Kind.RUNNING, Kind.OUTSIDE):
        return sum(s.seconds for s in group)
    return min(_PAUSE * goal, sum(s.end - s.start for s in group))


def _part(clock: Clock, group: list[Segment], share: float, zone: ZoneInfo) -> StripPart:
    span = f"{_local(group[0].start, zone)} to {_local(group[-1].end, zone)}"
    if group[0].kind in (Kind.RUNNING, Kind.OUTSIDE):
        counted = sum(s.seconds for s in group)
        tone = _TONES[clock.state] if clock.state in (State.BREACHED, State.DUE_SOON) else Tone.ACCENT
        return StripPart(share, f"running {ticking(counted)}", tone, f"running {length_words(counted)}, {span}")
    what = group[0].why if group[0].kind is Kind.PAUSED else "resolved"
    return StripPart(share, what, Tone.QUIET, f"{what}, {span}")


def _row(segment: Segment, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        segment.kind.value, segment.why, _local(segment.start, zone), _local(segment.end, zone), str(segment.seconds),
    )  # fmt: skip


def _local(second: int, zone: ZoneInfo) -> str:
    return to_datetime(second * SECOND).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def plain(told: TicketClocks) -> dict[str, Any]:
    """As the command prints it: ``segments``, and ``clocks`` with what they come to."""
    segments = [
        {
            "clock": clock.target.clock.value, "state": s.kind.value, "why": s.why, "from": iso(s.start * SECOND),
            "to": iso(s.end * SECOND), "seconds": s.seconds,
        }
        for clock in told.clocks
        for s in clock.segments
    ]  # fmt: skip
    clocks = [
        {
            "clock": clock.target.clock.value, "policy": clock.target.policy, "calendar": clock.target.calendar,
            "target_s": clock.target.seconds, "elapsed_s": clock.elapsed, "left_s": clock.left, "state": clock.state.value,
            "due": None if clock.due is None else iso(clock.due * SECOND),
            "ended": None if clock.ended is None else iso(clock.ended * SECOND), "title": _title(told, clock),
            "told": escalated(told, clock),
        }
        for clock in told.clocks
    ]  # fmt: skip
    return {"segments": segments, "clocks": clocks, "missing": [name.value for name in told.missing]}


def escalated(told: TicketClocks, clock: Clock) -> str:
    """ "75 % used: assignee, team lead", of the highest step of the ladder that an open clock has passed; '' for none."""
    if clock.ended is not None:
        return ""
    passed = [rung for rung in told.agreed.ladder if clock.share >= rung.share]
    return f"{passed[-1].share * 100:.0f} % used: {', '.join(passed[-1].tell)}" if passed else ""


def difference_lines(found: Difference, zone: ZoneInfo) -> list[str]:
    """What other calendars or policies would change, the gravest first; empty when nothing would."""
    if not found.changed:
        return []
    turned = sum(n for *_, n in found.states)
    verdicts = f"{words.count(turned)} with another verdict" if turned else "none with another verdict"
    said = [
        f"{words.plural(found.changed, 'SLA clock')} would be told otherwise, {verdicts}, also of tickets that are closed:"
    ]
    for clock, before, after, n in found.states:
        said.append(f"  {words.count(n)} × {clock}: {before.replace('_', ' ')} becomes {after.replace('_', ' ')}")
    for line in found.lines[:_FEW]:
        states = " becomes ".join(s.replace("_", " ") for s in dict.fromkeys(line.state))
        left = " → ".join("—" if s is None else ("−" if s < 0 else "") + ticking(abs(s)) for s in line.left)
        due = " → ".join("—" if d is None else words.iso_like(d, zone) for d in line.due)
        said.append(f"  {line.ticket} {line.clock}: {states}, left {left}, due {due}")
    if found.changed > _FEW:
        said.append(f"  and {words.count(found.changed - _FEW)} more")
    return said


def lines(found: dict[str, Any]) -> list[str]:
    """What ``plain`` holds, to be read."""
    told = []
    for clock in found["clocks"]:
        told.append(f"{clock['title']} {ticking(abs(clock['left_s']))}")
        facts = [f"policy {clock['policy']}", f"calendar {clock['calendar']}", clock["state"].replace("_", " ")]
        facts += [f"{word} {clock[key]}" for word, key in (("due", "due"), ("ended", "ended")) if clock[key]]
        told.append("  " + ", ".join(facts) + (f", {clock['told']}" if clock["told"] else ""))
        for s in found["segments"]:
            if s["clock"] == clock["clock"]:
                length = str(timedelta(seconds=s["seconds"])) if s["state"] == "running" else "—"
                told.append(f"  {s['state']:8} {s['from']}  {s['to']}  {length:>18}  {s['why']}")
    told += [f"{_NAMES[Name(name)]}: nothing is promised for such a ticket." for name in found["missing"]]
    return told
