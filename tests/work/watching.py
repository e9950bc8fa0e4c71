"""A session whose minutes pass: facts come in time, and the alert rules are evaluated as they would be live."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import Any, cast

from console.model.alert_watch import Told
from console.model.change import Change
from console.model.facts import Facts
from console.model.grouping import Notice
from console.model.moment import MINUTE, SECOND, Span, minute_of
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.store import alert_log
from console.work.alerting import Alerting
from console.work.lanes import Lanes
from tests.builders import Bench, covered


class _HereAndNow:
    """Lanes that run a job where it stands."""

    def write(self, job: Callable[..., Any], *arguments: Any) -> concurrent.futures.Future[Any]:
        done: concurrent.futures.Future[Any] = concurrent.futures.Future()
        done.set_result(job(*arguments))
        return done


class Watching:
    """``evaluate`` judges what is ripe; ``pass_minutes`` brings the facts of minutes in time."""

    def __init__(self, made: Bench, periods: dict[str, float] | None = None) -> None:
        self.made = made
        self._periods = periods or {"edge": 15.0}
        self.notices: list[Notice] = []
        self.told: list[Told] = []
        self.changed: list[Change] = []
        self.disk_full = False
        self.alerting = self.anew()

    def anew(self) -> Alerting:
        """As after a restart: nothing is remembered but what is in the session."""
        here = cast(Lanes, _HereAndNow())
        self.alerting = Alerting(here, self, self.made.clock, self.changed.append, TicketShelf())
        return self.alerting

    def reader(self) -> Reader:
        return self.made.reader()

    def periods(self) -> dict[str, float]:
        return self._periods

    def filling(self, *, tickets: bool = False) -> bool:
        return False

    def record_alerts(self, told: list[Told], notices: list[Notice], judged: Span, rules: int) -> None:
        if self.disk_full:
            raise OSError("the disk is full")
        self.told += told
        now = self.made.clock.now()
        alert_log.record(self.made.session, self.made.write, told, notices, judged, rules, now)

    def evaluate(self) -> list[Notice]:
        given = self.alerting.evaluate()
        self.notices += given
        return given

    def pass_minutes(self, count: int, facts: Callable[[int], Facts | None]) -> None:
        """``facts`` of a minute; None: the source says nothing about it. Known five seconds after the minute."""
        for _ in range(count):
            minute = minute_of(self.made.clock.now())
            self.made.clock.forward((minute + MINUTE + 5 * SECOND - self.made.clock.now()) / SECOND)
            told = facts(minute)
            if told is not None:
                told.covered.append(covered("edge", minute, minute + MINUTE))
                self.made.answer("edge", told)
