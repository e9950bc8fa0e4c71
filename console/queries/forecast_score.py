"""What became of the forecasts that were written down: each against whether the exit came by the day it spoke of.

A day is resolved when it has passed and the criteria were judged near its end or an exit came before; days on which nobody
looked say nothing. Of each day's forecasts the last one counts, so that a console left running is not scored by its hours.
"""

from __future__ import annotations

from console.model.forecast.exit import VERSION
from console.model.forecast.score import Due, Score, score
from console.model.moment import HOUR, to_datetime
from console.queries.decisions import decided
from console.queries.reader import Reader

_WATCHED = 6 * HOUR


def ask(reader: Reader) -> Score:
    """Of the model in use, as known at the moment."""
    return score(due(reader))


def due(reader: Reader) -> list[Due]:
    """The forecasts that have come due, oldest first."""
    bound = f"happened_at <= make_timestamp({reader.at}) AND known_at <= {reader.known_sql}"
    made = reader.rows(
        "SELECT epoch_us(happened_at), epoch_us(day), probability FROM forecast "
        f"WHERE {bound} AND version = {VERSION} AND day <= make_timestamp({reader.at}) ORDER BY happened_at, day"
    )
    judged = reader.rows(f"SELECT epoch_us(happened_at), ready FROM judgement WHERE {bound} ORDER BY happened_at")
    exits = sorted([at for at, ready in judged if ready] + [d.at for d in decided(reader, "exit")])
    looked = [at for at, _ in judged]
    last: dict[tuple[int, int], int] = {}
    for at, day, _ in made:
        last[_date(reader, at), day] = at
    found = []
    for at, day, probability in made:
        if last[_date(reader, at), day] != at:
            continue
        came = any(at <= instant <= day for instant in exits)
        if came or any(day - _WATCHED <= instant <= day + _WATCHED for instant in looked):
            found.append(Due(at, day, float(probability), came))
    return found


def _date(reader: Reader, instant: int) -> int:
    return to_datetime(instant).astimezone(reader.zone).toordinal()
