"""The command line from outside: exit codes, one sentence for each thing that cannot be done, and what is printed."""

from __future__ import annotations

import csv
import io
import os
import shutil
import stat
from pathlib import Path

import duckdb
import pytest

from console.model.facts import Covered, Facts, Fetched, TicketEvent, Traffic
from console.model.moment import HOUR, MINUTE, SECOND, iso, parse_instant, to_datetime
from console.settings import from_document
from console.store import session as sessions
from console.store import settings_log
from console.store.append import PollRow, append_fetched
from tests.conftest import StandingClock
from tests.stories.counting import counting
from tests.stories.servers import PROJECT, Program, until, write_settings

LIVE_FROM = parse_instant("2026-11-14T08:00:00Z")
CALLS, ERRORS = 2_000, 14
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of one hour: what was counted at once, and a correction that was learnt two hours later."""
    path = tmp_path_factory.mktemp("told") / "told.hypercare"
    clock = StandingClock(LIVE_FROM)
    session = sessions.create(path, clock)
    cursor = session.cursor()
    sources = [
        {"name": "edge", "kind": "scrape", "flavour": "haproxy", "url": "http://127.0.0.1:9/"},
        {"name": "desk", "kind": "roundup", "url": "http://127.0.0.1:9/"},
    ]
    document = {"session": {"go_live": to_datetime(LIVE_FROM), "time_zone": "UTC"}, "source": sources}
    settings_log.save(session, cursor, from_document(document), "lead", LIVE_FROM)
    at_once = Facts(
        covered=[Covered("edge", LIVE_FROM, LIVE_FROM + HOUR), Covered("desk", LIVE_FROM, LIVE_FROM + HOUR)],
        traffic=[
            Traffic(LIVE_FROM + 5 * MINUTE, "edge", "GET /a", "GET", 200, CALLS - ERRORS),
            Traffic(LIVE_FROM + 6 * MINUTE, "edge", "GET /b", "GET", 502, ERRORS),
        ],
        ticket_event=[
            TicketEvent("desk", "1", "created", name, None, value, "ann", LIVE_FROM + 10 * MINUTE)
            for name, value in (
                ("key", "HC-1"), ("title", FORMULA), ("status", "new"), ("severity", "P2"), ("kind", "bug"),
                ("created_at", iso(LIVE_FROM + 10 * MINUTE)),
            )
        ],
    )  # fmt: skip
    later = Facts(traffic=[Traffic(LIVE_FROM + 6 * MINUTE, "edge", "GET /b", "GET", 502, 6)])
    for known, facts in ((LIVE_FROM + HOUR, at_once), (LIVE_FROM + 3 * HOUR, later)):
        append_fetched(session, cursor, PollRow("edge", known - SECOND, known, "good"), Fetched(facts))
    cursor.close()
    session.close()
    return path


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["kpi", "SESSION", "error_rate_5x"], "error_rate_5xx"),
        (["kpi", "SESSION", "trougput"], "throughput"),
        (["colect"], "collect"),
        (["export", "SESSION", "trafic"], "traffic"),
        (["queue", "SESSION", "--filter", "severty:P1"], "severity"),
        (["queue", "SESSION", "--filter", "status:resolvd"], "resolved"),
    ],
    ids=["number", "other number", "command", "table", "field of a filter", "word of a filter"],
)
def test_an_unknown_word_ends_with_2_and_the_nearest_known_one(
    arguments: list[str], nearest: str, program: Program, told: Path, tmp_path: Path
) -> None:
    session = shutil.copy(told, tmp_path)
    done = program.run(*(session if word == "SESSION" else word for word in arguments))
    assert done.code == 2
    assert f'"{nearest}"' in done.sentence or f" {nearest}" in done.sentence
    assert done.out == b""


@pytest.mark.thorough
@pytest.mark.parametrize(
    "arguments",
    [
        ["kpi", "SESSION", "throughput", "--at", "yesterday"],
        ["kpi", "SESSION", "throughput", "--from", "2026-11-15", "--to", "2026-11-14"],
        ["kpi", "SESSION", "throughput", "--known", "soon"],
        ["kpi", "SESSION"],
        ["collect", "--session", "SESSION"],
    ],
    ids=["no time", "ends before it begins", "no knowledge", "no name", "no settings"],
)
def test_unusable_arguments_end_with_2_and_one_sentence(arguments: list[str], program: Program, told: Path) -> None:
    done = program.run(*(told if word == "SESSION" else word for word in arguments))
    assert done.code == 2
    assert done.sentence


@pytest.mark.thorough
def test_what_is_no_session_ends_with_4_and_stays_as_it_was(program: Program, tmp_path: Path) -> None:
    missing = program.run("kpis", tmp_path / "none.hypercare")
    assert missing.code == 4
    assert "There is no file" in missing.sentence
    strangers = {"text": b"hello", "empty": b"", "cut": b"\0" * 8 + b"DUCK" + b"\x7f" * 5000}
    for name, content in strangers.items():
        path = tmp_path / f"{name}.hypercare"
        path.write_bytes(content)
        done = program.run("check", path)
        assert (done.code, bool(done.sentence)) == (4, True), name
        assert path.read_bytes() == content
    other = tmp_path / "other.hypercare"
    duckdb.connect(str(other)).close()
    before = other.read_bytes()
    done = program.run("kpi", other, "throughput")
    assert done.code == 4
    assert "not a Hypercare session" in done.sentence
    assert other.read_bytes() == before


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sesion]\nname = 'x'", '"session"'),
        ("[session]\nplaned_days = 3", '"planned_days"'),
        ("[session]\nplanned_days = 'three'", "planned_days"),
        ("[[source]]\nname = 'a'\nkind = 'scrap'\nurl = 'http://127.0.0.1:1'", '"scrape"'),
        ("[[source]]\nname = 'a'\nkind = 'scrape'\nurll = 'http://127.0.0.1:1'", '"url"'),
        ("[[source]]\nname = 'a'\nkind = 'probe'\nurl = 'x'\n[[source]]\nname = 'a'\nkind = 'probe'\nurl = 'x'", "two"),
        (
            "[targets]\nlatency_p59 = 500\n[[source]]\nname = 'a'\nkind = 'probe'\nurl = 'http://127.0.0.1:1'",
            '"latency_p9',
        ),
        ("[session", "TOML"),
        ("", "source"),
    ],
    ids=["section", "key", "type", "kind", "option", "twice", "target", "not TOML", "nothing to ask"],
)
def test_unusable_settings_end_with_2_and_leave_no_session(
    text: str, words: str, program: Program, tmp_path: Path
) -> None:
    settings, session = tmp_path / "settings.toml", tmp_path / "new.hypercare"
    settings.write_text(text)
    done = program.run("collect", "--config", settings, "--session", session, "--seconds", "1")
    assert done.code == 2
    assert words in done.sentence
    assert not session.exists()


@pytest.mark.thorough
def test_a_folder_that_cannot_be_written_ends_with_4_and_its_session_can_still_be_read(
    program: Program, told: Path, tmp_path: Path
) -> None:
    prefix = _without_override()
    folder = tmp_path / "closed"
    folder.mkdir()
    session = Path(shutil.copy(told, folder))
    folder.chmod(0o500)
    session.chmod(0o400)
    try:
        settings = write_settings(
            tmp_path / "settings.toml", {"name": "edge", "kind": "probe", "url": "http://127.0.0.1:9"}
        )
        for target in (folder / "new.hypercare", session):
            done = program.run("collect", "--config", settings, "--session", target, "--seconds", "1", prefix=prefix)
            assert done.code == 4, done.err
            assert done.sentence
        assert [p.name for p in folder.iterdir()] == [session.name]
        assert program.run("kpi", session, "throughput", "--json", prefix=prefix).json()["n"] == CALLS + 6
    finally:
        folder.chmod(0o700)


def _without_override() -> list[str]:
    """What makes the administrator obey permissions, as everybody else does."""
    if os.geteuid() != 0:
        return []
    program = shutil.which("setpriv")
    if program is None:
        pytest.skip("run as root without setpriv: permissions would not bind")
    dropped = "-dac_override,-dac_read_search"
    return [program, f"--bounding-set={dropped}", f"--inh-caps={dropped}"]


@pytest.mark.thorough
def test_an_unknown_value_is_fine_and_says_why(program: Program, told: Path) -> None:
    done = program.run("kpi", told, "csat", "--json")
    assert done.code == 0
    found = done.json()
    assert (found["value"], found["state"]) == (None, "unknown")
    assert found["why"]


@pytest.mark.thorough
def test_the_same_question_at_the_same_moment_as_known_then_and_as_known_now(program: Program, told: Path) -> None:
    at = iso(LIVE_FROM + 2 * HOUR)
    then = program.run("kpi", told, "error_rate_5xx", "--at", at, "--known", "then", "--json").json()
    now = program.run("kpi", told, "error_rate_5xx", "--at", at, "--json").json()
    assert (then["n"], then["value"]) == (CALLS, ERRORS / CALLS)
    assert (now["n"], now["value"]) == (CALLS + 6, (ERRORS + 6) / (CALLS + 6))
    before = program.run("kpi", told, "error_rate_5xx", "--at", iso(LIVE_FROM + MINUTE), "--json").json()
    assert before["n"] == 0


@pytest.mark.thorough
def test_a_route_and_a_window_narrow_a_number(program: Program, told: Path) -> None:
    one = program.run("kpi", told, "throughput", "--route", "GET /a", "--json").json()
    assert one["n"] == CALLS - ERRORS
    window = ("--from", iso(LIVE_FROM + 6 * MINUTE), "--to", iso(LIVE_FROM + 7 * MINUTE))
    part = program.run("kpi", told, "throughput", *window, "--json").json()
    assert (part["n"], part["value"]) == (ERRORS + 6, (ERRORS + 6) / 60)
    assert part["state"] == "known"


@pytest.mark.thorough
def test_the_printed_statement_gives_the_printed_number(program: Program, told: Path) -> None:
    found = program.run("kpi", told, "error_rate_5xx", "--proof", "--json").json()
    session = sessions.open_foreign(told)
    try:
        value, errors, calls = session.cursor().execute(found["sql"]).fetchone() or (None, None, None)
    finally:
        session.close()
    assert (value, errors, calls) == (found["value"], ERRORS + 6, found["n"])


@pytest.mark.thorough
def test_a_proof_prints_the_rows_the_number_is_made_of(program: Program, told: Path) -> None:
    found = program.run("kpi", told, "error_rate_5xx", "--proof", "--json").json()
    rows = found["rows"]
    assert found["rows_total"] == len(rows) == 2
    assert sum(r["calls_5xx"] for r in rows) / sum(r["calls"] for r in rows) == found["value"]
    assert rows[0] == {
        "minute": iso(LIVE_FROM + 6 * MINUTE), "route": "GET /b", "calls": ERRORS + 6, "calls_4xx": 0,
        "calls_5xx": ERRORS + 6, "source": "edge",
    }  # fmt: skip
    assert found["definition"].startswith("How many calls the system itself fails.")
    assert [(s["from"], s["to"], s["state"]) for s in found["coverage_strip"]] == [
        (iso(LIVE_FROM), iso(LIVE_FROM + 57 * MINUTE), "late"), (iso(LIVE_FROM + 57 * MINUTE), iso(LIVE_FROM + HOUR), "known"),
    ]  # fmt: skip
    text = program.run("kpi", told, "error_rate_5xx", "--proof").out.decode()
    assert "2\u00a0rows" in text and "GET /b" in text and found["link"] in text and "calls_in(" in text


@pytest.mark.thorough
def test_the_proof_of_an_unknown_number_has_no_rows_and_says_why(program: Program, told: Path) -> None:
    done = program.run("kpi", told, "csat", "--proof", "--json")
    assert done.code == 0
    found = done.json()
    assert (found["value"], found["rows"], found["rows_total"]) == (None, [], 0) and found["why"]


@pytest.mark.thorough
def test_a_row_with_control_characters_cannot_steer_the_terminal(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "hostile.hypercare"
    clock = StandingClock(LIVE_FROM)
    session = sessions.create(path, clock)
    cursor = session.cursor()
    document = {"session": {"go_live": to_datetime(LIVE_FROM), "time_zone": "UTC"},
                "source": [{"name": "desk", "kind": "roundup", "url": "http://127.0.0.1:9/"}]}  # fmt: skip
    settings_log.save(session, cursor, from_document(document), "lead", LIVE_FROM)
    fields = {"key": "HC-1", "title": "\x1b[2Jgone", "status": "new", "severity": "P2", "created_at": iso(LIVE_FROM)}
    told = [TicketEvent("desk", "1", "created", n, None, v, "ann", LIVE_FROM) for n, v in fields.items()]
    facts = Facts(covered=[Covered("desk", LIVE_FROM, LIVE_FROM + HOUR)], ticket_event=told)
    append_fetched(session, cursor, PollRow("desk", LIVE_FROM, LIVE_FROM + HOUR, "good"), Fetched(facts))
    cursor.close()
    session.close()
    done = program.run("kpi", path, "opened", "--proof")
    assert b"\x1b" not in done.out and b"[2Jgone" in done.out


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("hypercare://session?id=stranger&kpi=csat&from=2026-11-19&to=2026-11-20", "not known here"),
        ("hypercare://session?id=stranger&kpi=csat&from=2026-11-19", "lacks to="),
    ],
)
def test_a_link_that_leads_nowhere_is_told_in_a_sentence(link: str, said: str, tmp_path: Path) -> None:
    program = Program(tmp_path / "home", {"QT_QPA_PLATFORM": "offscreen"})
    done = program.run("open", link, "--seconds", "1")
    assert done.code == 4
    assert said in done.sentence


@pytest.mark.thorough
def test_every_number_is_listed_and_every_listed_one_answers(program: Program, told: Path) -> None:
    names = {row["kpi"] for row in program.run("kpis", told, "--json").json()}
    assert names >= {
        "availability", "throughput", "error_rate_5xx", "error_rate_4xx", "latency_mean", "latency_p50", "latency_p95",
        "latency_p99", "opened", "resolved", "backlog", "mtta", "mttr_p1", "csat",
    }  # fmt: skip
    for name in ("availability", "latency_p95", "opened", "backlog", "mttr_p1"):
        found = program.run("kpi", told, name, "--json").json()
        assert set(found) >= {"kpi", "value", "unit", "n", "state", "why", "coverage", "from", "to", "sql", "sources"}
    assert program.run("kpi", told, "opened", "--json").json()["value"] == 1


@pytest.mark.thorough
def test_the_queue_lists_open_tickets_with_the_words_of_the_contract(program: Program, told: Path) -> None:
    (row,) = program.run("queue", told, "--json").json()
    assert (row["key"], row["title"], row["severity"], row["status"]) == ("HC-1", FORMULA, "P2", "new")
    assert row["created_at"] == iso(LIVE_FROM + 10 * MINUTE)
    assert (row["stage"], row["sla_state"], row["pending"], row["reach"]) == (2, "breached", 0, None)
    assert row["sla_response_left_s"] < 0 and row["rank_reason"] == "P2, breached"
    assert "P2, breached" in program.run("queue", told, "--filter", "sla:breached waiting>1h").text
    assert program.run("queue", told, "--filter", "P1", "--json").json() == []
    assert program.run("queue", told, "--at", iso(LIVE_FROM + MINUTE), "--json").json() == []


@pytest.mark.thorough
def test_check_ends_with_1_while_a_criterion_is_not_met(program: Program, told: Path) -> None:
    done = program.run("check", told, "--json")
    states = {row["criterion"]: row["state"] for row in done.json()}
    assert len(states) == 10
    assert set(states.values()) <= {"met", "not_met", "unknown", "waived"}
    assert "not_met" in states.values()
    assert done.code == 1
    assert program.run("check", "nowhere.hypercare").code == 4


@pytest.mark.thorough
def test_a_table_comes_out_in_three_formats_with_the_same_rows(program: Program, told: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(program.run("export", told, "traffic").text)))
    assert sum(int(row["calls"]) for row in rows) == CALLS + 6
    assert len(program.run("export", told, "traffic", "--format", "json").json()) == len(rows)
    target = tmp_path / "traffic.parquet"
    assert program.run("export", told, "traffic", "--format", "parquet", "--to", target).code == 0
    held = duckdb.sql(f"SELECT sum(calls)::BIGINT, count(*) FROM '{target}'").fetchone()
    assert held == (CALLS + 6, len(rows))


@pytest.mark.thorough
def test_a_title_that_a_spreadsheet_would_run_is_defused_in_csv_and_kept_in_json(program: Program, told: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(program.run("export", told, "tickets").text))
    assert row["title"] == "'" + FORMULA
    (row,) = program.run("export", told, "tickets", "--format", "json").json()
    assert row["title"] == FORMULA


@pytest.mark.thorough
def test_collecting_ends_well_on_a_signal_after_its_time_and_though_a_source_fails(
    program: Program, tmp_path: Path
) -> None:
    with counting() as gateway:
        settings = write_settings(
            tmp_path / "settings.toml",
            gateway.source("edge"),
            {"name": "gone", "kind": "probe", "url": "http://127.0.0.1:9/", "period_s": 1},
            {"name": "wrong", "kind": "scrape", "flavour": "apisix", "url": f"{gateway.base}/x", "period_s": 1},
        )
        session = tmp_path / "launch.hypercare"
        with program.started("collect", "--config", settings, "--session", session) as collecting:
            until(lambda: gateway.pages["edge"] >= 3, "the good source was not asked")
            assert collecting.stop() == 0, collecting.errors
        assert stat.S_IMODE(session.stat().st_mode) == 0o600
        timed = program.run("collect", "--config", settings, "--session", session, "--seconds", "1")
        assert timed.code == 0
        assert "edge: " in timed.text
    polls = program.run("export", session, "poll", "--format", "json").json()
    outcomes = {row["source"]: row["outcome"] for row in polls}
    assert outcomes["edge"] in ("good", "partial")
    assert outcomes["wrong"] not in ("good", "partial")


def test_doctor_says_what_works(program: Program) -> None:
    found = {row["what"]: row for row in program.run("doctor", "--json").json()}
    assert {"python", "duckdb", "qt", "keyring", "sessions"} <= set(found)
    assert found["sessions"]["fine"]


@pytest.mark.thorough
def test_help_and_every_command_in_it_can_be_asked_for(program: Program) -> None:
    assert program.run("--help").code == 0
    for command in (
        "demo",
        "open",
        "collect",
        "kpis",
        "kpi",
        "queue",
        "check",
        "alerts",
        "backtest",
        "export",
        "doctor",
    ):
        assert program.run(command, "--help").code == 0
    assert (PROJECT / "LICENSE").read_text().lstrip().startswith("Apache License")
