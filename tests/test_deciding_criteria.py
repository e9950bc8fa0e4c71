"""Acts about criteria, at the counter: what is missing is said in a sentence and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.artefacts import signed_file
from console.desk import Desk
from console.model.change import Change
from console.model.errors import QuestionError, SettingsError
from console.model.facts import Facts, Fetched
from console.model.moment import HOUR, LIVE, iso
from console.settings import from_document
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from tests.builders import T0, on_write_lane, ticket
from tests.conftest import StandingClock
from tests.fresh import created

TOLD: list[Change] = []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock, lanes = StandingClock(T0), Lanes()
    TOLD.clear()
    made = Desk(created(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), TOLD.append)
    document = {"me": {"name": "ann"}, "session": {"go_live": iso(T0 - HOUR), "time_zone": "Europe/Berlin"}}
    lanes.write(made.save_settings, from_document(document)).result()
    lanes.write(
        made.append, [(PollRow("jira", T0, T0, "good"), Fetched(Facts(ticket_event=ticket("A-1", T0))))]
    ).result()
    on_write_lane(made, lanes, "decide", "decide_by_form", "save_settings")
    yield made
    made.close()
    lanes.close()


def written(desk: Desk) -> list[tuple[str, str, str]]:
    return desk.reader().rows("SELECT act, subject, value FROM decision ORDER BY known_at, decision_id")


SOON, LATER = iso(T0 + HOUR), iso(T0 + 2 * HOUR)


@pytest.mark.parametrize(
    ("act", "subject", "value", "comment", "says"),
    [
        ("edit_criterion", "uptme", '{"above": 0.99}', "x", '"uptime"'),
        ("edit_criterion", "uptime", "", "x", "what changes as JSON"),
        ("edit_criterion", "uptime", "0.99", "x", "what changes as JSON"),
        ("edit_criterion", "uptime", '{"above": 0.99}', "", "needs why"),
        ("edit_criterion", "uptime", '{"abvoe": 0.99}', "x", '"above"'),
        ("edit_criterion", "uptime", '{"above": 99}', "x", "between 0 and 1"),
        ("edit_criterion", "csat", '{"above": -0.2}', "x", "between 0 and 1"),
        ("edit_criterion", "csat", '{"route": "GET /a"}', "x", "not told by route"),
        ("add_criterion", "csat", '{"kpi": "csat", "above": 0.9}', "", "already"),
        ("add_criterion", "sold", "", "", "keys as JSON"),
        ("add_criterion", "sold", '{"kpi": "convresion", "above": 0.9}', "", '"conversion"'),
        ("add_criterion", "sold", '{"kpi": "conversion"}', "", "needs a target"),
        ("add_criterion", "Sold!", '{"kpi": "conversion", "above": 0.1}', "", "small letters"),
        ("remove_criterion", "uptime", "", "", "belongs to the template"),
        ("sign_off", "uptime", "https://wiki/x", "", "judged from facts"),
        ("sign_off", "handover", "ftp://wiki/x", "", "no link"),
        ("sign_off", "handover", "file:/nowhere", "", "no hash"),
        ("sign_off", "handover", '{"artefact": ""}', "", "artefact"),
        ("sign_off", "handover", '{"artefact": "x", "buy": "y"}', "", '"side"'),
        ("withdraw_sign_off", "handover", "bob", "", "not signed by bob"),
        ("maintenance", "upgrade", SOON, "x", "FROM/TO"),
        ("maintenance", "upgrade", f"{LATER}/{SOON}", "x", "FROM/TO"),
        ("maintenance", "upgrade", f"{SOON}/{LATER}", "", "needs why"),
        ("maintenance", "upgrade", f"{iso(T0 - HOUR)}/{LATER}", "x", "planned ahead"),
        ("maintenance", "upgrade", f"{SOON}/{iso(T0 + 9 * 24 * HOUR)}", "x", "more than a week"),
        ("end_maintenance", "upgrade", "", "", "No maintenance"),
        ("defer", "A-1", "", "", "needs why"),
        ("defer", "A-7", "", "x", "no ticket"),
        ("exit", "session", "", "", "needs why"),
        ("resume", "session", "", "", "not ended"),
        ("waive", "uptime", "soon", "x", "ISO"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_not_written(
    desk: Desk, act: str, subject: str, value: str, comment: str, says: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        desk.decide(act, subject, value, comment)
    assert says in caught.value.message and caught.value.message.endswith((".", "?"))
    assert written(desk) == [] and desk.check(LIVE)


def test_what_is_meant_is_written_in_one_spelling_and_announced(desk: Desk) -> None:
    desk.decide("edit_criterion", "uptime", ' {"above": 0.995,"restart": true} ', "agreed")
    desk.decide("maintenance", "upgrade", f"{SOON}/{LATER}".replace("Z", "+00:00"), "disks")
    desk.decide("defer", "A-1", "3.1", "rare")
    desk.decide("exit", "session", "", "management says so")
    acts = written(desk)
    assert acts[:3] == [
        ("edit_criterion", "uptime", '{"above":0.995,"restart":true}'),
        ("maintenance", "upgrade", f"{SOON}/{LATER}"),
        ("defer", "jira:A-1", "3.1"),
    ]
    assert acts[3][:2] == ("exit", "session") and "handover" in acts[3][2]
    assert all(change & Change.CRITERIA for change in TOLD[-4:])


def test_check_tells_the_fields_of_the_contract_and_more_behind_them(desk: Desk) -> None:
    desk.decide("add_criterion", "drill", '{"kind": "entry", "title": "Fire drill held"}')
    rows = desk.check(LIVE)
    assert list(rows[0])[:11] == [
        "criterion", "state", "on_track", "value", "target", "why", "clock_s", "sustained_s", "budget_left_s", "n", "coverage",
    ]  # fmt: skip
    assert [row["kind"] for row in rows] == ["exit"] * 10 + ["entry"]


# Forms


def test_an_edit_by_form_reads_per_cent_and_asks_about_the_clock(desk: Desk) -> None:
    with pytest.raises(QuestionError, match="whether the clock starts again"):
        desk.decide_by_form("edit", "uptime", {"target": "99.5 %", "why": "agreed", "restart": ""})
    desk.decide_by_form("edit", "uptime", {"target": "99.5 %", "why": "agreed", "restart": "no"})
    assert written(desk) == [("edit_criterion", "uptime", '{"above":0.995,"restart":false}')]
    uptime = next(row for row in desk.check(LIVE) if row["criterion"] == "uptime")
    assert uptime["target"] == 0.995


def test_every_row_of_the_screen_can_be_edited_with_what_its_form_shows(desk: Desk) -> None:
    """The texts of each form, sent back as they are, change nothing."""
    before = {row["criterion"]: (row["target"], row["sustained_s"]) for row in desk.check(LIVE)}
    for row in desk.exit(LIVE).groups[0].rows:
        fields = {key: text for key, text in row.fields if text}
        desk.decide_by_form("edit", row.key, {**fields, "why": "read and kept", "restart": "no"})
    assert {row["criterion"]: (row["target"], row["sustained_s"]) for row in desk.check(LIVE)} == before
    assert "version 11" in desk.exit(LIVE).edition and "edited by ann on D0" in desk.exit(LIVE).edition


def test_a_new_criterion_from_the_window_alone_is_judged_at_once(desk: Desk) -> None:
    fields = {
        "title": "Checkout errors", "kind": "exit", "kpi": "error_rate_5xx", "side": "below", "target": "0.1 %",
        "window": "1 h", "sustained": "2 d", "route": "POST /pay", "severity": "", "coverage": "95 %", "evidence": "1 000",
        "owner": "payments", "rationale": "", "why": "agreed",
    }  # fmt: skip
    desk.decide_by_form("new", "", fields)
    row = desk.exit(LIVE).row("checkout_errors")
    assert row is not None and row.target.replace("\u00a0", " ") == "< 0.1 % for 2 d" and row.state == "unknown"
    assert "Owner: payments." in row.notes and row.own
    desk.decide_by_form("remove", "checkout_errors", {"why": "twice"})
    assert desk.exit(LIVE).row("checkout_errors") is None


@pytest.mark.parametrize(
    ("form", "fields", "says"),
    [
        ("new", {"title": ""}, "title"),
        ("new", {"title": "A", "kpi": "csat", "side": "above", "target": ""}, "needs its target"),
        ("new", {"title": "A", "kpi": "csat", "side": "above", "target": "much"}, "no number"),
        ("new", {"title": "A", "kpi": "csat", "side": "above", "target": "80"}, "between 0 and 1"),
        ("waive", {"until": "2026-11-28", "why": ""}, "needs why"),
        ("waive", {"until": "", "why": "x"}, '"until" is missing'),
        ("waive", {"until": "tomorrow", "why": "x"}, "no time"),
        ("maintenance", {"name": "", "from": "2030-01-01 10:00", "to": "2030-01-01 11:00", "why": "x"}, "subject"),
        ("sign", {"artefact": " ", "by": "ann"}, "artefact"),
        ("edit", {"target": "1 %", "restart": "no", "why": ""}, "needs why"),
    ],
)
def test_a_form_with_something_missing_is_answered_with_a_sentence(
    desk: Desk, form: str, fields: dict[str, str], says: str
) -> None:
    subject = {"waive": "uptime", "sign": "handover", "edit": "csat"}.get(form, fields.get("name", ""))
    with pytest.raises(QuestionError) as caught:
        desk.decide_by_form(form, subject, fields)
    assert says in caught.value.message and written(desk) == []


def test_times_of_a_form_are_those_of_the_session(desk: Desk) -> None:
    desk.decide_by_form("waive", "csat", {"until": "2030-01-01 10:00", "why": "holiday"})
    assert written(desk) == [("waive", "csat", "2030-01-01T09:00:00Z")]
    row = desk.exit(LIVE).row("csat")
    assert row is not None and row.waived and "holiday" in row.history[0].body


def test_a_file_is_signed_by_its_hash_and_not_by_its_path(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "run book.pdf"
    file.write_bytes(b"abc")
    text = signed_file(file)
    assert text == "file:run book.pdf sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    desk.decide_by_form("sign", "documentation", {"artefact": text, "by": "ann", "side": "", "why": ""})
    row = desk.exit(LIVE).row("documentation")
    assert row is not None and row.state == "met"
    assert row.history[0].body == "signed: run book.pdf · sha256 ba7816bf… (by ann)"
    with pytest.raises(QuestionError, match="cannot be read"):
        signed_file(tmp_path / "nothing")


# Settings


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"criterion": [{"key": "a", "kpi": "csta", "above": 0.9}]}, '"csat"'),
        ({"criterion": [{"key": "a", "kpi": "csat", "above": 90.0}]}, "between 0 and 1"),
        ({"targets": {"availability": 99.9}}, "between 0 and 1"),
        ({"targets": {"availbility": 0.9}}, '"availability"'),
        ({"targets": {"latency_p95": -5.0}}, "negative"),
    ],
)
def test_targets_that_no_kpi_could_have_are_not_saved(desk: Desk, document: dict[str, object], says: str) -> None:
    before = desk.settings()
    with pytest.raises(SettingsError) as caught:
        desk.save_settings(from_document(document))
    assert says in caught.value.message and desk.settings() == before


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"key": "a", "kpi": "csat", "above": 0.9, "windwo": "7 d"}, '"window"'),
        ({"key": "a", "kpi": "csat"}, "needs a target"),
        ({"key": "uptime", "above": float("nan")}, "plain number"),
        ({"key": "handover", "sides": 0}, "one side"),
        ({"key": "A b"}, "small letters"),
        ({"title": "no key"}, "key"),
    ],
)
def test_a_criterion_that_cannot_be_meant_is_refused_when_settings_are_read(
    table: dict[str, object], says: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        from_document({"criterion": [table]})
    assert says in caught.value.message


def test_two_criteria_of_one_key_are_refused() -> None:
    with pytest.raises(SettingsError, match="two criteria"):
        from_document({"criterion": [{"key": "csat", "above": 0.9}, {"key": "csat", "above": 0.8}]})
