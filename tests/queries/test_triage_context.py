"""What stands around a ticket: tickets like it and why, what moved, who failed, calls, releases, the customer's others."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.model.facts import Call, ConsumerTraffic, Facts, Release
from console.model.moment import DAY, HOUR, MINUTE, Moment
from console.present.triage_context import word
from console.present.triage_figures import TriageContext
from console.queries import triage_context
from console.queries.shelf import TicketShelf
from tests.builders import T0, Bench, bench, covered, launch, moved, scrape, ticket, traffic

UTC = ZoneInfo("UTC")
PAY, SEARCH = "POST /v3/payments/confirm", "GET /search"


def context(made: Bench, key: str = "jira:PAY-1", shelf: TicketShelf | None = None, **more: Any) -> TriageContext:
    answer = triage_context.ask(made.reader(**more), shelf or made.shelf, key)
    return word(answer, {}, UTC)


def crowd(count: int = 40) -> list[Any]:
    """Tickets that have nothing to do with anything, so that rare is rare."""
    return [
        event
        for n in range(count)
        for event in ticket(
            f"X-{n}", T0 - 2 * DAY + n * 17 * MINUTE, "P3", title=f"Thing number{n} looks odd", route=f"GET /r{n % 9}"
        )
    ]


def test_alike_tickets_say_what_they_share_the_strongest_first(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.add(
            Facts(
                ticket_event=[
                    *crowd(), *ticket("PAY-1", T0 - 20 * MINUTE, title="Payment fails after address change", route=PAY),
                    *ticket("PAY-2", T0 - 10 * MINUTE, title="Blank page at payment", route=PAY),
                    *ticket("ZD-3", T0 - DAY, title="Cannot pay", route=PAY),
                    *ticket("APP-4", T0 - DAY, title="The address change is not saved"),
                    *ticket("NO-5", T0 - DAY, title="Search is slow", route=SEARCH),
                ]
            )
        )  # fmt: skip
        found = context(made).alike
        assert found[0].key == "jira:PAY-2" and {line.key for line in found[1:]} == {"jira:APP-4", "jira:ZD-3"}
        why = {line.key: line.why for line in found}
        assert "route" in why["jira:PAY-2"] and "hour" in why["jira:PAY-2"]
        assert why["jira:ZD-3"] == "route" and why["jira:APP-4"].startswith("words “address”")
        scores = [float(line.score) for line in found]
        assert scores == sorted(scores, reverse=True) and all(0 < s < 1 for s in scores)


def test_likeness_follows_a_title_that_changed_and_a_new_ticket(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        shelf = TicketShelf()
        made.add(Facts(ticket_event=[*crowd(), *ticket("PAY-1", T0 - 2 * DAY, title="Voucher lost at checkout")]))
        assert context(made, shelf=shelf).alike == ()
        made.clock.forward(5)
        made.add(
            Facts(ticket_event=[*ticket("PAY-2", T0, title="voucher gone"), moved("X-3", T0, "Voucher again", "title")])
        )
        found = context(made, shelf=shelf).alike
        assert {line.key for line in found} == {"jira:PAY-2", "jira:X-3"}
        assert found == context(made).alike, "mended or anew"


def test_however_long_the_text_the_words_of_the_title_count(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        alike = [
            ticket(f"PAY-{n}", T0 - n * DAY, title="Voucher lost", body=" ".join(f"word{n}x{w}" for w in range(400)))
            for n in range(1, 9)
        ]
        made.add(Facts(ticket_event=[*crowd(), *(event for one in alike for event in reversed(one))]))
        found = context(made).alike
        assert found and all("lost" in line.why for line in found)


def test_one_ticket_alone_is_like_nothing(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.add(Facts(ticket_event=ticket("PAY-1", T0, title="'); DROP TABLE comment; -- %_", route="'")))
        found = context(made)
        assert found.alike == () and found.others == () and found.reach == () and found.unchanged == ""
        assert found.moved[0].text


def busy(made: Bench) -> None:
    """A gateway over nine hours; payment breaks twenty minutes before the end."""
    start, facts = T0 - 9 * HOUR, Facts()
    made.settings(
        **launch(scrape("edge"), live=start),
        customer=[{"name": "Example", "domains": ["example.com"], "consumers": ["web-7f"]}],
    )
    for minute in range(start, T0, MINUTE):
        bad = minute >= T0 - 25 * MINUTE
        facts.traffic += [traffic(minute, 400, route=PAY), traffic(minute, 500, route=SEARCH)]
        facts.traffic.append(traffic(minute, 60 if bad else (minute // MINUTE) % 2, route=PAY, status=502))
        facts.traffic.append(traffic(minute, 3, route=SEARCH, status=502))
    for n in range(31):
        facts.consumer_traffic.append(ConsumerTraffic(T0 - 20 * MINUTE, "edge", f"key-{n}", PAY, 502, 40))
    facts.covered.append(covered("edge", start, T0))
    made.add(facts)


def test_what_moved_with_it_and_who_failed(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        busy(made)
        made.add(Facts(ticket_event=ticket("PAY-1", T0 - 15 * MINUTE, route=PAY)))
        found = context(made)
        assert found.span == "11:30–12:00"
        assert found.moved[0].text.startswith(f"{PAY} 502") and "→" in found.moved[0].value
        assert ("consumers failing", "31") in [(line.text, line.value) for line in found.moved]
        assert "GET /search" in found.unchanged
        assert found.reach[0] == ("Consumer", "Customer", "Calls", "Failed") and len(found.reach) == 32


@pytest.mark.thorough
def test_the_reporters_calls_releases_before_and_other_tickets(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        busy(made)
        mine = {"reporter": "Dana <dana@example.com>", "customer": "Example"}
        made.add(
            Facts(
                ticket_event=[
                    *ticket("PAY-1", T0 - 15 * MINUTE, route=PAY, **mine),
                    *ticket("OLD-1", T0 - DAY, "P1", title="Login", **mine),
                    *ticket("OTHER", T0 - DAY, customer="Else"),
                ],
                release=[
                    Release("ci", "3.0.4", "version", None, "", T0 - 28 * MINUTE),
                    Release("ci", "3.0.5", "version", None, "", T0),
                ],
                call=[
                    Call(T0 - 16 * MINUTE, "edge", PAY, "POST", "/v3", 502, 812.0, None, "web-7f", "r", "error"),
                    Call(T0 - 16 * MINUTE, "edge", PAY, "POST", "/v3", 200, 12.0, None, "else", "r", "sample"),
                ],
            )
        )  # fmt: skip
        found = context(made)
        assert [(line.text, line.value) for line in found.calls] == [(f"11:44:00 {PAY}", "502 · 812\u00a0ms")]
        assert [(line.text, line.value) for line in found.releases] == [("3.0.4", "13\u00a0min before")]
        assert [(line.key, line.text) for line in found.others] == [("jira:OLD-1", "OLD-1 Login")]
        before = context(made, moment=Moment(T0 - 14 * MINUTE))
        assert before.span == "11:30–11:46"


def test_without_single_calls_what_the_consumer_called_is_summed(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch())
        made.add(
            Facts(
                ticket_event=ticket("PAY-1", T0 - 15 * MINUTE, consumer="web-7f"),
                consumer_traffic=[
                    ConsumerTraffic(T0 - 20 * MINUTE, "edge", "web-7f", PAY, status, calls)
                    for status, calls in ((200, 7), (502, 2))
                ],
            )
        )
        assert [(line.text, line.value) for line in context(made).calls] == [
            (f"web-7f {PAY}", "9\u00a0calls, 2 failed")
        ]


def test_what_two_sources_of_one_gateway_tell_of_a_consumer_is_summed_once(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge", "shop"), {**scrape("twin", "shop"), "flavour": "apisix"}))
        heard = [ConsumerTraffic(T0 - 20 * MINUTE, name, "web-7f", PAY, 502, 2) for name in ("edge", "twin")]
        spoken = [covered(name, T0 - HOUR, T0) for name in ("edge", "twin")]
        told = ticket("PAY-1", T0 - 15 * MINUTE, consumer="web-7f")
        made.add(Facts(ticket_event=told, consumer_traffic=heard, covered=spoken))
        assert [line.value for line in context(made).calls] == ["2\u00a0calls, 2 failed"]
