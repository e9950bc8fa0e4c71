"""A user's own KPI file: it may read the session's facts and nothing else, and a wrong one never stops the others."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from console.model.errors import QuestionError
from console.model.facts import Facts
from console.model.moment import HOUR
from console.queries.catalogue import catalogue, shipped
from console.queries.kpi import ask
from console.queries.own_kpis import checked
from console.queries.reader import Reader
from console.work.limit import Limit
from tests.builders import T0, bench, covered, every_minute, launch, scrape, traffic

HEAD = "-- title: Mine\n-- unit: count\n-- direction: none\n-- feeds: gateway\n-- means: x\n"
ENDLESS = "SELECT count(*)::DOUBLE AS value FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7"


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SELECT count(*) AS value FROM '/etc/passwd'", "/etc/passwd"),
        ("SELECT count(*) AS value FROM 'a.csv'", "a.csv"),
        ("SELECT count(*) AS value FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT count(*) AS value FROM read_text('/etc/passwd')", "read_text"),
        ("SELECT count(*) AS value FROM glob('/*')", "glob"),
        ("SELECT count(*) AS value FROM read_parquet('https://example.com/a.parquet')", "read_parquet"),
        ("SELECT (SELECT count(*) FROM read_blob('/etc/shadow')) AS value", "read_blob"),
        ("WITH a AS (SELECT * FROM sniff_csv('x')) SELECT count(*) AS value FROM a", "sniff_csv"),
        ("SELECT count(*) AS value FROM query('SELECT 1')", "query"),
        ("SELECT count(*) AS value FROM json_execute_serialized_sql('{}')", "json_execute"),
        ("SELECT count(*) AS value FROM duckdb_secrets()", "duckdb_secrets"),
        ("SELECT count(*) AS value FROM other.main.traffic", "no table of facts"),
        ("SELECT count(*) AS value FROM information_schema.tables", "no table of facts"),
        ("WITH \"a.csv\" AS (SELECT 1) SELECT (SELECT count(*) FROM 'a.csv') AS value", "WITH"),
        ("SELECT getenv('HOME') AS value", "getenv"),
        ("SELECT random() AS value", "random"),
        ("SELECT epoch(now()) AS value", "now"),
        ("SELECT epoch(current_timestamp) AS value", "current_timestamp"),
        ("SELECT count(*) AS value FROM trafic", '"traffic"'),
        ("SELECT count(*) AS amount FROM traffic", '"value"'),
        ("SELECT count(*) AS value, 1 AS medain FROM traffic", '"median"'),
        ("SELECT 'many' AS value", "no number"),
        ("SELECT calls AS value FROM nothing_here", "nothing_here"),
        ("SELECT kalls AS value FROM traffic", "kalls"),
        ("SELECT 1 AS value UNION ALL SELECT 2", "more than one row"),
        ("SELECT count(*) AS value FROM calls_in($windoww)", '"window"'),
        ("DESCRIBE traffic", "describes"),
        ("PRAGMA database_list", "SELECT"),
        ("INSTALL httpfs", "SELECT"),
        ("SET memory_limit = '1MB'", "SELECT"),
        ("DELETE FROM traffic", "only reads"),
    ],
)
def test_what_is_not_a_reading_of_the_facts_is_refused_with_its_name(statement: str, says: str) -> None:
    with pytest.raises(QuestionError) as caught:
        checked("mine", HEAD + statement)
    assert says in caught.value.message


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) AS value FROM traffic",
        "WITH a AS (SELECT * FROM calls_in($window) WHERE $part) SELECT sum(calls) AS value, count(*) AS n FROM a",
        "SELECT count(*) AS value FROM tickets_at($moment) WHERE created_at < $to",
        "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t WHERE x < 5) SELECT max(x) AS value FROM t",
        "SELECT max(m) AS value FROM (SELECT unnest([1, 2]) AS m)",
        "SELECT avg(value) AS value FROM measure WHERE happened_at >= $from AND happened_at < $at AND known_at <= $known",
        "SELECT NULL AS value",
    ],
)
def test_what_reads_the_facts_is_taken(statement: str) -> None:
    assert checked("mine", HEAD + statement).own


@pytest.mark.parametrize("name", ["Mine", "a b", "../a", "drop;", "9lives", "a" * 70])
def test_a_name_that_no_command_could_say_is_refused(name: str) -> None:
    with pytest.raises(QuestionError, match="name of the file"):
        checked(name, HEAD + "SELECT 1 AS value")


def test_an_endless_statement_is_cancelled_in_the_check_and_said_so() -> None:
    begun = time.monotonic()
    with pytest.raises(QuestionError, match="cancelled"):
        checked("mine", HEAD + ENDLESS, lambda connection: Limit(connection, 0.2))
    assert time.monotonic() - begun < 20
    assert checked("mine", HEAD + "SELECT 1 AS value").title == "Mine", "the next one is not cancelled with it"


def test_a_statement_that_is_slow_only_on_real_facts_is_cancelled_too(tmp_path: Path, own_home: Path) -> None:
    folder = own_home / "config" / "kpis"
    folder.mkdir(parents=True)
    slow = "SELECT count(*)::DOUBLE AS value FROM traffic t, range(2000000000) r WHERE r.range % 7 = t.calls"
    (folder / "slow.sql").write_text(HEAD + slow)
    (folder / "quick.sql").write_text(HEAD + "SELECT sum(calls) AS value, count(*) AS n FROM traffic")
    with bench(tmp_path, T0 + HOUR) as made:
        made.settings(**launch(scrape("edge"), live=T0))
        made.add(Facts(covered=[covered("edge", T0, T0 + HOUR)], traffic=every_minute(T0, T0 + HOUR, 5)))
        known = catalogue(folder)
        asked = made.reader()
        reader = Reader(asked.connection, made.knowledge, asked.moment, asked.now, lambda c: Limit(c, 0.2))
        with pytest.raises(QuestionError, match=r"Your KPI slow took too long and was cancelled"):
            ask(reader, known.get("slow"))
        assert ask(reader, known.get("quick")).value == 300


def test_files_are_read_again_only_when_they_change(tmp_path: Path) -> None:
    path = tmp_path / "mine.sql"
    path.write_text(HEAD + "SELECT 1 AS value")
    first = catalogue(tmp_path)
    assert catalogue(tmp_path) is first
    path.write_text(HEAD.replace("Mine", "Ours") + "SELECT 1 AS value")
    os.utime(path, ns=(1, 1))
    assert catalogue(tmp_path).get("mine").title == "Ours"
    (tmp_path / "broken.sql").write_text(HEAD + "SELEC 1")
    found = catalogue(tmp_path)
    assert len(found.faults) == 1 and found.get("mine").title == "Ours"
    with pytest.raises(QuestionError, match=r"Your KPI file broken\.sql: the statement cannot be read"):
        found.get("broken")
    path.unlink()
    assert "mine" not in catalogue(tmp_path).kpis


def test_an_own_distribution_has_its_parts_and_its_own_words_for_nothing(tmp_path: Path, own_home: Path) -> None:
    folder = own_home / "config" / "kpis"
    folder.mkdir(parents=True)
    text = HEAD + (
        "-- empty: Nobody asked for a teapot.\n"
        "SELECT nullif(sum(calls), 0) AS value, sum(calls) AS n FROM calls_in($window) WHERE status = 418\n"
        "-- parts:\nSELECT route, sum(calls) FROM calls_in($window) WHERE status = 418 GROUP BY route\n"
    )
    (folder / "teapots.sql").write_text(text)
    with bench(tmp_path, T0 + HOUR) as made:
        made.settings(**launch(scrape("edge"), live=T0))
        made.add(Facts(covered=[covered("edge", T0, T0 + HOUR)]))
        assert made.kpi("teapots").why == "Nobody asked for a teapot."
        made.add(Facts(traffic=[traffic(T0, 3, status=418), traffic(T0, 1, status=418, route="GET /b")]))
        found = made.kpi("teapots").parts
        assert isinstance(found, list)
        assert sorted((p.part, p.n, p.share) for p in found) == [("GET /a", 3, 0.75), ("GET /b", 1, 0.25)]


@pytest.mark.thorough
def test_every_shipped_statement_would_pass_as_an_own_one() -> None:
    for kpi in shipped().kpis.values():
        assert not kpi.own
        text = "\n".join([HEAD.strip(), kpi.sql, *(["-- parts:", kpi.parts] if kpi.parts else [])])
        checked(kpi.name, text)
