"""The Triage screen's questions at the counter: one session, asked live and at a past moment, by a desk that may not decide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console.desk import ReadingDesk
from console.model.errors import QuestionError
from console.model.facts import ConsumerTraffic, Facts
from console.model.moment import HOUR, LIVE, MINUTE, Known, Moment
from console.queries.tickets import QueueQuestion
from tests.builders import T0, bench, launch, moved, ticket
from tests.deciding import change


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadingDesk]:
    with bench(tmp_path_factory.mktemp("counter"), T0) as made:
        made.settings(**launch())
        made.add(
            Facts(
                ticket_event=[
                    *ticket("A-1", T0 - HOUR, "P1", title="Payment fails", route="POST /pay"),
                    *ticket("A-2", T0 - 30 * MINUTE, "P2", title="Payment is slow", route="POST /pay"),
                    moved("A-2", T0 - MINUTE, "P3", "severity", "P2"),
                ],
                consumer_traffic=[ConsumerTraffic(T0 - 20 * MINUTE, "edge", "web", "POST /pay", 502, 3)],
            )
        )
        made.clock.forward(5)
        change(made, "A-2", "assignee", "ann", act="assign", remote=True)
        found = ReadingDesk(made.session, made.clock)
        yield found
        for cursor in found._cursors:
            cursor.close()


THEN = Moment(T0 - 10 * MINUTE, Known.NOW)


def test_the_queue_the_board_and_the_command_tell_of_the_same_tickets(desk: ReadingDesk) -> None:
    keys = [row.key for row in desk.triage(LIVE, QueueQuestion()).window.rows]
    assert keys == ["jira:A-1", "jira:A-2"]
    assert [card.key for column in desk.board(LIVE, "").columns for card in column.cards] == keys
    assert [f"{row['source']}:{row['key']}" for row in desk.queue_rows(LIVE, False, "")] == keys
    assert desk.triage(LIVE, QueueQuestion(filter="severity:P3")).counted == "1 of 2"
    assert desk.triage(THEN, QueueQuestion(filter="severity:P2")).counted == "1 of 2"


def test_a_desk_that_only_reads_can_decide_nothing_and_its_reach_opens_a_pinned_number(desk: ReadingDesk) -> None:
    found = desk.triage_ticket(LIVE, "A-1")
    assert not found.can_act and found.strips[0].clock == "response"
    number = found.scores[0].number
    assert found.scores[0].value == "1" and number is not None and number.moment.at is not None
    assert desk.triage_ticket(THEN, "A-2").severity == "P2"


def test_what_stands_around_completions_and_a_preview(desk: ReadingDesk) -> None:
    around = desk.triage_context(LIVE, "jira:A-1")
    assert [line.key for line in around.alike] == ["jira:A-2"] and "route" in around.alike[0].why
    assert around.reach[1][0] == "web"
    assert desk.completions("route:", 6) == ('route:"POST /pay"', "route:none")
    assert desk.preview("severity", ("jira:A-1", "jira:A-2"), "P2").count == 2
    with pytest.raises(QuestionError, match="no ticket"):
        desk.triage_context(LIVE, "jira:B-1")


def test_a_ticket_tells_what_holds_its_decisions_up_as_the_outbox_does(desk: ReadingDesk) -> None:
    (line,) = desk.triage_ticket(LIVE, "A-2").outbox
    assert line == desk.outbox().lines[0] and "only read here" in line.why
    pill = desk.triage(LIVE, QueueQuestion()).outbox
    assert pill is not None and pill.text == "◔ 1 pending"
    assert desk.triage_ticket(THEN, "A-2").outbox == () and desk.triage(THEN, QueueQuestion()).outbox is None
