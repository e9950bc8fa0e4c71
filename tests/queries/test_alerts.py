"""The alerts of a moment with what one needs to act: who has seen them, what changed before, which tickets match."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.model.alert import State
from console.model.errors import QuestionError
from console.model.facts import Facts, Release
from console.model.moment import HOUR, LIVE, MINUTE, Known, Moment, Span, iso
from console.present import alerts as words
from console.present.tone import Tone
from console.queries import alerts
from console.queries.alert_decisions import Act, meant
from console.queries.alert_records import counts
from console.queries.shelf import TicketShelf
from tests.builders import T0, Bench, bench, covered, jira, launch, scrape, ticket, traffic
from tests.work.watching import Watching

PAY = "POST /v3/payments/confirm"
KEY = f"critical-5xx{{route={PAY}}}"


def failing(minute: int) -> Facts:
    return Facts(traffic=[traffic(minute, 60, route=PAY), traffic(minute, 40, route=PAY, status=503)])


@pytest.fixture
def firing(tmp_path: Path) -> Iterator[Watching]:
    """Payments have failed for ten minutes, since four minutes after a release; two tickets came."""
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge"), jira()), routes={"critical": [PAY]})
        made.add(
            Facts(
                release=[Release("feed", "3.0.4", "version", None, "address book", T0 - 4 * MINUTE)],
                covered=[covered("jira", T0 - HOUR, T0 + HOUR)],
                ticket_event=[
                    *ticket("P-1", T0 + 3 * MINUTE, "P2", title="Card <b>declined</b>", route=PAY),
                    *ticket("P-2", T0 + 4 * MINUTE, "P3", title="Payments page is blank"),
                    *ticket("P-3", T0 + 4 * MINUTE, "P2", title="Search finds nothing", route="GET /v3/search"),
                ],
            )
        )
        watching = Watching(made, {"edge": 15.0, "jira": 60.0})
        watching.pass_minutes(10, failing)
        watching.evaluate()
        yield watching


def asked(made: Bench, moment: Moment = LIVE) -> alerts.AlertsAnswer:
    return alerts.ask(made.reader(moment), made.shelf, {})


def line(made: Bench, key: str = KEY, moment: Moment = LIVE) -> alerts.AlertLine:
    return next(found for found in asked(made, moment).lines if found.key == key)


def test_an_alert_says_what_changed_before_and_which_tickets_match(firing: Watching) -> None:
    found = line(firing.made)
    assert [(b.version, b.at) for b in found.before] == [("3.0.4", T0 - 4 * MINUTE)]
    assert [(t.key, t.why) for t in found.tickets] == [("P-1", "same route"), ("P-2", "payments")]
    assert found.number is not None
    assert (found.number.kpi, found.number.part.route, found.number.start) == ("error_rate_5xx", PAY, T0)


def test_the_worst_stands_first(firing: Watching) -> None:
    assert asked(firing.made).lines[0].rule.name == "critical-5xx"


@pytest.mark.thorough
def test_what_was_recorded_stands_at_each_moment_as_known_then(firing: Watching) -> None:
    assert asked(firing.made, Moment(T0 + MINUTE, Known.THEN)).lines == ()
    firing.pass_minutes(40, lambda m: Facts(traffic=[traffic(m, 100, route=PAY)]))
    firing.evaluate()
    assert KEY not in [found.key for found in asked(firing.made).lines]
    assert line(firing.made, KEY, Moment(T0 + 12 * MINUTE, Known.THEN)).change.state is State.FIRING
    ended = [f for f in asked(firing.made).ended if f.key == KEY]
    assert [f.ended is not None and f.ended > T0 + 15 * MINUTE for f in ended] == [True]


@pytest.mark.thorough
def test_an_acknowledgement_has_an_age_and_runs_out(firing: Watching) -> None:
    made = firing.made
    assert line(made).rung == 1
    made.decide("acknowledge_alert", KEY, iso(made.clock.now() + HOUR), who="ann")
    seen = line(made).seen
    assert seen is not None
    assert (seen.who, line(made).rung) == ("ann", 0)
    firing.pass_minutes(70, failing)
    firing.evaluate()
    assert line(made).seen is None
    assert line(made).rung == 3


def test_who_took_it_has_it(firing: Watching) -> None:
    firing.made.decide("take_alert", KEY, who="ann")
    assert line(firing.made).holder == "ann"


def test_a_silence_ends_by_itself_or_by_hand(firing: Watching) -> None:
    made = firing.made
    made.decide("silence", "critical-5xx", iso(made.clock.now() + HOUR), comment="known")
    assert line(made).silence is not None
    made.clock.forward(60)
    made.decide("end_silence", asked(made).silences[0].decision)
    made.clock.forward(1)
    assert line(made).silence is None
    assert asked(made).silences == ()


def test_a_retired_rule_leaves_the_list_and_the_counts(firing: Watching) -> None:
    before = counts(firing.made.reader())[State.FIRING]
    firing.made.decide("retire_rule", "critical-5xx")
    assert KEY not in [found.key for found in asked(firing.made).lines]
    assert counts(firing.made.reader())[State.FIRING] == before - 1
    assert next(r for r in asked(firing.made).rules if r.rule.name == "critical-5xx").retired


@pytest.mark.parametrize(
    ("act", "subject", "value", "says"),
    [
        (Act.RETIRE_RULE, "critcal-5xx", "", '"critical-5xx"'),
        (Act.ACKNOWLEDGE_ALERT, "critical-5xx", "", "no active alert"),
        (Act.TAKE_ALERT, "nothing", "", "no active alert"),
        (Act.SILENCE, "no-such-rule", iso(T0 + HOUR), "no alert, rule or group"),
        (Act.SILENCE, KEY, iso(T0), "over already"),
        (Act.SILENCE, KEY, "soon", "ISO 8601"),
        (Act.ACKNOWLEDGE_ALERT, KEY, iso(T0), "over already"),
    ],
)
def test_an_act_about_what_does_not_exist_is_refused(
    firing: Watching, act: Act, subject: str, value: str, says: str
) -> None:
    with pytest.raises(QuestionError) as told:
        meant(firing.made.reader(), act, subject, value)
    assert says in told.value.message


def test_the_episodes_of_a_span_say_what_was_told_in_time_and_what_was_worked_out_afterwards(firing: Watching) -> None:
    made = firing.made
    made.add(Facts(covered=[covered("edge", T0 - 3 * HOUR, T0)], traffic=[
        row for minute in range(T0 - 2 * HOUR, T0 - 2 * HOUR + 20 * MINUTE, MINUTE) for row in failing(minute).traffic
    ]))  # fmt: skip
    found = alerts.history(made.reader(), TicketShelf(), firing.periods(), Span(T0 - 3 * HOUR, T0 + 10 * MINUTE))
    mine = [(f.fired < T0, f.live) for f in found if f.key == KEY]
    assert mine == [(True, False), (False, True)]


def test_a_session_nobody_watched_says_so(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch(scrape("edge")))
        assert "Never judged" in words.word(asked(made)).judged


# In words


def test_the_screen_says_it_in_sentences(firing: Watching) -> None:
    figure = words.word(asked(firing.made))
    row = next(r for r in figure.rows if r.key == KEY)
    assert row.tone is Tone.BAD
    assert row.why.startswith("40\u00a0% of calls fail, at least")
    assert row.why.endswith("the limit is 1.0\u00a0%")
    assert row.before == ("version 3.0.4, 4\u00a0min before: address book",)
    assert "step 1 of 3" in row.ladder
    assert figure.notices[0].loud
    assert "critical API" in figure.notices[0].text
    assert figure.load.headline == "fine"
    assert words.pill(counts(firing.made.reader())).text.startswith("Alerts: ")


def test_without_alerts_there_is_no_pill() -> None:
    assert words.pill({}).text == ""
    assert words.pill({State.OK: 4}).text == ""
