"""Samples of the KPIs that are not told by the minute: each is asked over its window as of every step, and stands until the
next one.

The steps lie at fixed instants, so that a rule is asked the same live and in a back-test; as of a step means that nothing
which happened later is there yet, whatever it changed of the past. What is asked is the KPI itself, with the statement that
its proof shows.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from console.model.alert_rules import Rule, Way
from console.model.alert_watch import Samples
from console.model.errors import QuestionError
from console.model.moment import MINUTE, Moment, Span, iso
from console.model.number import Slice
from console.model.rolling import Bools, Floats
from console.queries import answer_versions, ticket_versions
from console.queries.alert_by_minutes import AT_LEAST, READ_TOGETHER, rows
from console.queries.catalogue import Kpi, catalogue
from console.queries.kpi import KpiAnswer, ask, coverage_by, frame, judge, nothing, standing_for, unfit
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.statement import CLOCKS

MOST_ASKED = 4032
"""Steps that are asked at once, the newest: two weeks of 5 minutes, six of a quarter of an hour."""
_PATIENCE_S = 20.0
"""For all steps of a user's own KPI together: nobody knows what its statement takes. The newest are asked first."""
_TICKETS = "tickets_at($moment)"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a KPI came to at a step. ``sure``: the bound of its interval that a rule compares, else the value."""

    value: float
    sure: float
    n: int
    few: str


Known = Callable[[Kpi, list[Span]], Bools]
"""Which minutes of the span a KPI's sources speak for."""
Asked = dict[int, Answered]
"""By the instant of the step. Whoever judges minute after minute hands the same one in again: a step is asked once."""


def series(
    reader: Reader, shelf: TicketShelf, rule: Rule, known: Known, span: Span, asked: Asked
) -> tuple[Samples | None, str]:
    """The minutes of ``span``, and why nothing can be known of them ('' where something is). Steps that are not in ``asked``
    are asked and left there."""
    try:
        kpi = catalogue(guard=reader.guard).get(rule.what)
    except QuestionError as error:
        return None, error.message
    part = Slice(severity=rule.only or None)
    spans, sources = coverage_by(reader, kpi)
    refused = unfit(kpi, part) or ("" if sources else nothing(kpi, sources))
    if refused:
        return None, refused
    covered = known(kpi, spans)
    step = rule.step * MINUTE
    first = span.start - span.start % step
    places = (span.start - first + np.arange(len(covered), dtype=np.int64) * MINUTE) // step
    wanted = [first + place * step for place in np.unique(places[covered]).tolist()][-MOST_ASKED:]
    for old in [at for at in asked if at < first]:
        del asked[old]
    why = _ask(reader, shelf, rule, kpi, part, [at for at in wanted if at not in asked], asked)
    return _samples(rule, span, covered, [asked.get(first + place * step) for place in range(int(places[-1]) + 1)], places), (
        why or _nowhere([asked[at] for at in wanted if at in asked])
    )  # fmt: skip


def _ask(
    reader: Reader, shelf: TicketShelf, rule: Rule, kpi: Kpi, part: Slice, missing: list[int], asked: Asked
) -> str:
    """Returns why the rest was not asked, '' when all was."""
    if not missing:
        return ""
    step, window = rule.step * MINUTE, rule.window * MINUTE
    if kpi.name in READ_TOGETHER and not kpi.own:
        counts = standing_for(reader, kpi)
        for at, row in zip(missing, rows(counts, kpi.name, missing, window), strict=True):
            where = frame(_as_of(counts, at), kpi, at - window, at, part)
            asked[at] = _answered(rule, kpi, judge(where, "", row) if not where.refused else where.refused)
            least = row.get(AT_LEAST, 0.0)
            if not where.refused and row["value"] is None and rule.way is Way.BELOW and least >= rule.limit:
                # The value is nowhere, and beyond the limit all the same: the trouble is over.
                asked[at] = Answered(least, least, 0, "")
        return ""
    versions = None
    if _TICKETS in kpi.sql and CLOCKS not in kpi.sql:
        count = (missing[-1] - missing[0]) // step + 1
        versions = ticket_versions.fill(reader, shelf, missing[0], step, count, kpi.sql)
    answered = any(name in kpi.sql for name in answer_versions.NAMES)
    if answered:
        answer_versions.fill(reader, missing[-1])
    began = time.monotonic()
    for at in reversed(missing):
        if kpi.own and time.monotonic() - began > _PATIENCE_S:
            return (
                f"Your KPI {kpi.name} takes long: it was asked from {iso(at + step)} on; make its statement read less."
            )
        tickets = None if versions is None else versions.at((at - missing[0]) // step)
        then = replace(kpi, sql=answer_versions.at(kpi.sql, at)) if answered else kpi
        try:
            answer = ask(_as_of(reader, at), then, at - window, at, part, tickets, interval=False)
        except QuestionError as error:
            # What failed once is not tried again for every minute that the step stands for.
            asked[at] = Answered(math.nan, math.nan, 0, error.message)
            return error.message
        asked[at] = _answered(rule, kpi, answer)
    return ""


def _as_of(reader: Reader, at: int) -> Reader:
    """The reader of an instant that lies before its own: what is covered, set and rolled up is known to both."""
    twin = copy.copy(reader)
    twin.__dict__.pop("judged", None)
    twin.moment, twin.at, twin.answers = Moment(at, reader.moment.known), at, {}
    return twin


def _answered(rule: Rule, kpi: Kpi, answer: KpiAnswer | str) -> Answered:
    """``answer``: a text where it was refused."""
    if isinstance(answer, str):
        return Answered(math.nan, math.nan, 0, answer)
    if answer.value is None:
        return Answered(math.nan, math.nan, answer.n, answer.why)
    few = ""
    if kpi.method != "none" and answer.n < rule.least:
        few = f"Only {answer.n} of at least {rule.least} needed."
    bound = answer.high if rule.way is Way.BELOW else answer.low
    sure = answer.value if bound is None or rule.way not in (Way.ABOVE, Way.BELOW) else bound
    return Answered(answer.value, sure, answer.n, few)


def _samples(
    rule: Rule, span: Span, covered: Bools, steps: list[Answered | None], places: NDArray[np.int64]
) -> Samples:
    def spread(values: list[float]) -> Floats:
        return np.array(values, np.float64)[places]

    told = covered & np.array([one is not None for one in steps])[places]
    value = spread([math.nan if one is None else one.value for one in steps])
    sure = spread([math.nan if one is None else one.sure for one in steps])
    thin = told & np.array([one is not None and bool(one.few) for one in steps])[places]
    # What is usual is learnt from each answer once, wherever the span begins.
    fresh = told & ((span.start // MINUTE + np.arange(len(covered))) % rule.step == 0)
    return Samples(
        span.start, told, np.where(told, value, np.nan), fresh=fresh, sure=np.where(told, sure, np.nan), thin=thin
    )


def _nowhere(answers: list[Answered]) -> str:
    """Why no step gave a number, '' when one did."""
    return answers[-1].few if answers and all(one.few for one in answers) else ""
