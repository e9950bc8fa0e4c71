"""The counter of numbers over a real session: worded, proven to the last digit, and own files through their whole life."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.kpi_counter import KpiCounter
from console.model.errors import QuestionError
from console.model.facts import ConsumerTraffic, Facts, Release
from console.model.moment import HOUR, LIVE, MINUTE
from console.model.number import Number
from console.present.kpis_figures import OwnKpi
from console.queries.catalogue import shipped
from console.queries.kpi import ask
from console.queries.shelf import TicketShelf
from tests.builders import (
    T0,
    Bench,
    bench,
    covered,
    every_minute,
    feed,
    jira,
    launch,
    moved,
    plain_value,
    scrape,
    ticket,
    traffic,
)

END = T0 + 2 * HOUR
HEAD = (("title", "Teapots"), ("unit", "count"), ("direction", "none"), ("feeds", "gateway"), ("means", "Tea."))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, END) as made:
        made.settings(**launch(scrape("edge"), jira(), feed(), live=T0), targets={"error_rate_5xx": 0.01})
        facts = Facts(
            covered=[covered(name, T0, END) for name in ("edge", "jira", "feed")],
            traffic=[
                *every_minute(T0, END, 100),
                *every_minute(T0 + HOUR, END, 5, status=502),
                traffic(T0, 9, route="GET /b"),
            ],
            release=[Release("feed", "3.1", "version", None, "", T0 + 30 * MINUTE)],
        )
        for n in range(9):
            severity = f"P{1 + n % 3}"
            facts.ticket_event += [
                *ticket(f"A-{n}", T0 + n * 5 * MINUTE, severity, component="cart"),
                moved(f"A-{n}", T0 + (n * 5 + 3 + n) * MINUTE, "resolved"),
            ]
        made.add(facts)
        made.clock.forward(1)
        yield made


def counter(made: Bench, folder: Path | None = None) -> KpiCounter:
    return KpiCounter(made.reader, TicketShelf(), folder)


@pytest.mark.thorough
def test_each_value_on_the_screen_is_the_one_its_statement_gives_in_any_duckdb(made: Bench) -> None:
    asked = counter(made)
    shown: list[Number] = []
    for window in ("hour", "launch"):
        shown += [c.number for row in asked.numbers(LIVE, window).table.rows for c in row.cells if c.number is not None]
    for name, by in (("error_rate_5xx", "route"), ("opened", "severity"), ("mttr", "area"), ("throughput", "release")):
        rows = asked.kpi(LIVE, name, "launch", by).table.rows
        assert rows, (name, by)
        shown += [cell.number for row in rows for cell in row.cells if cell.number is not None]
    figure = asked.kpi(LIVE, "throughput", "hour", "route").chart
    points = [
        (curve.number_near(float(x)), y) for curve in figure.curves for x, y in zip(curve.xs, curve.ys, strict=True)
    ]
    assert len(points) == 60
    for number, y in points:
        assert number is not None and made.kpi(number.kpi, number.start, number.end, number.moment).value == y
        shown.append(number)
    assert all(not number.moment.live for number in shown), "what was live when it was shown moves on"
    answers = [ask(made.reader(n.moment), shipped().get(n.kpi), n.start, n.end, n.part) for n in shown]
    path = made.path
    made.close()
    known = [a for a in answers if a.value is not None]
    assert len(shown) > 100 and len(known) > 40
    for answer in known:
        row = plain_value(path, answer.sql)
        assert row is not None and float(row[0]) == answer.value, answer.kpi


@pytest.mark.thorough
def test_a_breakdown_by_segment_says_what_is_in_none(made: Bench) -> None:
    asked = counter(made)
    assert "calls by consumer" in asked.kpi(LIVE, "error_rate_5xx", "hour", "segment").table.empty
    calls = [ConsumerTraffic(END - HOUR, "edge", who, "GET /a", 200, n) for who, n in (("glo", 8), ("stray", 3))]
    made.add(Facts(consumer_traffic=calls))
    made.settings(**launch(scrape("edge"), jira(), feed(), live=T0), consumer=[{"id": "glo", "segment": "enterprise"}])
    made.clock.forward(1)
    figure = asked.kpi(LIVE, "throughput", "hour", "segment")
    (row,) = figure.table.rows
    assert row.cells[0].text == "enterprise" and row.cells[1].number is not None
    assert row.cells[1].number.part.segment == "enterprise"
    assert dict(figure.lines)["By segment"] == "3 calls of consumers that belong to no segment are left out."
    assert "By segment" not in dict(asked.kpi(LIVE, "throughput", "hour", "route").lines)


@pytest.mark.thorough
def test_what_is_worse_than_its_target_and_than_before_stands_out_in_words(made: Bench) -> None:
    figure = counter(made).numbers(LIVE, "hour")
    rows = {row.key: row for row in figure.table.rows}
    assert "worse than its target" in rows["error_rate_5xx"].spoken
    assert "worse, was 0" in rows["error_rate_5xx"].spoken
    assert rows["csat"].cells[2].text == "?" and "No answers" in rows["csat"].spoken
    assert next(iter(rows)) == "availability", "by category"


@pytest.mark.thorough
def test_one_number_in_full_says_what_it_means_and_how_it_went(made: Bench) -> None:
    figure = counter(made).kpi(LIVE, "volume_by_severity", "launch", "")
    assert figure.way == "parts" and [row.key for row in figure.table.rows] == ["P1", "P2", "P3", "P4", "unset"]
    assert [row.cells[2].text for row in figure.table.rows] == ["3", "3", "3", "0", "0"]
    assert sum(figure.chart.curves[0].ys) == 9
    assert {"Means", "Formula", "Mind", "After"} <= {label for label, _ in figure.lines}
    with pytest.raises(QuestionError, match="volume_by_severity"):
        counter(made).kpi(LIVE, "volume_by_severit", "day", "")
    with pytest.raises(QuestionError, match="no window"):
        counter(made).numbers(LIVE, "fortnight")


@pytest.mark.thorough
def test_an_own_number_is_written_shown_mended_renamed_and_taken_away(made: Bench, tmp_path: Path) -> None:
    asked = counter(made, tmp_path / "kpis")
    draft = OwnKpi("teapots", HEAD, "SELECT sum(calls) AS value, sum(calls) AS n FROM calls_in($window) WHERE $part")
    assert "It gives 12" in asked.check(draft)
    assert "saved" in asked.save(draft)
    row = next(r for r in asked.numbers(LIVE, "launch").table.rows if r.key == "teapots")
    assert row.cells[1].text == "Teapots (own)"
    assert asked.own("teapots") == draft
    wrong = OwnKpi("teapots", HEAD, "SELECT sum(kalls) AS value FROM traffic")
    for act in (asked.check, asked.save):
        with pytest.raises(QuestionError, match="kalls"):
            act(wrong)
    assert asked.own("teapots") == draft, "a refused file is not written"
    with pytest.raises(QuestionError, match="already"):
        asked.save(draft, before="kettles")
    asked.save(OwnKpi("kettles", HEAD, draft.sql), before="teapots")
    assert [r.key for r in asked.numbers(LIVE, "hour").table.rows if "own" in r.cells[1].text] == ["kettles"]
    asked.remove("kettles")
    assert "kettles" not in asked.catalogue().kpis
    assert (tmp_path / "kpis" / "kettles.removed").exists()
    with pytest.raises(QuestionError, match="no own number"):
        asked.own("kettles")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", ""])
def test_a_name_never_leads_out_of_the_folder(made: Bench, tmp_path: Path, name: str) -> None:
    asked = counter(made, tmp_path / "kpis")
    with pytest.raises(QuestionError):
        asked.save(OwnKpi(name, HEAD, "SELECT 1 AS value"))
    with pytest.raises(QuestionError):
        asked.remove(name)
    assert not (tmp_path / "kpis").exists()


@pytest.mark.thorough
def test_a_fault_in_one_file_is_told_beside_all_the_others(made: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "kpis"
    folder.mkdir()
    (folder / "broken.sql").write_text("SELECT")
    figure = counter(made, folder).numbers(LIVE, "hour")
    assert figure.faults[0].startswith("broken.sql: ") and "1" in figure.summary
    assert len(figure.table.rows) == len(shipped().kpis)
    assert counter(made, folder).own("broken").sql == "SELECT"


@pytest.mark.thorough
def test_a_command_narrows_by_area_and_release_and_lists_the_parts(
    made: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    from console.cli.answers import run
    from console.cli.arguments import parser

    path = str(made.path)
    made.close()

    def asked(*words: str) -> dict[str, Any]:
        assert run(parser().parse_args(["kpi", path, *words, "--json"])) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    assert asked("opened", "--area", "cart", "--kind", "bug")["value"] == 9
    assert asked("opened", "--area", "login")["value"] == 0
    assert asked("throughput", "--release", "3.1")["n"] == 90 * 100 + 60 * 5
    assert [p["n"] for p in asked("volume_by_severity")["parts"]] == [3, 3, 3, 0, 0]
    assert "parts" not in asked("opened")
    assert asked("csat", "--channel", "portal")["why"] == "CSAT is not told by channel."
    assert run(parser().parse_args(["kpi", path, "throughput", "--release", "9.9"])) == 2
