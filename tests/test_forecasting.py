"""A live session of ours writes a forecast an hour, with whether the exit criteria held when it was made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.desk import Desk
from console.model.change import Change
from console.model.facts import Facts, Fetched
from console.model.forecast.exit import VERSION
from console.model.moment import DAY, HOUR, MINUTE
from console.settings import from_document
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, covered, every_minute, feed, jira, launch, scrape, survey, ticket
from tests.conftest import StandingClock
from tests.fresh import created

NOW = T0 + 4 * DAY


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes()
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, lanes: Lanes) -> Iterator[Desk]:
    clock = StandingClock(NOW)
    made = Desk(created(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), list[Change]().append)
    document = launch(scrape("edge"), jira(), feed(), live=T0, baseline={"kind": "fixed", "per_day": 5.0})
    for source in document["source"]:
        source["paused"] = True
    settings = from_document(document)
    lanes.write(made.save_settings, settings).result()
    yield made
    made.close()


def appended(desk: Desk, lanes: Lanes, facts: Facts, now: int) -> None:
    """An answer of a source comes in, and what follows from it is done."""
    desk._clock._now = now  # type: ignore[attr-defined]
    lanes.write(desk.append, [(PollRow("jira", now, now, "good"), Fetched(facts))]).result()
    lanes.analysis(int).result()
    lanes.write(int).result()


def history() -> Facts:
    facts = Facts(covered=[covered(name, T0, NOW) for name in ("edge", "jira", "feed")])
    facts.traffic += every_minute(T0, NOW, 100)
    facts.ticket_event += ticket("A-1", NOW - HOUR, "P1")
    facts.survey += [survey(i, 5.0, T0 + i * HOUR) for i in range(80)]
    return facts


def counted(desk: Desk, table: str) -> int:
    return int(desk.reader().rows(f"SELECT count(*) FROM {table}")[0][0])


@pytest.mark.thorough
def test_an_hour_of_answers_is_one_forecast(desk: Desk, lanes: Lanes) -> None:
    lanes.write(desk.decide, "waive", "response_time", "2027-01-01T00:00:00Z").result()
    appended(desk, lanes, history(), NOW - 5 * MINUTE)
    assert counted(desk, "judgement") == 0
    appended(desk, lanes, Facts(), NOW)
    appended(desk, lanes, Facts(), NOW + 30 * MINUTE)
    assert counted(desk, "judgement") == 1
    rows = desk.reader().rows(
        "SELECT epoch_us(happened_at), epoch_us(day), probability, version FROM forecast ORDER BY day"
    )
    assert len(rows) == 14 and {row[0] for row in rows} == {NOW} and {row[3] for row in rows} == {VERSION}
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)
    assert rows[0][1] > NOW and rows[1][1] - rows[0][1] == DAY
    ready, missing = desk.reader().rows("SELECT ready, missing FROM judgement")[0]
    assert not ready and "p1_resolved" in missing and "response_time" not in missing
    appended(desk, lanes, Facts(), NOW + HOUR)
    assert counted(desk, "judgement") == 2


def test_an_unknown_forecast_is_not_written_but_the_judgement_is(desk: Desk, lanes: Lanes) -> None:
    appended(desk, lanes, history(), NOW - 5 * MINUTE)
    appended(desk, lanes, Facts(), NOW)
    assert desk.forecast().unknown.startswith("Unknown: Response time")
    assert counted(desk, "forecast") == 0 and counted(desk, "judgement") == 1


@pytest.mark.thorough
def test_the_command_and_the_card_say_the_same(desk: Desk, lanes: Lanes) -> None:
    lanes.write(desk.decide, "waive", "response_time", "2027-01-01T00:00:00Z").result()
    appended(desk, lanes, history(), NOW)
    row, figure = desk.forecast_row(), desk.forecast()
    assert [bar.share for bar in figure.bars] == [day["probability"] for day in row["days"]][:12]
    assert any(line.text == "If A-1 closes today" for line in figure.what_ifs)
