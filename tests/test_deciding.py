"""A person's act is checked before it is written, because it can never be mended afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.desk import Desk
from console.model.change import Change
from console.model.errors import QuestionError, SettingsError
from console.model.facts import Facts, Fetched
from console.model.moment import LIVE
from console.settings import from_document
from console.store import settings_log
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, on_write_lane, ticket, traffic
from tests.conftest import StandingClock
from tests.fresh import created


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock, lanes, told = StandingClock(T0), Lanes(), list[Change]()
    made = Desk(created(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), told.append)
    lanes.write(made.save_settings, from_document({"me": {"name": "ann"}})).result()
    facts = Facts(ticket_event=[*ticket("A-1", T0), *ticket("B-1", T0), *ticket("B-1", T0, source="other")])
    lanes.write(made.append, [(PollRow("jira", T0, T0, "good"), Fetched(facts))]).result()
    on_write_lane(made, lanes, "append", "cursor_of", "decide", "save_settings")
    yield made
    made.close()
    lanes.close()


def written(desk: Desk) -> list[tuple[str, str, str]]:
    return desk.reader().rows("SELECT act, subject, value FROM decision ORDER BY known_at")


@pytest.mark.parametrize(
    ("act", "subject", "value", "says"),
    [
        ("aknowledge", "jira:A-1", "", '"acknowledge"'),
        ("acknowledge", "jira:A-9", "", "no ticket"),
        ("acknowledge", "B-1", "", "ambiguous"),
        ("acknowledge", " ", "", "subject"),
        ("sign_off", "documantation", "https://wiki", '"documentation"'),
        ("sign_off", "handover", "", "artefact"),
        ("waive", "uptime", "", "end"),
        ("waive", "uptime", "tomorrow", "ISO"),
        ("waive", "uptme", "2026-12-01", '"uptime"'),
        ("release", "3.0.5", "noon", "ISO"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_written(
    desk: Desk, act: str, subject: str, value: str, says: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        desk.decide(act, subject, value)
    assert says in caught.value.message
    assert written(desk) == [] and desk.check(LIVE)


def test_a_bare_key_is_written_with_its_source_and_an_instant_in_one_spelling(desk: Desk) -> None:
    desk.decide("acknowledge", "A-1")
    desk.decide("waive", "uptime", "2026-12-01 10:00+01:00")
    assert written(desk) == [("acknowledge", "jira:A-1", ""), ("waive", "uptime", "2026-12-01T09:00:00Z")]


def test_a_fault_of_the_summing_does_not_make_an_answer_count_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("console.desk._ROLL_UP_EVERY_ROWS", 0)
    monkeypatch.setattr("console.desk.rollup.roll_up", broken)
    answer = (PollRow("edge", T0, T0, "good"), Fetched(Facts(traffic=[traffic(T0, 1)]), b"1"))
    assert desk.append([answer]) & Change.TRAFFIC
    assert desk.cursor_of("edge") == b"1"


def test_a_target_whose_kpi_is_gone_holds_up_no_other_change(desk: Desk) -> None:
    gone = from_document({"targets": {"mine": 3.0}})
    with pytest.raises(SettingsError, match="mine"):
        desk.save_settings(gone)
    desk._lanes.write(settings_log.save, desk.session, desk._connection, gone, "ann", T0).result()
    desk.save_settings(from_document({"targets": {"mine": 3.0, "csat": 0.9}}))
    assert desk.settings().targets == {"mine": 3.0, "csat": 0.9}


def test_alerts_that_are_started_while_the_session_closes_stay_closed(desk: Desk) -> None:
    desk.alerting.close()
    desk.alerting.start()
    assert desk.alerting._task is None
