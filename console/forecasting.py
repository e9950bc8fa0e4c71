"""The desk's part that forecasts the exit, and keeps what it forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from console.model.forecast.exit import VERSION
from console.model.moment import LIVE, Moment
from console.ports import Clock
from console.present import forecast as present_forecast
from console.present.forecast_figures import ForecastFigure
from console.queries import forecast as forecast_query
from console.queries import forecast_score
from console.queries.forecast import ForecastAnswer
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.store import forecasts
from console.store.session import Session
from console.work.forecasts import ForecastKeeper
from console.work.lanes import Lanes

_KEPT_DAYS = 14


class Forecasting:
    """Mixed into ``ReadingDesk``. Any thread but the GUI's; meant for the analysis lane."""

    _tickets: TicketShelf

    if TYPE_CHECKING:

        def reader(self, moment: Moment = LIVE) -> Reader: ...

    def forecast(self, moment: Moment = LIVE) -> ForecastFigure:
        """The forecast as it was or would have been made at the moment, and how past ones did."""
        reader = self.reader(moment)
        return present_forecast.word(forecast_query.ask(reader, self._tickets), forecast_score.ask(reader))

    def forecast_row(self, moment: Moment = LIVE) -> dict[str, Any]:
        """As the ``forecast`` command prints it."""
        reader = self.reader(moment)
        return forecast_query.as_row(forecast_query.ask(reader, self._tickets), forecast_score.ask(reader))

    def forecast_answer(self, moment: Moment = LIVE) -> ForecastAnswer:
        return forecast_query.ask(self.reader(moment), self._tickets)


def keeper(
    desk: Forecasting, session: Session, connection: duckdb.DuckDBPyConnection, lanes: Lanes, clock: Clock
) -> ForecastKeeper:
    """Writes a forecast an hour. ``connection`` is the write lane's."""

    def keep(answer: ForecastAnswer) -> None:
        missing = ",".join(c.criterion for c in answer.criteria if c.state not in ("met", "waived"))
        now = clock.now()
        forecasts.keep_judgement(session, connection, answer.at, answer.ready_now, missing, now)
        outcome = answer.forecast.outcome
        if outcome is not None and not answer.ready_now:
            days = list(zip(answer.ends, outcome.probability, strict=True))[:_KEPT_DAYS]
            forecasts.keep(
                session, connection, answer.at, days, answer.forecast.binding, answer.forecast.seed, VERSION, now
            )

    return ForecastKeeper(lanes, desk.forecast_answer, keep, lambda: forecasts.last_judged(connection))
