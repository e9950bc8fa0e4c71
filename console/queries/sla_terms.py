"""What SLA clocks are judged by at a moment, and how it is written into a statement that any DuckDB runs."""

from __future__ import annotations

from datetime import date

from console.model.calendar import ALWAYS, Calendar, pieces
from console.model.moment import SECOND
from console.model.sla import Agreement
from console.queries.reader import Reader
from console.settings import agreement as settings_agreement
from console.store.columns import repr_text

_TARGETS = (
    "STRUCT(place INTEGER, policy VARCHAR, clock VARCHAR, seconds BIGINT, calendar VARCHAR, severities VARCHAR[], "
    "segments VARCHAR[], kinds VARCHAR[], sources VARCHAR[], pause_on VARCHAR[])[]"
)
_PIECES = 'STRUCT(calendar VARCHAR, "from" BIGINT, "to" BIGINT, "offset" BIGINT)[]'
_HOURS = 'STRUCT(calendar VARCHAR, weekday BIGINT, "from" BIGINT, "to" BIGINT)[]'
_HOLIDAYS = "STRUCT(calendar VARCHAR, day DATE)[]"


def agreement(reader: Reader) -> Agreement:
    """The targets, calendars and ladder as set at the moment."""
    if "agreement" not in reader.answers:
        reader.answers["agreement"] = settings_agreement(reader.settings, str(reader.zone))
    found: Agreement = reader.answers["agreement"]
    return found


def terms(reader: Reader, agreed: Agreement, oldest: int) -> dict[str, str]:
    """The fields of what the SLA macros judge by, each as a literal. ``oldest``: the earliest creation, in instants."""
    first, last = agreed.range_for(oldest // SECOND, reader.at // SECOND)
    used = {t.calendar for t in agreed.targets if t.seconds is not None} - {ALWAYS}
    calendars = [agreed.calendars[name] for name in sorted(used)]
    return {
        "targets": _targets(agreed),
        "pieces": f"[{', '.join(_pieces(c, first, last) for c in calendars)}]::{_PIECES}",
        "hours": f"[{', '.join(text for c in calendars for text in _hours(c))}]::{_HOURS}",
        "holidays": f"[{', '.join(text for c in calendars for text in _holidays(c, first, last))}]::{_HOLIDAYS}",
        "first": f"DATE '{first.isoformat()}'",
        "last": f"DATE '{last.isoformat()}'",
    }


def written(reader: Reader) -> str:
    """The two arguments of ``sla_clocks`` for the reader's moment: where it stands, and what is judged by."""
    if "sla" not in reader.answers:
        row = reader.one(
            "SELECT epoch_us(least(min(happened_at), min(try_cast(new AS TIMESTAMP)) FILTER (WHERE field = 'created_at'))) "
            "FROM (SELECT field, new, happened_at FROM ticket_event UNION ALL SELECT field, new, happened_at FROM decided_change)"
        )
        oldest = int(row[0]) if row and row[0] else reader.at
        parts = terms(reader, agreement(reader), min(oldest, reader.at))
        judged = ", ".join(f"'{name}': {literal}" for name, literal in parts.items())
        reader.answers["sla"] = f"{reader.moment_sql[:-1]}, 'now': {reader.at // SECOND}}}, {{{judged}}}"
    return str(reader.answers["sla"])


def _targets(agreed: Agreement) -> str:
    rows = []
    for place, t in enumerate(agreed.targets):
        lists = ", ".join(
            f"'{name}': {_texts(values)}"
            for name, values in (
                ("severities", t.severities), ("segments", t.segments), ("kinds", t.kinds), ("sources", t.sources),
                ("pause_on", t.pause_on),
            )
        )  # fmt: skip
        seconds = "NULL" if t.seconds is None else str(t.seconds)
        rows.append(
            f"{{'place': {place}, 'policy': {repr_text(t.policy)}, 'clock': '{t.clock.value}', 'seconds': {seconds}, "
            f"'calendar': {repr_text(t.calendar)}, {lists}}}"
        )
    return f"[{', '.join(rows)}]::{_TARGETS}"


def _texts(values: tuple[str, ...]) -> str:
    return f"[{', '.join(repr_text(v) for v in values)}]::VARCHAR[]"


def _pieces(calendar: Calendar, first: date, last: date) -> str:
    return ", ".join(
        f"{{'calendar': {repr_text(calendar.name)}, 'from': {p.start}, 'to': {p.end}, 'offset': {p.offset}}}"
        for p in pieces(calendar.zone, first, last)
    )


def _hours(calendar: Calendar) -> list[str]:
    return [
        f"{{'calendar': {repr_text(calendar.name)}, 'weekday': {day}, 'from': {from_}, 'to': {to}}}"
        for day, hours in enumerate(calendar.hours, 1)
        for from_, to in hours
    ]


def _holidays(calendar: Calendar, first: date, last: date) -> list[str]:
    return [
        f"{{'calendar': {repr_text(calendar.name)}, 'day': DATE '{day.isoformat()}'}}"
        for day in sorted(calendar.holidays)
        if first <= day < last
    ]
