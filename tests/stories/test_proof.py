"""Two hundred numbers, read off the screens as they are drawn: each shown statement, run by a plain database on the file,
gives exactly the shown value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from console.desk import ReadingDesk
from console.model.errors import QuestionError
from console.model.moment import DAY, HOUR, LIVE, MINUTE, SECOND, Known, Moment
from console.model.number import Number, from_link
from console.present import words
from console.present.figures import Cell, Curve
from console.present.tone import GLYPH, Tone
from console.queries.catalogue import catalogue
from console.queries.kpi import KpiAnswer, ask
from console.queries.reader import Reader
from console.store import session as sessions
from console.store.session import SystemClock
from tests.stories.launched import LATE_FROM, LATE_TO, NOW, SET_UP, launched

_A_CURVE = 2
"""Points taken of each curve: its ends, where a bucket may be cut."""


@dataclass(frozen=True)
class Seen:
    """A number on a screen: ``value`` is what a curve draws there, ``text`` what is written, for whatever bears it."""

    number: Number
    value: float | None = None
    text: str = ""
    where: str = ""


def seen_on(figure: Any) -> Iterator[Seen]:
    """Every number below a figure, whichever screen it is of."""
    match figure:
        case Curve(buckets=buckets, kpi=kpi) if buckets is not None and kpi:
            known = np.flatnonzero(np.isfinite(figure.ys))
            spread = known[np.linspace(0, len(known) - 1, _A_CURVE).astype(int)] if len(known) else []
            for index in dict.fromkeys(spread):
                number = buckets.number(kpi, int(index))
                yield Seen(number, value=float(figure.ys[index]), where=f"{figure.name} at {figure.xs[index]:.0f}")
        case Cell(number=Number() as number):
            yield Seen(number, text=figure.text)
        case _ if isinstance(getattr(figure, "number", None), Number):
            # A tile, a criterion, whatever bears a number beside its value and a title.
            yield Seen(figure.number, text=figure.value, where=figure.title)
        case tuple() | list():
            for part in figure:
                yield from seen_on(part)
        case _ if is_dataclass(figure) and not isinstance(figure, type):
            for field in fields(figure):
                yield from seen_on(getattr(figure, field.name))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return launched(tmp_path_factory.mktemp("proof") / "launch.hypercare")


@pytest.fixture(scope="module")
def desk(file: Path) -> Iterator[ReadingDesk]:
    made = ReadingDesk(sessions.open_foreign(file), SystemClock())
    yield made
    made.close()


@pytest.fixture(scope="module")
def plain(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Any DuckDB: nothing of ours but what lies in the file."""
    with duckdb.connect(str(file), read_only=True) as found:
        yield found


def screens(desk: ReadingDesk) -> Iterator[Any]:
    """The figures of the screens at several moments and zooms."""
    back = Moment(NOW - 3 * HOUR - 17 * SECOND, Known.NOW)
    then = Moment(LATE_TO + 20 * MINUTE, Known.THEN)
    now = Moment(LATE_TO + 20 * MINUTE, Known.NOW)
    for moment, zoom in (
        (LIVE, None),
        (LIVE, (NOW - 6.3 * DAY, NOW)),
        (LIVE, (NOW - 2 * HOUR - 0.3 * SECOND, NOW - HOUR + 0.7 * SECOND)),
        (LIVE, (SET_UP - 2 * HOUR, SET_UP + 2 * HOUR)),
        (back, None),
        (then, None),
        (now, (LATE_FROM - HOUR, LATE_TO + HOUR)),
    ):
        span = None if zoom is None else (zoom[0] / SECOND, zoom[1] / SECOND)
        yield desk.command(moment, 21_600, 400, span)
        if zoom is None:
            yield desk.exit(moment)


def rest_of(desk: ReadingDesk) -> Iterator[Any]:
    """The Numbers screen: a cell for each number, and for each part of some."""
    yield desk.numbers.numbers(LIVE, "day")
    for name, by in (("error_rate_5xx", "route"), ("backlog", "severity"), ("mtta", "severity"), ("opened", "area")):
        yield desk.numbers.kpi(LIVE, name, "day", by)


def shown_as(answer: KpiAnswer, value: float | None) -> set[str]:
    """How the value of a statement may be written where the answer stands."""
    if value is None or answer.value is None:
        return {"?", "unknown"}
    told = words.value_of(answer.unit, value)
    return {told, words.count(value), f"{told}{words.SPACE}a day", f"{GLYPH[Tone.BAD]} {told}"}


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_each_shown_statement_gives_exactly_the_shown_value(
    desk: ReadingDesk, plain: duckdb.DuckDBPyConnection
) -> None:
    checked: dict[str, int] = {}
    readers: dict[Moment, Reader] = {}
    for figure in [*screens(desk), *rest_of(desk)]:
        for seen in seen_on(figure):
            number = seen.number
            assert not number.moment.live, seen
            if not number.kpi:
                continue
            reader = readers.setdefault(number.moment, desk.reader(number.moment))
            answer = ask(reader, catalogue().get(number.kpi), number.start, number.end, number.part)
            found = plain.execute(answer.sql)
            names = [column[0] for column in found.description or []]
            rows = found.fetchall()
            row = dict(zip(names, rows[0], strict=True)) if rows else {}
            if seen.value is not None:
                # Curves of durations are drawn in hours.
                drawn = row["value"] * (1 / 3600) if answer.unit == "s" else row["value"]
                assert row["value"] == answer.value and drawn == seen.value, seen
            else:
                # A tile of a duration shows the median, and says so in its title.
                column = "median" if "median" in seen.where else "value"
                assert seen.text in shown_as(answer, row.get(column)), (seen, row)
                assert answer.value is None or row["value"] == answer.value, seen
            checked[number.kpi] = checked.get(number.kpi, 0) + 1
    assert sum(checked.values()) >= 200, checked
    assert {
        "error_rate_5xx",
        "latency_p99",
        "throughput",
        "backlog",
        "opened",
        "resolved",
        "availability",
        "csat",
    } <= set(checked), checked


@pytest.mark.thorough
def test_the_proof_of_every_criterion_says_how_it_was_judged_and_counts_the_same(
    desk: ReadingDesk, plain: duckdb.DuckDBPyConnection
) -> None:
    judged = {line["criterion"]: line for line in desk.check(LIVE)}
    rows = list(seen_on(desk.exit(LIVE)))
    proven = set()
    assert {seen.number.criterion for seen in rows} == set(judged)
    for seen in rows:
        proof = desk.proof(seen.number)
        criterion = judged[seen.number.criterion]
        assert proof.judged and proof.facts, seen
        if proof.sql:
            proven.add(seen.number.criterion)
            found = plain.execute(proof.sql).fetchone()
            assert found is not None and repr(found[0]) == proof.exact, seen
            assert criterion["criterion"] == "known_issues" or found[0] == pytest.approx(criterion["value"]), seen
            assert desk.proof_rows(proof.number, 0, 100).total > 0, seen
    assert proven >= {"uptime", "p1_resolved", "p2_resolved", "error_rate_5xx", "response_time", "csat", "known_issues"}


@pytest.mark.thorough
def test_a_signature_is_proven_by_who_gave_it_when_and_on_what(desk: ReadingDesk) -> None:
    number = next(s.number for s in seen_on(desk.exit(LIVE)) if s.number.criterion == "handover")
    proof = desk.proof(number)
    assert any("operations signed" in deed and "https://wiki.example.com/handover" in deed for deed in proof.deeds)
    assert desk.proof_rows(proof.number, 0, 100).total == 0


def test_a_live_number_stays_what_it_was_and_its_link_opens_it_again(desk: ReadingDesk) -> None:
    live = Number("error_rate_5xx", NOW - HOUR, NOW)
    proof = desk.proof(live)
    session, again = from_link(proof.link)
    assert (session, again) == (desk.session_id, proof.number)
    assert again.moment.known is Known.THEN and again.moment.at is not None
    assert desk.proof(again) == proof


def test_what_was_learnt_late_is_late_in_the_strip_and_missing_as_known_then(desk: ReadingDesk) -> None:
    window = (LATE_FROM - HOUR, LATE_TO + HOUR)
    now = desk.proof(Number("throughput", *window, moment=Moment(NOW, Known.NOW)))
    then = desk.proof(Number("throughput", *window, moment=Moment(LATE_TO + 29 * MINUTE, Known.THEN)))
    assert "40\u00a0min late" in now.coverage and "missing" not in now.coverage
    assert "40\u00a0min missing" in then.coverage


def test_a_link_about_what_does_not_exist_says_so(desk: ReadingDesk) -> None:
    with pytest.raises(QuestionError, match="error_rate_5xx"):
        desk.proof(Number("error_rate_5x", NOW - HOUR, NOW).pinned(NOW))
