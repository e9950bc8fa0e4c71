"""What was not judged is not quiet."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from console.model.alert_rules import read
from console.model.escalation import Rise, fired, passed_before
from console.model.grouping import Grouping, Notice
from console.present import alerts as words
from console.present.alerts_figures import NoticeRow
from console.present.tone import Tone
from console.queries import alerts as query
from console.queries.shelf import TicketShelf
from tests.builders import T0, bench


def test_without_a_judgement_nobody_says_that_nothing_fires(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        figure = words.word(query.ask(made.reader(), TicketShelf(), {}))
    assert (figure.summary, figure.tone) == ("Not judged", Tone.UNKNOWN)
    assert "unknown" in figure.nothing


def told(*rises: Rise) -> NoticeRow:
    return shown(*Grouping().at(T0, fired(rises, T0)))


def shown(*notices: Notice) -> NoticeRow:
    (notice,) = notices
    return words.notice(notice, {}, T0, ZoneInfo("UTC"))


def test_a_rung_says_what_is_used_and_who_is_to_be_told_and_opens_its_ticket() -> None:
    row = told(Rise("jira:PAY-1", "resolution", 75, ("assignee", "team lead"), "P1", "Ann"))
    assert row.text == "jira:PAY-1: 75 % of its resolution time is used. To be told: assignee (Ann), team lead."
    assert (row.ticket, row.filter, row.tone, row.loud) == ("jira:PAY-1", "", Tone.WARN, False)
    late = told(Rise("jira:PAY-1", "response", 100, ("lead",), "P1"))
    assert late.text == "jira:PAY-1: its response time is used up. To be told: lead."
    assert late.tone is Tone.BAD


def test_many_rungs_are_counted_and_open_their_part_of_the_queue() -> None:
    row = told(*(Rise(f"jira:P-{n:02d}", "response", 100, ("assignee",), "P2", f"Ann {n}") for n in range(12)))
    assert row.text.startswith("12 SLA clocks used 100 % of their time: jira:P-00 (response), ")
    assert row.text.endswith(" and 9 more. To be told: assignee.")
    assert (row.ticket, row.filter) == ("", "sla:breached")


def test_an_alert_about_one_ticket_names_its_parts_and_opens_it() -> None:
    keys = ("sla-breach{clock=response,ticket=jira:P-1}", "sla-breach{clock=response,ticket=jira:P-2}")
    one, both = (shown(Notice(T0, "breaches", told, ("sla-breach",), "P1")) for told in (keys[:1], keys))
    assert one.text == "P1 sla-breach: response, jira:P-1"
    assert (one.ticket, both.ticket) == ("jira:P-1", "")
    route = shown(Notice(T0, "g", ("route-5xx{route=GET /a,b={x}}",), ("route-5xx",), "P2"))
    assert (route.ticket, route.text) == ("", "P2 route-5xx: {x}, GET /a")
    assert not shown(Notice(T0, "g", ("mtta",), ("mtta",), "P3")).opens


def test_both_clocks_of_one_ticket_open_that_ticket() -> None:
    row = told(*(Rise("jira:P-1", clock, 50, ("assignee",)) for clock in ("response", "resolution")))
    assert row.ticket == "jira:P-1"


def test_what_passed_before_the_watch_is_one_quiet_line() -> None:
    notice = passed_before({100: 1200, 50: 3}, T0)
    assert notice is not None
    row = shown(notice)
    assert "1200 at 100 %, 3 at 50 %" in row.text
    assert (row.kept, row.tone, row.filter) == (True, Tone.QUIET, "sla:breached")
    assert passed_before({}, T0) is None


def test_a_number_that_is_asked_says_its_bound_and_what_it_is_too_little_for() -> None:
    csat = read({"name": "a", "kpi": "csat", "below": 0.8})
    assert words.why(csat, 0.62, 0.71, 0.8, "") == "62 %, at most 71 % for sure; the limit is 80 %".replace(
        " %", "\u00a0%"
    )
    assert (
        words.why(csat, 0.5, 0.9, 0.8, "few") == words.why(csat, None, None, 0.8, "few") == "too little is known to say"
    )
    slow = read({"name": "a", "kpi": "mttr_final", "above": 3600})
    assert "for sure" not in words.why(slow, 7200.0, 7200.0, 3600, "")
