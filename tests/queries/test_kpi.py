"""One number: its window, what it stands on, and a statement that anyone can run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.errors import QuestionError
from console.model.facts import ConsumerTraffic, Covered, Facts, Latency, LatencySum, Survey, Traffic
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Known, Moment, Span, iso
from console.model.number import Slice
from console.queries import proof_rows
from console.queries.catalogue import shipped
from console.queries.kpi import ask
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
    probe,
    scrape,
    survey,
    ticket,
    traffic,
)  # fmt: skip

END = T0 + HOUR


def an_hour(made: Bench, calls: int = 60) -> None:
    """An hour since go-live, fully covered, with so many calls a minute."""
    made.settings(**launch(scrape("edge"), jira(), feed(), live=T0), routes={"internal": ["/health*"]})
    made.add(Facts(covered=[covered("edge", T0, END)], traffic=every_minute(T0, END, calls)))


def test_an_unknown_name_offers_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match='"error_rate_5xx"'):
        shipped().get("error_rate_5x")


def test_without_any_source_every_kpi_is_unknown_and_says_why(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        for kpi in shipped().kpis.values():
            found = ask(made.reader(), kpi)
            assert (found.value, found.state, found.coverage) == (None, "unknown", 0.0)
            assert found.why and found.sql


def test_sources_that_said_nothing_are_named(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        made.settings(**launch(scrape("edge"), live=T0))
        assert made.kpi("throughput").why == "edge said nothing about this window."


def test_the_default_window_runs_from_go_live_to_the_newest_covered_instant(tmp_path: Path) -> None:
    with bench(tmp_path, END + 10 * MINUTE) as made:
        an_hour(made)
        found = made.kpi("throughput")
    assert (found.from_, found.to, found.state) == (iso(T0), iso(END), "known")
    assert found.value == 1.0 and found.n == 3600


def test_a_past_moment_caps_the_window(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        found = made.kpi("throughput", moment=Moment(T0 + 10 * MINUTE))
        assert (found.to, found.n) == (iso(T0 + 10 * MINUTE), 600)
        later = made.kpi("throughput", T0, END, moment=Moment(T0 + 10 * MINUTE))
        assert (later.to, later.n) == (iso(T0 + 10 * MINUTE), 600)


def test_what_was_learnt_later_was_unknown_then_and_is_known_now(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + DAY) as made:
        an_hour(made)
        assert made.kpi("throughput", T0, END, Moment(END, Known.THEN)).state == "unknown"
        assert made.kpi("throughput", T0, END, Moment(END, Known.NOW)).value == 1.0


def test_a_window_with_a_hole_is_partial_and_divides_by_what_is_covered(tmp_path: Path) -> None:
    with bench(tmp_path, END + HOUR) as made:
        an_hour(made)
        found = made.kpi("throughput", T0, END + HOUR)
    assert (found.state, found.coverage, found.value) == ("partial", 0.5, 1.0)
    assert "50.0 %" in found.why


def test_a_covered_hour_without_calls_is_no_throughput_but_no_error_rate(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made, calls=0)
        assert (made.kpi("throughput").value, made.kpi("throughput").state) == (0.0, "known")
        share = made.kpi("error_rate_5xx")
        assert (share.value, share.state) == (None, "unknown") and "No calls" in share.why


def test_an_uncovered_window_is_unknown_even_where_other_time_is_covered(tmp_path: Path) -> None:
    with bench(tmp_path, END + HOUR) as made:
        an_hour(made)
        assert made.kpi("throughput", END, END + HOUR).state == "unknown"


def test_calls_counted_over_a_silence_are_divided_by_its_time_too(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        made.settings(**launch(scrape("edge"), live=T0))
        gap = Traffic(T0 + 39 * MINUTE, "edge", "GET /a", "", 200, 1800, T0 + 10 * MINUTE)
        made.add(
            Facts(
                covered=[
                    covered("edge", T0, T0 + 10 * MINUTE),
                    covered("edge", T0 + 10 * MINUTE, T0 + 40 * MINUTE, whole=True),
                    covered("edge", T0 + 40 * MINUTE, END),
                ],
                traffic=[*every_minute(T0, T0 + 10 * MINUTE, 60), gap, *every_minute(T0 + 40 * MINUTE, END, 60)],
            )
        )
        assert made.kpi("throughput", T0, END).value == pytest.approx(1.0)


def test_a_moment_inside_a_silence_knows_nothing_of_it_though_its_sum_came_afterwards(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        made.settings(**launch(scrape("edge"), live=T0))
        gap = Traffic(T0 + 39 * MINUTE, "edge", "GET /a", "", 200, 1800, T0 + 10 * MINUTE)
        silence = covered("edge", T0 + 10 * MINUTE, T0 + 40 * MINUTE, whole=True)
        made.add(
            Facts(
                covered=[covered("edge", T0, T0 + 10 * MINUTE), silence],
                traffic=[*every_minute(T0, T0 + 10 * MINUTE, 60), gap],
            )
        )
        inside = made.kpi("throughput", T0, T0 + 20 * MINUTE, Moment(T0 + 20 * MINUTE))
        assert (inside.n, inside.coverage) == (600, pytest.approx(0.5))
        after = made.kpi("throughput", T0, T0 + 40 * MINUTE, Moment(T0 + 40 * MINUTE))
        assert (after.n, after.coverage) == (2400, pytest.approx(1.0))


def test_a_gateway_that_was_taken_out_does_not_make_the_others_unknown(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("egde"), scrape("edge"), live=T0))
        made.add(Facts(covered=[covered("egde", T0, T0 + MINUTE)]))
        made.clock.forward(60)
        made.settings(**launch(scrape("edge"), live=T0))
        made.clock.forward(3540)
        made.add(Facts(covered=[covered("edge", T0, END)], traffic=every_minute(T0, END, 60)))
        assert made.kpi("throughput", T0 + 10 * MINUTE, END).state == "known"


def test_internal_routes_are_no_calls_of_users(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        made.add(Facts(traffic=[traffic(T0, 999, route="GET /health/live", status=500)]))
        assert made.kpi("error_rate_5xx").n == 3600
        assert made.kpi("error_rate_5xx", route="GET /health/live").value is None


def test_a_route_narrows_and_what_has_no_routes_says_so(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        made.add(Facts(traffic=[traffic(T0, 40, route="POST /b"), traffic(T0, 10, route="POST /b", status=502)]))
        assert made.kpi("error_rate_5xx", route="POST /b").value == 0.2
        assert made.kpi("error_rate_5xx", route="O'Reilly $window").state == "unknown"
        assert "not told by route" in made.kpi("mtta", route="POST /b").why
        assert "no severities" in made.kpi("throughput", severity="P1").why


def test_a_consumer_widens_the_window_to_tens_of_minutes_and_says_so(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        rows = [ConsumerTraffic(T0 + i * 10 * MINUTE, "edge", "web", "GET /a", 200, 10) for i in range(6)]
        made.add(Facts(consumer_traffic=[*rows, ConsumerTraffic(T0, "edge", "other", "GET /a", 500, 5)]))
        found = made.kpi("error_rate_5xx", T0 + 12 * MINUTE, T0 + 33 * MINUTE, consumer="web")
        assert (found.from_, found.to) == (iso(T0 + 10 * MINUTE), iso(T0 + 40 * MINUTE))
        assert (found.n, found.value) == (30, 0.0) and "widened" in found.why
        assert made.kpi("latency_p95", consumer="web").why.startswith("Latency p95 by consumer")
        assert made.kpi("availability", consumer="web").state == "unknown"


def test_shares_of_rare_errors_carry_the_poisson_bound_and_csat_wilsons(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        errors = made.kpi("error_rate_5xx")
        assert (errors.value, errors.low, errors.method) == (0.0, None, "poisson_upper")
        assert errors.high == pytest.approx(2.99573 / 3600, rel=1e-5)
        made.add(
            Facts(covered=[covered("feed", T0, END)], survey=[survey(i, 5 if i < 8 else 2, T0 + i) for i in range(10)])
        )
        csat = made.kpi("csat")
        assert (csat.value, csat.n, csat.method) == (0.8, 10, "wilson")
        assert (csat.low, csat.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_an_answer_given_anew_counts_once_and_the_first_one_as_long_as_it_was_all_that_was_known(
    tmp_path: Path,
) -> None:
    def answer(score: float, at: int, customer: str = "Shop", ticket: str = "7") -> Survey:
        return Survey("feed", f"{ticket}-{customer}-{score}", "support", score, customer, ticket, "", at)

    with bench(tmp_path, END) as made:
        an_hour(made)
        first = [answer(2, T0 + MINUTE), answer(5, T0 + MINUTE, "Bakery"), answer(5, T0, ticket="8")]
        made.add(Facts(covered=[covered("feed", T0, END)], survey=first))
        made.clock.forward(60)
        made.add(Facts(survey=[answer(5, T0 + 2 * MINUTE)]))
        csat = made.kpi("csat")
        assert (csat.value, csat.n) == (1.0, 3)
        assert made.kpi("csat", end=T0 + 2 * MINUTE).value == pytest.approx(2 / 3), "in the window before it was given"
        then = made.kpi("csat", moment=Moment(END + 30 * SECOND, Known.THEN))
        assert (then.value, then.n) == (pytest.approx(2 / 3), 3)
        rows = proof_rows.plan(made.reader(), shipped().get("csat"), Span(T0, END), Slice())
        assert rows is not None
        assert proof_rows.total(made.reader(), rows) == 3


@pytest.mark.parametrize(
    ("ids", "scores", "customer", "n", "value"),
    [
        (("a", "b"), (1, 5), "", 2, 0.5),
        (("a", "b"), (1, 5), "Shop", 1, 1.0),
        (("7-1", "7-5"), (1, 5), "", 1, 1.0),
        (("7-4.5", "7-2"), (4.5, 2), "", 1, 0.0),
        (("7-bad", "7-good"), (1, 5), "", 1, 1.0),
        (("7-1", "7-2"), (3, 5), "", 2, 0.5),
    ],
)
def test_strangers_who_answer_about_one_ticket_are_two_but_a_changed_answer_of_its_system_is_one(
    tmp_path: Path, ids: tuple[str, ...], scores: tuple[float, ...], customer: str, n: int, value: float
) -> None:
    told = [
        Survey("feed", name, "support", score, customer, "7", "", T0 + i * MINUTE)
        for i, (name, score) in enumerate(zip(ids, scores, strict=True))
    ]
    with bench(tmp_path, END) as made:
        an_hour(made)
        made.add(Facts(covered=[covered("feed", T0, END)], survey=told))
        csat = made.kpi("csat")
        assert (csat.n, csat.value) == (n, value)


def test_percentiles_come_from_merged_buckets_as_histogram_quantile_has_them(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        for lower, upper, count in ((0.0, 100.0, 50), (100.0, 200.0, 40), (200.0, 400.0, 9), (400.0, float("inf"), 1)):
            made.add(Facts(latency=[Latency(T0 + count * MINUTE, "edge", "GET /a", "total", lower, upper, count)]))
        assert made.kpi("latency_p50").value == 100.0
        assert made.kpi("latency_p95").value == pytest.approx(200 + 200 * 5 / 9)
        assert made.kpi("latency_p99").value == 400.0
        assert made.kpi("latency_p95").n == 100


def test_durations_carry_mean_median_p90_and_an_interval(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        facts = Facts(covered=[covered("jira", T0, END)])
        for i, seconds in enumerate((60, 120, 600)):
            facts.ticket_event += [
                *ticket(f"A-{i}", T0, "P1"),
                moved(f"A-{i}", T0 + seconds * 1_000_000, "in_progress"),
            ]
        made.add(facts)
        found = made.kpi("mtta")
        assert (found.value, found.mean, found.median, found.n, found.method) == (260.0, 260.0, 120.0, 3, "bootstrap")
        assert found.p90 == pytest.approx(504.0)
        assert made.kpi("mtta", severity="P2").state == "unknown"


@pytest.mark.thorough
def test_every_shown_statement_gives_exactly_its_value_in_any_duckdb_on_the_closed_file(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        made.settings(**launch(scrape("edge"), jira(), feed(), probe(), live=T0), routes={"internal": ["/health*"]})
        facts = Facts(
            covered=[covered("jira", T0, END), covered("feed", T0, END), covered("probe", END - MINUTE, END)],
            traffic=[traffic(T0, 3, status=500), traffic(T0, 7, status=404), traffic(T0, 9, route="GET /health")],
            latency=[
                Latency(T0, "edge", "GET /a", "total", 0.0, 100.0, 7),
                Latency(T0, "edge", "GET /a", "total", 100.0, 250.0, 3),
            ],
            latency_sum=[LatencySum(T0, "edge", "GET /a", "total", 7, 1_234_567)],
            survey=[survey(i, 5 - i % 3, T0 + i) for i in range(7)],
        )
        for i in range(5):
            facts.ticket_event += [
                *ticket(f"A-{i}", T0 + i * MINUTE, f"P{1 + i % 4}", title="O'Reilly; $window"),
                moved(f"A-{i}", T0 + (7 + i * i) * MINUTE, "resolved"),
            ]
        made.add(facts)
        answers = [made.kpi(name) for name in shipped().kpis] + [
            made.kpi("error_rate_5xx", route="GET /a"), made.kpi("throughput", T0, T0 + 10 * MINUTE, consumer="it's"),
            made.kpi("mttr", severity="P1"), made.kpi("throughput", moment=Moment(T0 + 30 * MINUTE, Known.THEN)),
        ]  # fmt: skip
        path = made.path
    known = [a for a in answers if a.value is not None]
    assert len(known) > 15
    for answer in known:
        row = plain_value(path, answer.sql)
        assert row is not None and float(row[0]) == answer.value, answer.kpi


def test_a_users_own_statement_that_cannot_run_is_refused_in_a_sentence(tmp_path: Path, own_home: Path) -> None:
    from console.queries.catalogue import catalogue

    folder = own_home / "config" / "kpis"
    folder.mkdir(parents=True)
    head = "-- title: Mine\n-- unit: count\n-- direction: none\n-- feeds: gateway\n-- means: x\n"
    (folder / "mine.sql").write_text(head + "SELECT count(*) AS value, count(*) AS n FROM nowhere")
    with bench(tmp_path, END) as made:
        an_hour(made)
        with pytest.raises(QuestionError, match="mine"):
            ask(made.reader(), catalogue().get("mine"), None, None, Slice())


@pytest.mark.parametrize(("name", "status"), [("throttled", 429), ("rejected", 401)])
def test_a_code_is_unknown_where_only_classes_are_told(tmp_path: Path, name: str, status: int) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        made.add(Facts(traffic=[traffic(T0, 400, status=status)]))
        assert made.kpi(name).value == 0.1
        made.add(Facts(traffic=[traffic(T0, 5, status=4)]))
        assert made.kpi(name).state == "unknown"


def test_the_same_question_at_the_same_moment_is_worked_out_once(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        an_hour(made)
        reader = made.reader()
        assert ask(reader, shipped().get("throughput")) is ask(reader, shipped().get("throughput"))


def test_two_sources_of_two_gateways_add_up(tmp_path: Path) -> None:
    with bench(tmp_path, END) as made:
        made.settings(**launch(scrape("one"), scrape("two"), live=T0))
        made.add(
            Facts(
                covered=[Covered("one", T0, END), Covered("two", T0 + 30 * MINUTE, END)],
                traffic=[*every_minute(T0, END, 60, "one"), *every_minute(T0 + 30 * MINUTE, END, 60, "two")],
            )
        )
        assert made.kpi("throughput").n == 90 * 60
        assert made.kpi("throughput").state == "known", "the second gateway counts from its first span on"
