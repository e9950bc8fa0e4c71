"""The samples of alert rules: each signal by the way that tells it, minute by minute."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from console.model.alert_rules import LEVELS_OF_MACHINES, TICKET_KPIS, Rule, Signal
from console.model.alert_watch import unknown_samples
from console.model.moment import MINUTE, SECOND, Span, merge
from console.model.rolling import Bools
from console.queries import alert_asked, alert_levels
from console.queries import alert_ticket_samples as of_tickets
from console.queries.alert_asked import Asked
from console.queries.alert_calls import Calls
from console.queries.alert_minutes import Family, Minutes
from console.queries.kpi import sources_of
from console.queries.kpi_file import Kpi
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf


class Sampler:
    """Asks for whole minutes [start, end). ``periods``: seconds between two polls, by source."""

    def __init__(self, reader: Reader, shelf: TicketShelf, periods: Mapping[str, float], start: int, end: int) -> None:
        self._reader, self._shelf = reader, shelf
        self._minutes = Minutes(reader, periods, start, end)
        self._calls = Calls(self._minutes)

    def family(self, rule: Rule, asked: Asked | None = None) -> Family:
        """The series a rule watches. ``asked``: what its KPI came to at earlier steps, for who samples minute after minute."""
        if rule.asked:
            return self._asked(rule, {} if asked is None else asked)
        match rule.signal:
            case Signal.ABSENT:
                return self._silence
            case Signal.GAUGE:
                return alert_levels.gauges(self._minutes, rule.what, rule.by)
            case Signal.MEASURE:
                return alert_levels.measures(self._minutes, rule.what, rule.by)
            case Signal.TICKETS:
                return self._tickets(rule)
        if rule.what in LEVELS_OF_MACHINES:
            return alert_levels.gauges(self._minutes, rule.what, rule.by)
        return self._tickets(rule) if rule.what in TICKET_KPIS else self._calls.family(rule)

    @cached_property
    def _silence(self) -> Family:
        return alert_levels.silence(self._minutes)

    def _tickets(self, rule: Rule) -> Family:
        covered = of_tickets.told(self._reader, self._minutes.periods)
        known = self._minutes.covered(covered)
        why = "" if covered else "No source tells tickets; connect one in Sources."
        series = of_tickets.series(self._reader, self._shelf, rule, self._minutes.start, known, covered)
        return Family(self._minutes.start, known, dict(series), why)

    def _asked(self, rule: Rule, asked: Asked) -> Family:
        if not self._minutes.count:
            return Family(self._minutes.start, np.zeros(0, np.bool_), {})
        span = Span(self._minutes.start, self._minutes.end)
        samples, why = alert_asked.series(self._reader, self._shelf, rule, self._told, span, asked)
        if samples is None:
            return Family(
                self._minutes.start,
                np.zeros(self._minutes.count, np.bool_),
                {(): unknown_samples(self._minutes.start, self._minutes.count, share=False)},
                why,
            )
        return Family(self._minutes.start, samples.known, {(): samples}, why)

    def _told(self, kpi: Kpi, spans: list[Span]) -> Bools:
        """Where a KPI's sources speak. Only after two of its periods is one late that is asked now and then; of calls every
        minute is told for itself."""
        if kpi.feeds in ("gateway", "latency", "availability"):
            return self._minutes.covered(spans)
        slowest = max((self._minutes.periods.get(name, 60.0) for name in sources_of(self._reader, kpi)), default=60.0)
        late = round(2 * slowest * SECOND) + MINUTE
        return self._minutes.covered(merge([Span(s.start, s.end + late) for s in spans]))
