"""The forecast of the exit: 2 000 futures of 30 days with their what-ifs, alone and from the facts of a large session."""

from __future__ import annotations

from console.model.forecast.exit import FUTURES, Forecast, Futures, forecast
from console.queries.criteria import ask as ask_criteria
from console.queries.forecast import SEED, day_ends, standing
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from tests.bench import large
from tests.bench.figure import Figure, of_runs, timed
from tests.model.forecast.worlds import World

_TIMES = 9


def _asked(reader: Reader, shelf: TicketShelf) -> Forecast:
    """As the card asks, without the criteria that this session cannot judge (it has no baseline, flows and surveys)."""
    told = tuple(c for c in ask_criteria(reader, shelf) if c.value is not None or c.unit == "signed")
    return forecast(standing(reader, shelf, told, day_ends(reader)), SEED)


def measure() -> list[Figure]:
    standings = [World(seed).standing() for seed in (5, 13, 21)]
    alone = [run for made in standings for run in timed(lambda made=made: Futures(made, 1).outcome(), _TIMES)]  # type: ignore[misc]
    whole = [run for made in standings for run in timed(lambda made=made: forecast(made, 1), _TIMES)]  # type: ignore[misc]
    with large.desk() as desk:
        shelf = TicketShelf()
        asked = timed(lambda: _asked(desk.reader(), shelf), 5)
    return [
        of_runs("forecast, futures alone", "ms", alone, note=f"{FUTURES} futures of 30 days, three launches"),
        of_runs("forecast with what-ifs", "ms", whole, 300, note=f"{FUTURES} futures, up to four what-ifs"),
        of_runs("forecast asked of a large session", "ms", asked, 300,
                note="with reading its standing: 14 d × 200 routes, 100 000 tickets"),
    ]  # fmt: skip
