"""KPI files: the shipped ones are whole, a user's wrong one is named and the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.errors import QuestionError
from console.queries.catalogue import Kpi, catalogue, parse, shipped
from console.queries.kpi_file import CATEGORIES, UNITS
from console.queries.statement import COLUMNS

HEAD = "-- title: Mine\n-- unit: count\n-- direction: none\n-- feeds: gateway\n-- means: x\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT 1 AS value", '"-- title: …"'),
        (HEAD, "SELECT"),
        (HEAD + "DROP TABLE traffic", "only reads"),
        (HEAD + "SELECT 1; DROP TABLE traffic", "only reads"),
        (HEAD + "COPY traffic TO '/tmp/x'", "only reads"),
        (HEAD + "ATTACH '/tmp/x'", "only reads"),
        (HEAD + "SELEC 1", "cannot be read"),
        (HEAD + "SELECT (1", "cannot be read"),
        (HEAD.replace("gateway", "tikets") + "SELECT 1 AS value", '"tickets"'),
        (HEAD.replace("none", "sideways") + "SELECT 1 AS value", "direction"),
        (HEAD + "-- method: wilsn\nSELECT 1 AS value", '"wilson"'),
        (HEAD + "-- target: much\nSELECT 1 AS value", "numbers"),
        (HEAD + "-- evidence: some\nSELECT 1 AS value", "numbers"),
    ],
)
def test_a_wrong_file_says_what_is_wrong_with_it(text: str, says: str) -> None:
    with pytest.raises(QuestionError) as caught:
        parse("mine", text)
    assert says in caught.value.message


def test_a_wrong_file_of_the_user_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "broken.sql").write_text("nothing")
    (tmp_path / "binary.sql").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "mine.sql").write_text(HEAD + "SELECT count(*) AS value FROM call WHERE path <> 'drop; table'")
    found = catalogue(tmp_path)
    assert sorted(fault.partition(":")[0] for fault in found.faults) == ["binary.sql", "broken.sql"]
    assert found.get("mine").title == "Mine" and found.get("availability").title == "Availability"


def test_a_remark_before_the_head_or_inside_the_statement_is_no_fault() -> None:
    kpi = parse(
        "mine", "-- Made by ann\n" + HEAD + "-- slices: route, consumer\nSELECT 1 AS value -- one\n-- and only one\n"
    )
    assert kpi.slices == ("route", "consumer") and kpi.sql.startswith("SELECT 1")


def test_a_users_file_may_replace_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "csat.sql").write_text(HEAD + "SELECT 1 AS value")
    assert catalogue(tmp_path).get("csat").title == "Mine"
    assert shipped().get("csat").title == "CSAT"


def test_without_a_folder_the_shipped_ones_are_all_there_is(tmp_path: Path) -> None:
    assert catalogue(tmp_path / "none").kpis == shipped().kpis


@pytest.mark.parametrize("kpi", shipped().kpis.values(), ids=lambda k: k.name)
def test_a_shipped_file_says_what_it_means_how_it_is_made_and_after_whom(kpi: Kpi) -> None:
    for name in ("title", "means", "formula", "source", "edge"):
        assert len(getattr(kpi, name)) > 2, name
    assert kpi.category in CATEGORIES and kpi.unit in UNITS
    assert kpi.edge.endswith(".") and kpi.formula.endswith(".")
    if kpi.method != "none":
        assert kpi.trend != "none", "what has an interval can be compared"
    if set(kpi.slices) & set(COLUMNS):
        assert "$part" in kpi.sql, "a slice that the statement ignores would give the same number for each part"


def test_every_name_of_the_contract_is_there() -> None:
    names = [
        "availability",
        "mtbf",
        "error_rate_5xx",
        "error_rate_4xx",
        "latency_mean",
        "latency_p50",
        "latency_p95",
        "latency_p99",
        "latency_gateway_p95",
        "throughput",
        "throttled",
        "rejected",
        "failed_logins",
        "cpu",
        "memory",
        "disk",
        "network",
        "mtta",
        "mttr",
        "mttr_first",
        "mttr_final",
        "first_contact_resolution",
        "reopen_rate",
        "opened",
        "resolved",
        "backlog",
        "backlog_growth",
        "volume_by_severity",
        "tickets_per_day",
        "channel_use",
        "bug_density",
        "csat",
        "nps",
        "sentiment_negative",
        "feedback_mix",
        "adoption",
        "conversion",
        "churn",
        "app_errors",
        "page_load_p75",
        "suspicious_requests",
        "routing_success",
        "gateway_capacity",
        "ai_calls",
        "ai_tokens",
        "ai_cost",
        "operation_cost",
        "availability_by_calls",
        "mttr_p1",
        "mttr_p2",
        "mttr_p3",
        "mttr_p4",
        "time_to_deploy",
        "sla_response_adherence",
        "sla_resolution_adherence",
    ]
    assert sorted(names) == sorted(shipped().kpis)
