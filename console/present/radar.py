"""The radar in words: numbers nobody speaks of, words no number shows, customers who fail and say nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from console.model.moment import Moment
from console.model.number import Number, Slice
from console.present import words
from console.present.figures import Cell, Column, Row, TableWindow
from console.present.radar_figures import NO_TICKET, RadarFigure, RadarList
from console.present.tone import Tone
from console.queries.radar import PhantomPain, QuietCustomer, RadarAnswer, SilentFailure, Voice
from console.queries.radar_hours import Trouble

EVIDENCE = (
    Column("what", "Evidence", 0),
    Column("when", "When", 250),
    Column("value", "Value", 130, right=True),
    Column("usual", "Usual", 110, right=True),
)
_SILENT = (
    Column("what", "What fails", 0),
    Column("since", "Since", 138),
    Column("count", "Errors", 74, right=True),
    Column("more", "Share", 74, right=True),
)
_PHANTOM = (
    Column("what", "What is reported", 0),
    Column("since", "Since", 138),
    Column("count", "Tickets", 66, right=True),
)
_QUIET = (
    Column("what", "Customer", 0),
    Column("since", "Since", 138),
    Column("count", "Failed", 74, right=True),
    Column("more", "Share", 74, right=True),
)
_MOST_EVIDENCE = 200
_MEASURE = {"5xx": "5xx", "4xx": "4xx", "slow": "slow calls"}
_KPI = {"5xx": "error_rate_5xx", "4xx": "error_rate_4xx"}


def word(answer: RadarAnswer, zone: ZoneInfo, moment: Moment) -> RadarFigure:
    """Ready to draw; times in ``zone``. ``moment``: that of the question, for the numbers the evidence opens."""
    since = "" if answer.looked_from is None else f"since {words.day_and_clock(answer.looked_from, zone)}"
    lists = (
        _silent(answer, zone, moment, since),
        _phantom(answer, zone, since),
        _quiet(answer, zone, moment, since),
    )
    silent, phantom, quiet = (one.table.total for one in lists)
    counted = (
        f"{words.plural(silent, 'silent failure')} · {words.plural(phantom, 'group')} of phantom pain · "
        f"{words.plural(quiet, 'quiet customer')}"
    )
    return RadarFigure(lists, f"{counted} {since}".strip())


def _silent(answer: RadarAnswer, zone: ZoneInfo, moment: Moment, since: str) -> RadarList:
    rows, evidence = [], {}
    for failure in answer.silent:
        first = failure.troubles[0]
        more = len(failure.troubles) - 1
        what = first.name + (f" and {words.plural(more, 'other route')}" if more else "")
        key = f"{first.name}|{failure.span.start}"
        calls = sum(t.calls for t in failure.troubles)
        share = failure.events / calls if calls else None
        rows.append(
            _row(
                key,
                what,
                _since(failure.span.start, failure.going_on, zone),
                words.count(failure.events),
                words.share(share),
                Tone.BAD if failure.going_on else Tone.WARN,
                f"{_span(failure.span.start, failure.span.end, failure.going_on, zone)}, no ticket about it",
            )
        )
        evidence[key] = _table([*_silent_lines(failure, zone), *(_trouble(t, zone, moment) for t in failure.troubles)])
    empty = f"No route failed over its usual {since} without a ticket about it."
    return RadarList(
        "silent", "Silent failures", "Errors nobody reported",
        _listed(_SILENT, rows, answer.reasons.get("silent") or empty), evidence,
    )  # fmt: skip


def _silent_lines(failure: SilentFailure, zone: ZoneInfo) -> list[Row]:
    told = "No ticket speaks of it"
    if failure.mentions:
        told = f"{words.plural(failure.mentions, 'ticket')} speak of these routes, no more than usual"
    return [
        _line(
            f"{_upper(_span(failure.span.start, failure.span.end, failure.going_on, zone))}. {told}.",
            "",
            f"{words.count(failure.events)} errors",
            words.count(failure.usual_events),
        ),
        _line(f"Failed for {words.plural(failure.consumers, 'consumer')}", "", "", ""),
    ]


def _phantom(answer: RadarAnswer, zone: ZoneInfo, since: str) -> RadarList:
    rows, evidence = [], {}
    for pain in answer.phantom:
        name = ", ".join(pain.words) or pain.route or pain.area
        area = pain.area or pain.route
        key = f"{pain.area}|{pain.route}|{pain.tickets[0].kind}"
        rows.append(
            _row(
                key,
                f"{area}: {name}" if area else name,
                words.day_and_clock(pain.since, zone),
                words.count(len(pain.tickets)),
                None,
                Tone.WARN if pain.rose else Tone.NEUTRAL,
                f"{_rose(pain)}, no metric moved with them",
            )
        )
        where = pain.route or "No route is named, and all of them together stood still"
        lines = [_line(f"{_upper(_rose(pain))}; {_about(pain)}.", "", "", ""), _line(where, "", "", "")]
        evidence[key] = _table([*lines, *(_ticket(v, zone) for v in reversed(pain.tickets[-_MOST_EVIDENCE:]))])
    empty = f"Around every group of alike tickets {since} some metric moved, or there are fewer than five of a kind."
    return RadarList(
        "phantom", "Phantom pain", "Reports no metric shows",
        _listed(_PHANTOM, rows, answer.reasons.get("phantom") or empty), evidence,
    )  # fmt: skip


def _rose(pain: PhantomPain) -> str:
    return "its share of all tickets rose" if pain.rose else "as many as always"


def _about(pain: PhantomPain) -> str:
    if pain.route:
        return "its route neither failed nor slowed down over its usual meanwhile"
    return "they did not come when the gateway was in trouble"


def _quiet(answer: RadarAnswer, zone: ZoneInfo, moment: Moment, since: str) -> RadarList:
    rows, evidence = [], {}
    for quiet in answer.quiet:
        share = quiet.failed / quiet.calls if quiet.calls else None
        name = quiet.customer + (f" · {quiet.segment}" if quiet.segment else "")
        rows.append(
            _row(
                quiet.customer,
                name,
                _since(quiet.span.start, quiet.going_on, zone),
                words.count(quiet.failed),
                words.share(share),
                Tone.BAD if quiet.going_on else Tone.WARN,
                f"{words.plural(len(quiet.consumers), 'consumer')} failed, {_wrote(quiet, zone)}",
            )
        )
        evidence[quiet.customer] = _table(
            [
                _line(_upper(_wrote(quiet, zone)) + ".", "", words.share(share), words.share(quiet.usual)),
                *(_consumer(name, quiet, zone, moment) for name in quiet.consumers),
            ]
        )
    note = ""
    if answer.nameless:
        note = (
            f"{words.plural(len(answer.nameless), 'consumer')} failed that no [[consumer]] of the settings names, so nobody "
            f"knows whether their owners wrote: {', '.join(answer.nameless[:5])}{' …' if len(answer.nameless) > 5 else ''}"
        )
    empty = f"Every customer whose calls failed over their usual {since} wrote about something."
    return RadarList(
        "quiet", "Quiet customers", "Failed and never wrote",
        _listed(_QUIET, rows, answer.reasons.get("quiet") or empty), evidence, note,
    )  # fmt: skip


def _wrote(quiet: QuietCustomer, zone: ZoneInfo) -> str:
    if quiet.wrote_before is None:
        return "never wrote"
    return f"wrote last {words.day_and_clock(quiet.wrote_before, zone)}, before it failed"


def _consumer(name: str, quiet: QuietCustomer, zone: ZoneInfo, moment: Moment) -> Row:
    kpi = _KPI.get(quiet.measure)
    number = None if kpi is None else Number(kpi, quiet.span.start, quiet.span.end, Slice(consumer=name), moment)
    when = _span(quiet.span.start, quiet.span.end, quiet.going_on, zone)
    return _line(f"{name} {_MEASURE[quiet.measure]}", when, "open", "", number=number)


def _trouble(told: Trouble, zone: ZoneInfo, moment: Moment) -> Row:
    kpi = _KPI.get(told.measure)
    number = None if kpi is None else Number(kpi, told.span.start, told.span.end, Slice(route=told.name), moment)
    when = _span(told.span.start, told.span.end, False, zone)
    return _line(
        f"{told.name} {_MEASURE[told.measure]}", when, words.share(told.share), words.share(told.usual), number=number
    )


def _ticket(voice: Voice, zone: ZoneInfo) -> Row:
    cells = (Cell(voice.key), Cell(words.day_and_clock(voice.at, zone)), Cell(voice.customer), Cell(""))
    return Row(voice.row_key, cells, f"ticket {voice.key} of {voice.customer or 'nobody named'}")


def _row(key: str, what: str, since: str, count: str, more: str | None, tone: Tone, said: str) -> Row:
    cells = [Cell(what, tone), Cell(since, Tone.MUTED), Cell(count)]
    if more is not None:
        cells.append(Cell(more))
    return Row(key, tuple(cells), f"{what}: {count}, {said}")


def _line(what: str, when: str, value: str, usual: str, *, number: Number | None = None) -> Row:
    tone = Tone.NEUTRAL if number is not None else Tone.MUTED
    cells = (Cell(what, tone), Cell(when, Tone.MUTED), Cell(value, number=number), Cell(usual, Tone.MUTED))
    spoken = f"{what} {when} {value}".strip()
    return Row(f"{NO_TICKET}{what}|{when}", cells, f"{spoken}, Enter opens its proof" if number is not None else spoken)


def _table(rows: list[Row]) -> TableWindow:
    return TableWindow(EVIDENCE, len(rows), 0, tuple(rows))


def _listed(columns: tuple[Column, ...], rows: list[Row], empty: str) -> TableWindow:
    return TableWindow(columns, len(rows), 0, tuple(rows), empty=empty)


def _since(start: int, going_on: bool, zone: ZoneInfo) -> str:
    return words.day_and_clock(start, zone) + ("" if going_on else " ✓")


def _span(start: int, end: int, going_on: bool, zone: ZoneInfo) -> str:
    if going_on:
        return f"since {words.day_and_clock(start, zone)}, still going on"
    return f"{words.day_and_clock(start, zone)} to {words.day_and_clock(end, zone)}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
