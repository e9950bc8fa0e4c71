"""Tickets, feed, facts and truth of the simulated launch."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.moment import DAY, HOUR, MINUTE, Span, parse_instant
from console.settings import from_document
from console.sources.launch import feed, session
from console.sources.launch.inside import TICKET_TABLES, facts
from console.sources.launch.story import story
from console.sources.launch.tickets import tickets
from console.sources.launch.topics_everyday import EVERYDAY
from console.sources.launch.topics_planted import PLANTED
from console.sources.launch.truth import truth
from console.sources.launch.world import ROUTE_INDEX, world

NOW = parse_instant("2026-11-20T13:21:07Z")
DONE = ("Resolved", "Closed")


@pytest.mark.thorough
@given(seed=st.integers(0, 10**9), hours=st.integers(0, 24 * 400))
@settings(max_examples=12)
def test_every_seed_and_hour_gives_the_same_picture(seed: int, hours: int) -> None:
    now = NOW + hours * HOUR
    launch = world(seed, now)
    known = [ticket for ticket in tickets(launch) if ticket.created < launch.anchor]
    still = [ticket for ticket in known if ticket.at(launch.anchor)["status"] not in DONE]
    severities = Counter(ticket.severity for ticket in known)
    assert 6 * DAY <= launch.anchor - launch.go_live <= 7 * DAY + HOUR
    assert (len(known), len(still), severities["P1"], severities["P2"]) == (900, 64, 12, 44)
    assert [ticket.key for ticket in still if ticket.severity == "P1"] == ["PAY-1482"]
    assert sum(ticket.severity == "P2" for ticket in still) == 4


@pytest.mark.thorough
def test_the_same_seed_and_clock_give_the_same_bytes() -> None:
    def all_of_it(seed: int) -> bytes:
        told = facts(seed, NOW, NOW - 30 * MINUTE, coarse=10)
        return msgspec.msgpack.encode(
            [told.traffic, told.latency, told.consumer_traffic, told.ticket_event, told.survey]
        )

    first = all_of_it(5)
    tickets.cache_clear()
    feed.answers.cache_clear()
    assert all_of_it(5) == first
    assert all_of_it(6) != first


def test_changes_of_a_ticket_come_one_after_the_other_and_fit_together() -> None:
    for ticket in tickets(world(7, NOW)):
        state = {"status": "New", "priority": ticket.priority, "assignee": "", "resolution": "", "duplicate": ""}
        last = ticket.created
        for change in ticket.changes:
            assert change.at > last, ticket.key
            assert state[change.field] == change.old, ticket.key
            assert change.new != change.old, ticket.key
            state[change.field], last = change.new, change.at
        assert all(remark.at > ticket.created for remark in ticket.remarks), ticket.key


def test_keys_and_ids_are_given_once() -> None:
    made = tickets(world(7, NOW))
    assert len({ticket.key for ticket in made}) == len({ticket.id for ticket in made}) == len(made)


def test_the_wording_varies_by_author_and_language() -> None:
    known = tickets(world(7, NOW))[:900]
    assert len({ticket.body for ticket in known}) > 700
    assert {ticket.who.language for ticket in known} == {"en", "de", "fr"}
    assert len({ticket.who.voice for ticket in known}) == 6
    assert min(len(ticket.body) for ticket in known) < 30
    assert max(len(ticket.body) for ticket in known) > 300
    assert not any("{" in ticket.title for ticket in known)


def test_agents_answer_within_minutes_and_settle_a_p1_in_about_three_hours() -> None:
    launch = world(7, NOW)
    known = [ticket for ticket in tickets(launch) if ticket.created < launch.anchor]

    def first(status: str, severity: str | None = None) -> list[int]:
        return [
            change.at - ticket.created
            for ticket in known
            for change in ticket.changes
            if change.new == status and change.at < launch.anchor and severity in (None, ticket.severity)
        ]

    waits, settled = first("Acknowledged"), first("Resolved", "P1")
    assert 4 * MINUTE < sum(waits) / len(waits) < 15 * MINUTE
    assert 2 * HOUR < sum(settled) / len(settled) < 4.5 * HOUR
    reopened = sum(any(c.new == "Reopened" and c.at < launch.anchor for c in t.changes) for t in known)
    assert 0.03 < reopened / len(known) < 0.07


def test_tickets_grow_fewer_from_day_to_day() -> None:
    launch = world(7, NOW)
    days = Counter((t.created - launch.go_live) // DAY for t in tickets(launch)[:900] if t.topic in EVERYDAY)
    assert days[0] > days[2] > days[4] > days[5]
    assert days[5] < 40


def test_topics_name_routes_that_exist() -> None:
    assert all(topic.route in ("", *ROUTE_INDEX) for topic in (*EVERYDAY, *PLANTED))


def test_surveys_are_mostly_content() -> None:
    launch = world(7, NOW)
    support = [a for a in feed.answers(launch) if a.kind == "support" and a.at < launch.anchor]
    assert len(support) == 212
    assert 0.82 < sum(a.score >= 4 for a in support) / 212 < 0.84


def test_the_feed_tells_nothing_of_the_future() -> None:
    launch = world(7, NOW)
    rows = feed.entries(launch, NOW)
    assert all(parse_instant(row["at"]) <= NOW for row in rows)
    assert [row["version"] for row in rows if row["type"] == "release"][-1] == "3.0.4"
    later = feed.entries(launch, NOW + 3 * HOUR)
    assert later[: len(rows)] == rows
    assert [row["version"] for row in later if row["type"] == "release"][-1] == "3.0.5"


def test_whatever_is_planted_stands_in_the_truth_with_its_tickets() -> None:
    told = truth(7, NOW)
    items = {item["kind"]: item for item in told["items"]}
    known = {event.new for event in facts(7, NOW, tables=("tickets",)).ticket_event if event.field == "key"}
    assert len(items["release_that_breaks"]["tickets"]) == 18
    assert items["release_that_breaks"]["headline"] == "PAY-1482"
    assert items["silent_errors"]["tickets"] == []
    assert all(set(item.get("tickets", [])) <= known for item in told["items"])
    assert len(items["twins"]["pairs"]) == 30
    assert msgspec.json.encode(told)


@pytest.mark.parametrize("seed", [1, 2, 7, 40, 1234])
def test_those_who_fail_and_never_write_have_no_payment_ticket(seed: int) -> None:
    launch = world(seed, NOW)
    items = {item["kind"]: item for item in truth(seed, NOW)["items"]}
    quiet = items["failing_and_silent"]["customers"]
    writers = {t.consumer.customer.name for t in tickets(launch) if t.key in items["release_that_breaks"]["tickets"]}
    assert len(quiet) == 4
    assert not writers & set(quiet)
    owner = items["expired_key"]["customers"][0]
    assert all(ticket.consumer.customer.name != owner for ticket in tickets(launch))


def test_facts_add_up_to_the_minutes_whatever_the_step() -> None:
    start, end = NOW - 3 * HOUR, NOW - HOUR
    fine = facts(7, NOW, start, end, step=1, coarse=1)
    thin = facts(7, NOW, start, end, step=60, coarse=60)
    calls = sum(row.calls for row in fine.traffic)
    assert calls == sum(row.calls for row in thin.traffic)
    assert calls == sum(row.count for row in fine.latency if row.kind == "total")
    assert calls == sum(row.calls for row in thin.latency_sum if row.kind == "upstream")
    assert sum(row.calls for row in fine.consumer_traffic) == sum(row.calls for row in thin.consumer_traffic)
    assert len(thin.traffic) < len(fine.traffic) / 20


def test_a_step_that_does_not_divide_four_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="must divide"):
        facts(7, NOW, step=7)


def test_the_gap_is_known_as_a_sum_only() -> None:
    launch = world(7, NOW)
    gap = story(launch).gap
    told = facts(7, NOW, gap.start - HOUR, gap.end + HOUR, tables=("traffic",))
    spread = [row for row in told.traffic if row.span_from is not None]
    assert spread
    assert {row.span_from for row in spread} == {gap.start}
    assert not [row for row in told.traffic if row.span_from is None and Span(gap.start, gap.end).holds(row.minute)]
    assert [c.whole for c in told.covered] == [False, True, False]


def test_a_failing_consumer_is_seen_by_name() -> None:
    launch = world(7, NOW)
    items = {item["kind"]: item for item in truth(7, NOW)["items"]}
    told = facts(7, NOW, NOW - 40 * MINUTE, tables=("consumer_traffic",), coarse=10)
    failed = Counter[str]()
    for row in told.consumer_traffic:
        if row.route == "POST /v3/payments/confirm" and row.status == 502:
            failed[row.consumer] += row.calls
    assert set(items["failing_and_silent"]["consumers"]) <= set(failed)
    assert all(row.consumer in {key.id for key in launch.consumers} for row in told.consumer_traffic)


def test_tickets_alone_come_without_the_gateway() -> None:
    told = facts(7, NOW, tables=TICKET_TABLES)
    assert not told.traffic
    assert not told.latency
    assert sum(1 for e in told.ticket_event if e.field == "key") == 900
    assert all(e.happened_at < NOW for e in told.ticket_event)


def test_the_settings_of_the_session_are_accepted() -> None:
    accepted = from_document(session.settings("http://127.0.0.1:8123/", NOW))
    assert [source.name for source in accepted.source] == ["edge", "history", "shop", "pulse", "front-door"]
    assert len(accepted.flow) == 5
    assert len(accepted.consumer) == 300
    assert accepted.release == []
    assert all(route in ROUTE_INDEX for flow in accepted.flow for route in flow.routes)
