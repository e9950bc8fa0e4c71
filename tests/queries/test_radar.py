"""Numbers against words: silent failures, phantom pain, quiet customers, and what cannot be known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from console.model.facts import ConsumerTraffic, Facts, Traffic
from console.model.moment import DAY, HOUR, MINUTE, Known, Moment
from console.queries import radar
from console.queries.radar import RadarAnswer, path_words
from console.sources.launch import inside
from console.sources.launch.session import settings
from tests.builders import T0, Bench, bench, covered, jira, launch, scrape, ticket
from tests.launch_truth import now_of, planted

DAYS = 5
START, END = T0, T0 + DAYS * DAY
BROKEN = END - 10 * HOUR
ROUTE = "GET /v3/recommendations"
OWNERS = [{"id": "web-1", "customer": "Halden"}, {"id": "web-2", "customer": "corvina.example"}]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path, END) as one:
        one.settings(**launch(scrape("edge"), jira(), live=START), consumer=OWNERS)
        yield one


def hourly(fail_from: int = END, route: str = ROUTE, code: int = 500, seed: int = 1) -> list[Traffic]:
    rng = np.random.default_rng(seed)
    found = []
    for hour in range(START, END, HOUR):
        bad = int(rng.poisson(10_000 * (0.05 if hour >= fail_from else 0.0005)))
        found += [Traffic(hour, "edge", route, "", 200, 10_000 - bad), Traffic(hour, "edge", route, "", code, bad)]
    return found


def by_key(fail_from: int, keys: tuple[str, ...] = ("web-1", "web-2")) -> list[ConsumerTraffic]:
    rng = np.random.default_rng(4)
    found = []
    for hour in range(START, END, HOUR):
        for key in keys:
            bad = int(rng.poisson(2_000 * (0.1 if hour >= fail_from else 0.001)))
            found += [
                ConsumerTraffic(hour, "edge", key, ROUTE, 200, 2_000 - bad),
                ConsumerTraffic(hour, "edge", key, ROUTE, 502, bad),
            ]
    return found


def known(one: Bench, *names: str) -> None:
    one.add(Facts(covered=[covered(name, START, END) for name in names or ("edge", "jira")]))


def look(one: Bench, moment: Moment | None = None) -> RadarAnswer:
    return radar.ask(one.reader(moment or Moment()), one.shelf)


def test_an_empty_session_says_what_is_missing(made: Bench) -> None:
    answer = look(made)
    assert answer.silent == answer.phantom == answer.quiet == ()
    assert "gateway" in answer.reasons["silent"]


def test_without_a_ticket_source_nothing_is_called_silent(made: Bench) -> None:
    known(made, "edge")
    made.add(Facts(traffic=hourly(BROKEN)))
    answer = look(made)
    assert answer.silent == ()
    assert "ticket source" in answer.reasons["silent"]


def test_an_hour_of_calls_tells_nothing_of_the_usual(made: Bench) -> None:
    made.add(Facts(covered=[covered("edge", END - HOUR, END), covered("jira", START, END)]))
    made.add(Facts(traffic=[t for t in hourly(END - HOUR) if t.minute >= END - HOUR]))
    answer = look(made)
    assert answer.silent == ()
    assert "Only 1 h of calls are known" in answer.reasons["silent"]


def test_errors_without_a_ticket_are_silent(made: Bench) -> None:
    known(made)
    made.add(
        Facts(
            traffic=[*hourly(BROKEN), *hourly(route="GET /b", seed=2)],
            ticket_event=ticket("O-1", END - HOUR, title="Hello"),
        )
    )
    (failure,) = look(made).silent
    assert [t.name for t in failure.troubles] == [ROUTE]
    assert failure.span.start == BROKEN
    assert failure.going_on
    assert failure.events == pytest.approx(5_000, rel=0.1)


@pytest.mark.parametrize(
    "words",
    [
        {"route": ROUTE, "title": "It breaks"},
        {"title": "No recommendation is shown"},
        {"title": "x", "body": "RECOMMENDATIONS!"},
    ],
)
def test_a_ticket_about_the_route_breaks_the_silence(made: Bench, words: dict[str, str]) -> None:
    known(made)
    made.add(Facts(traffic=hourly(BROKEN), ticket_event=ticket("O-1", BROKEN + HOUR, **words)))
    assert look(made).silent == ()


def test_a_ticket_from_before_does_not(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=hourly(BROKEN), ticket_event=ticket("O-1", BROKEN - 30 * HOUR, route=ROUTE)))
    (failure,) = look(made).silent
    assert failure.mentions == 0


def test_what_was_not_known_then_was_not_silent_then(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=hourly(BROKEN)))
    assert len(look(made, Moment(END, Known.NOW)).silent) == 1
    assert look(made, Moment(BROKEN - HOUR, Known.NOW)).silent == ()


def test_reports_of_a_steady_route_are_phantom_and_of_a_broken_one_are_not(made: Bench) -> None:
    known(made)
    events = []
    for n in range(12):
        events += ticket(f"S-{n}", END - 20 * HOUR + n * HOUR, title="Mail twice", component="notify")
        events += ticket(f"B-{n}", BROKEN + n * 40 * MINUTE, title="No proposals", component="shop", route=ROUTE)
        events += ticket(f"W-{n}", END - 20 * HOUR + n * HOUR, title="Please", component="wish", kind="enhancement")
    made.add(Facts(traffic=[*hourly(BROKEN), *hourly(route="GET /b", seed=2)], ticket_event=events))
    (pain,) = look(made).phantom
    assert (pain.area, len(pain.tickets)) == ("notify", 12)
    assert pain.since == END - 20 * HOUR
    assert set(pain.words) & {"mail", "twice"}


def test_four_tickets_are_no_group(made: Bench) -> None:
    known(made)
    events = [e for n in range(4) for e in ticket(f"S-{n}", END - (n + 1) * HOUR, component="notify")]
    made.add(Facts(traffic=hourly(), ticket_event=events))
    assert look(made).phantom == ()


def test_a_customer_who_fails_and_never_writes_is_quiet(made: Bench) -> None:
    known(made)
    wrote = ticket("O-1", BROKEN + HOUR, customer="halden")
    made.add(Facts(traffic=hourly(), consumer_traffic=by_key(BROKEN), ticket_event=wrote))
    (quiet,) = look(made).quiet
    assert (quiet.customer, quiet.consumers, quiet.measure) == ("corvina.example", ("web-2",), "5xx")
    assert quiet.span.start == BROKEN
    assert quiet.wrote_before is None


def test_a_reporters_address_tells_the_customer(made: Bench) -> None:
    known(made)
    wrote = [
        *ticket("O-1", BROKEN + HOUR, customer="Halden"),
        *ticket("O-2", END - HOUR, reporter="Ann <ann@corvina.example>"),
    ]
    made.add(Facts(traffic=hourly(), consumer_traffic=by_key(BROKEN), ticket_event=wrote))
    assert look(made).quiet == ()


def test_one_who_wrote_before_is_quiet_since(made: Bench) -> None:
    known(made)
    wrote = [*ticket("O-1", BROKEN + HOUR, customer="Halden"), *ticket("O-2", BROKEN - DAY, customer="corvina.example")]
    made.add(Facts(traffic=hourly(), consumer_traffic=by_key(BROKEN), ticket_event=wrote))
    (quiet,) = look(made).quiet
    assert quiet.wrote_before == BROKEN - DAY


def test_a_failing_key_without_a_customer_is_said_so(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=hourly(), consumer_traffic=by_key(BROKEN, ("stray-9",))))
    answer = look(made)
    assert answer.quiet == ()
    assert answer.nameless == ("stray-9",)


def test_no_calls_by_consumer_is_said_so(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=hourly()))
    assert "by consumer" in look(made).reasons["quiet"]


def test_a_few_hours_of_calls_by_consumer_are_said_to_be_too_few(made: Bench) -> None:
    known(made)
    made.add(Facts(traffic=hourly(), consumer_traffic=[c for c in by_key(END) if c.minute >= END - 3 * HOUR]))
    assert "Only 3 h of calls by consumer" in look(made).reasons["quiet"]


def test_a_path_is_called_by_its_words() -> None:
    assert path_words("GET /v3/orders/{id}/cancel") == {"order", "cancel"}
    assert path_words("/health") == {"health"}


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [7, 31])
def test_the_launchs_silent_phantom_and_quiet_are_found(tmp_path: Path, seed: int) -> None:
    now, items = now_of(seed), planted(seed)
    with bench(tmp_path, now) as made:
        document = settings("http://127.0.0.1:1", now, seed)
        document["source"] = [s for s in document["source"] if s["name"] in ("edge", "shop", "pulse")]
        made.settings(**document)
        made.add(inside.facts(seed, now, step=60, tables=("traffic", "latency", "consumer_traffic", "tickets")))
        answer = look(made)
    assert items["silent_errors"]["routes"][0] in [t.name for t in answer.silent[0].troubles]
    reported = {*items["release_that_breaks"]["routes"]}
    assert not any(t.name in reported for f in answer.silent for t in f.troubles)
    keys = set(items["phantom_pain"]["tickets"])
    assert len(keys & {v.key for v in answer.phantom[0].tickets}) >= 0.9 * len(keys)
    quiet = {q.customer for q in answer.quiet}
    assert set(items["expired_key"]["customers"]) <= quiet
    wrote = {v for v in items["failing_and_silent"]["customers"] if v not in quiet}
    # An everyday ticket of such a shop since the release breaks its silence, rightly.
    assert len(wrote) <= 1
