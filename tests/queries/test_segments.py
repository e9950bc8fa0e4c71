"""Calls, answers and readings by segment: through the mapping of the moment, and what is in no segment is never silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.model.facts import ConsumerTraffic, Facts, Measure, Survey
from console.model.moment import HOUR, MINUTE, Known, Moment, Span, parse_instant
from console.model.number import Number, Slice, from_link
from console.queries import criteria, proof, proof_rows
from console.queries.breakdown import breakdown
from console.queries.catalogue import shipped
from console.queries.kpi import standing_for
from console.queries.shelf import TicketShelf
from console.queries.statement import Place, fill_fast
from tests.builders import (
    T0,
    Bench,
    bench,
    covered,
    every_minute,
    feed,
    jira,
    launch,
    plain_value,
    scrape,
    ticket,
    traffic,
)

END = T0 + HOUR
MAPPED: dict[str, Any] = {
    "customer": [
        {"name": "Globex", "segment": "enterprise", "consumers": ["glo-1", "glo-2"]},
        {"name": "Initech", "segment": "smb", "domains": ["initech.example"], "consumers": ["ini"]},
        {"name": "Hooli", "consumers": ["hoo"]},
    ],
    "consumer": [{"id": "trial-key", "segment": "smb"}],
}


def calls(
    who: str, n: int, status: int = 200, at: int = T0, route: str = "GET /a", source: str = "edge"
) -> ConsumerTraffic:
    return ConsumerTraffic(at, source, who, route, status, n)


def answer(
    n: int, score: float, customer: str = "", ticket: str = "", source: str = "feed", kind: str = "support"
) -> Survey:
    return Survey(source, f"s{n}", kind, score, customer, ticket, "", T0 + n * MINUTE)


def an_hour(made: Bench, *sources: dict[str, Any], **mapping: Any) -> None:
    made.settings(
        **launch(scrape("edge"), jira(), feed(), *sources, live=T0), routes={"internal": ["/health*"]},
        **(mapping or MAPPED),
    )  # fmt: skip
    told = [covered(name, T0, END) for name in ("edge", "jira", "feed", *(s["name"] for s in sources))]
    routes = [*every_minute(T0, END, 60), traffic(T0, 9, route="GET /health/x")]
    made.add(Facts(covered=told, traffic=routes))


def some_calls(made: Bench) -> None:
    made.add(
        Facts(
            consumer_traffic=[
                calls("glo-1", 30),
                calls("glo-2", 10, 503),
                calls("glo-2", 99, route="GET /health/x"),
                calls("ini", 7),
                calls("trial-key", 3, 404),
                calls("hoo", 1, 500),
                calls("stray", 4),
                calls("", 2),
            ]
        )
    )


def test_without_calls_by_consumer_no_segment_is_told_and_it_says_why(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        found = made.kpi("throughput", segment="enterprise")
        assert (found.value, found.state) == (None, "unknown")
        assert found.why == "No source tells calls by consumer, so nobody knows which segment called."
        assert breakdown(made.reader(), shipped().get("throughput"), "segment").why == found.why


def test_a_segment_without_a_key_is_unknown_and_never_quiet(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        some_calls(made)
        found = made.kpi("throughput", segment="enterprize")
        assert found.value is None and 'No API key belongs to segment "enterprize"' in found.why
    with bench(tmp_path, END, "b.hypercare") as made:
        an_hour(made, consumer=[])
        some_calls(made)
        found = breakdown(made.reader(), shipped().get("error_rate_5xx"), "segment")
        assert found.parts == () and "No API key belongs to any segment" in found.why


@pytest.mark.parametrize("name", ["latency_p95", "latency_mean", "availability"])
def test_what_gateways_do_not_count_by_consumer_is_refused_by_segment_too(tmp_path: Path, name: str) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        why = made.kpi(name, segment="enterprise").why
        assert why.endswith("by segment is not counted by gateways; single calls do not cover the window.")
        assert made.kpi("cpu", segment="enterprise").why == "CPU is not told by segment."


def test_calls_of_nobody_s_keys_are_in_no_segment_and_told_beside_each(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        some_calls(made)
        found = made.kpi("error_rate_5xx", segment="enterprise")
        assert (found.value, found.n, found.state) == (0.25, 40, "known")
        beside = "7 calls of consumers that belong to no segment are left out."
        assert found.why == f"Consumers are counted in tens of minutes; the window was widened to them. {beside}"
        broken = breakdown(made.reader(), shipped().get("error_rate_4xx"), "segment")
        assert [(name, a.value, a.n) for name, a in broken.parts] == [("enterprise", 0.0, 40), ("smb", 0.3, 10)]
        assert broken.beside == beside
        made.add(Facts(consumer_traffic=[calls("ini", 5, at=T0 + 20 * MINUTE)]))
        late = made.kpi("error_rate_5xx", T0 + 20 * MINUTE, END, segment="enterprise")
        assert late.value is None and late.why == "No calls in this window."
        early = made.kpi("error_rate_5xx", T0, T0 + MINUTE, segment="smb", route="GET /b")
        assert early.value is None and early.why == "No calls in this window."
        assert made.kpi("throughput", T0 + 20 * MINUTE, END, segment="enterprise").value == 0.0


def test_a_gateway_that_names_no_consumers_is_said_beside(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made, scrape("shop"), **MAPPED)
        some_calls(made)
        assert made.kpi("throttled", segment="smb").why.endswith(" shop tells no calls by consumer; they are left out.")


def test_a_window_is_widened_to_tens_of_minutes(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        made.add(Facts(consumer_traffic=[calls("ini", 5), calls("ini", 6, at=T0 + 10 * MINUTE)]))
        found = made.kpi("throughput", T0 + 4 * MINUTE, T0 + 9 * MINUTE, segment="smb")
        assert (found.n, found.value) == (5, 5 / 600) and "widened" in found.why


def test_who_belongs_where_is_what_was_known_at_the_moment(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        some_calls(made)
        made.clock.forward(60)
        moment = Moment(made.clock.now(), Known.THEN)
        made.clock.forward(60)
        moved = [{**c, "segment": "gold"} if c["name"] == "Globex" else c for c in MAPPED["customer"]]
        an_hour(made, **{**MAPPED, "customer": moved})
        assert made.kpi("error_rate_5xx", T0, END, segment="gold").n == 40
        assert "No API key" in made.kpi("error_rate_5xx", T0, END, segment="enterprise").why
        assert made.kpi("error_rate_5xx", T0, END, moment, segment="enterprise").n == 40
        assert "No API key" in made.kpi("error_rate_5xx", T0, END, moment, segment="gold").why


def test_answers_count_by_who_gave_them_and_else_by_their_ticket(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made, jira("desk"), **MAPPED)
        tickets = [
            *ticket("A-1", T0, segment="enterprise"), *ticket("A-2", T0, segment="smb"), *ticket("A-3", T0),
            *ticket("B-1", T0, segment="smb"), *ticket("B-1", T0, source="desk", segment="enterprise"),
        ]  # fmt: skip
        given = [
            answer(1, 5, "globex"),
            answer(2, 1, "Ann <ann@initech.example>", "A-1"),
            answer(3, 4, "", "A-1"),
            answer(4, 2, "Hooli", "jira:A-2"),
            answer(5, 5, "", "id-A-2", "jira"),
            answer(6, 5, "Hooli", "A-3"),
            answer(7, 5, "", "B-1"),
            answer(8, 5, "", "desk:B-1"),
            answer(9, 5, "", "gone"),
            answer(10, 10, "Globex", kind="nps"),
        ]
        made.add(Facts(ticket_event=tickets, survey=given))
        found = made.kpi("csat", segment="enterprise")
        assert (found.value, found.n) == (1.0, 3)
        assert found.why == "3 answers that belong to no segment are left out."
        assert (made.kpi("csat", segment="smb").value, made.kpi("csat", segment="smb").n) == (1 / 3, 3)
        assert made.kpi("csat").n == 9 and made.kpi("csat").why == ""
        assert (made.kpi("nps", segment="enterprise").value, made.kpi("nps", segment="smb").value) == (100.0, None)
        reader = made.reader()
        table = TicketShelf().fill(reader)
        broken = breakdown(reader, shipped().get("csat"), "segment", shelf=table)
        assert [(name, a.n) for name, a in broken.parts] == [("enterprise", 3), ("smb", 3)]
        assert broken == breakdown(made.reader(), shipped().get("csat"), "segment")


def test_answers_by_segment_read_the_tickets_that_are_worked_out_already(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        reader = made.reader()
        place = Place(Span(T0, END), Slice(segment="smb"), 3600.0, END)
        run = fill_fast(reader, shipped().get("csat").sql, place, TicketShelf().fill(reader))
        assert "ticket_fields(" not in run and "segments_answered(" not in run and run.count("LEFT JOIN asked") == 1


def test_readings_of_sentiment_count_by_what_their_labels_name(tmp_path: Path) -> None:
    labels = ('{"segment":"smb"}', '{"customer":"Globex"}', '{"customer":"Globex","segment":"smb"}', "{}", "no json")
    with bench(tmp_path, END) as made:
        an_hour(made)
        told = [Measure(T0 + n * MINUTE, "feed", "sentiment_negative", text, 0.1 * n) for n, text in enumerate(labels)]
        made.add(Facts(measure=told))
        found = made.kpi("sentiment_negative", segment="smb")
        assert (found.value, found.n, found.why) == (0.1, 2, "2 readings that belong to no segment are left out.")
        assert made.kpi("sentiment_negative", segment="enterprise").n == 1


@pytest.mark.thorough
def test_the_shown_statement_gives_the_shown_value_in_any_duckdb(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        some_calls(made)
        made.add(
            Facts(
                ticket_event=ticket("A-1", T0, segment="enterprise"),
                survey=[answer(1, 5, "globex"), answer(2, 1, "", "A-1"), answer(3, 9, "globex", kind="nps")],
                measure=[Measure(T0, "feed", "sentiment_negative", '{"customer":"Globex"}', 0.5)],
            )
        )
        reader, path = made.reader(), made.path
        shown = []
        for kpi in shipped().kpis.values():
            if "segment" in kpi.slices and kpi.feeds != "tickets":
                shown += breakdown(reader, kpi, "segment", shown=True).parts
                shown += breakdown(reader, kpi, "segment", T0, END, shown=True, shelf=TicketShelf().fill(reader)).parts
                numbers = [Number(kpi.name, T0, END, Slice(segment="enterprise"), Moment(END, Known.NOW))]
                shown += [("enterprise", a) for n in numbers if (a := proof.ask(reader, TicketShelf(), n, []).answer)]
        assert len(shown) > 40
    for name, found in shown:
        row = plain_value(path, found.sql)
        assert row is not None and row[0] == found.value, (found.kpi, name)


def test_its_proof_shows_the_calls_and_answers_it_counted_and_its_link_opens_it_again(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        some_calls(made)
        made.add(Facts(survey=[answer(1, 5, "globex"), answer(2, 1, "Initech")]))
        number = Number("error_rate_5xx", T0, END, Slice(segment="enterprise"), Moment(END, Known.NOW))
        assert from_link(number.link("s"))[1] == number
        assert _rows(made, "error_rate_5xx", Slice(segment="enterprise"), "calls") == [40]
        assert _rows(made, "error_rate_5xx", Slice(segment="smb", consumer="ini"), "calls") == [7]
        assert _rows(made, "csat", Slice(segment="enterprise"), "score") == [5.0]


def _rows(made: Bench, name: str, part: Slice, column: str) -> list[Any]:
    kpi = shipped().get(name)
    reader = standing_for(made.reader(), kpi)
    found = made.kpi(name, T0, END, **part.given())
    plan = proof_rows.plan(reader, kpi, Span(parse_instant(found.from_), parse_instant(found.to)), part)
    assert plan is not None
    place = plan.columns.index(column)
    rows = [row[place] for row in proof_rows.page(reader, plan, 0, 100)]
    assert sum(rows) == found.n or name == "csat"
    return rows


def test_a_criterion_is_judged_on_one_segment(tmp_path: Path) -> None:
    own = [
        {"key": "csat_big", "title": "Large customers content", "kpi": "csat", "above": 0.8, "segment": "enterprise"},
        {"key": "fails_big", "title": "Large customers served", "kpi": "error_rate_5xx", "below": 0.01, "segment": "enterprise"},
    ]  # fmt: skip
    with bench(tmp_path, END) as made:
        an_hour(made, **MAPPED, criterion=own)
        some_calls(made)
        glad = [answer(n, 5, "globex") for n in range(1, 41)]
        made.add(Facts(survey=[*glad, *(answer(n, 1, "Initech") for n in range(41, 59))]))
        judged = {c.criterion: c for c in criteria.ask(made.reader(), TicketShelf())}
        assert (judged["csat_big"].value, judged["csat_big"].state) == (1.0, "met")
        assert (judged["fails_big"].value, judged["fails_big"].state) == (0.25, "not_met")


def test_a_consumer_a_route_and_a_segment_narrow_together(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        some_calls(made)
        kpi, reader = shipped().get("throughput"), made.reader()
        assert made.kpi("throughput", segment="enterprise", consumer="glo-1", route="GET /a").n == 30
        assert made.kpi("throughput", segment="enterprise", consumer="ini").n == 0
        by_key = breakdown(reader, kpi, "consumer", T0, END, Slice(segment="enterprise"), shown=True)
        assert [(name, a.n) for name, a in by_key.parts] == [("glo-1", 30), ("glo-2", 10)]
        of_key = breakdown(reader, kpi, "segment", T0, END, Slice(consumer="ini"), shown=True)
        assert [(name, a.n) for name, a in of_key.parts] == [("smb", 7)]
        by_route = breakdown(reader, kpi, "route", T0, END, Slice(segment="smb"))
        assert [(name, a.n) for name, a in by_route.parts] == [("GET /a", 10)]
        for found, part in ((by_key, Slice(segment="enterprise")), (of_key, Slice(consumer="ini"))):
            for name, told in found.parts:
                own = {**part.given(), found.by: name}
                assert made.kpi("throughput", T0, END, **own).sql == told.sql
