"""The triage queue: its order and the reasons for it, its filter words, its windows, and that a decision mends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.model import rule_match
from console.model.errors import QuestionError
from console.model.facts import Comment, ConsumerTraffic, Covered, Facts, TicketEvent
from console.model.filter import read
from console.model.moment import DAY, HOUR, MINUTE, SECOND, Moment, iso
from console.present import triage as words
from console.queries import rule_tickets, triage, triage_completions, triage_shelf
from console.queries.forgotten import forgotten
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.queries.tickets import QueueQuestion
from tests.builders import T0, Bench, bench, launch, moved, ticket
from tests.deciding import change

NOON = T0
"""A Thursday."""


def ask(
    made: Bench, text: str = "", shelf: TicketShelf | None = None, moment: Moment | None = None, **more: Any
) -> triage.TriageAnswer:
    reader = made.reader(moment) if moment else made.reader()
    return triage.ask(reader, shelf or made.shelf, QueueQuestion(filter=text, **more))


def keys(made: Bench, text: str = "", **more: Any) -> list[str]:
    found = ask(made, text, **more)
    assert found.fault == ""
    return [row.key for row in found.rows]


def failing(route: str, *consumers: str, at: int = NOON - 10 * MINUTE) -> list[ConsumerTraffic]:
    return [ConsumerTraffic(at, "edge", consumer, route, 502, 3) for consumer in consumers]


def test_breached_first_then_severity_time_left_reach_weight_and_age(tmp_path: Path) -> None:
    with bench(tmp_path, NOON) as made:
        made.settings(**launch(), segment=[{"name": "enterprise", "weight": 3.0}, {"name": "pro", "weight": 1.0}])
        made.add(
            Facts(
                ticket_event=[
                    *ticket("LATE-3", NOON - 30 * DAY, "P3"), *ticket("ONE", NOON - 5 * MINUTE, "P1"),
                    *ticket("ONE-B", NOON - 10 * MINUTE, "P1"), *ticket("TWO", NOON - MINUTE, "P2", segment="pro"),
                    *ticket("TWO-E", NOON - MINUTE, "P2", segment="enterprise"),
                    *ticket("TWO-R", NOON - MINUTE, "P2", route="POST /pay"), *ticket("UNSET", NOON - MINUTE, ""),
                    *ticket("WISH", NOON - 30 * DAY, "", kind="enhancement"), *ticket("FOUR", NOON - MINUTE, "P4"),
                ],
                consumer_traffic=failing("POST /pay", "a", "b"),
            )
        )  # fmt: skip
        assert keys(made) == ["LATE-3", "ONE-B", "ONE", "TWO-R", "TWO-E", "TWO", "UNSET", "FOUR", "WISH"]


def reasons(made: Bench) -> dict[str, str]:
    figure = words.word(ask(made))
    return {row.key: row.cells[-1].text for row in figure.window.rows}


def test_each_row_says_why_it_stands_where_it_stands(tmp_path: Path) -> None:
    with bench(tmp_path, NOON) as made:
        made.settings(**launch(), segment=[{"name": "enterprise", "weight": 3.0}])
        many = [f"c{n}" for n in range(120)]
        made.add(
            Facts(
                ticket_event=[
                    *ticket("LATE", NOON - 30 * DAY, "P3"), *ticket("P-1482", NOON - 10 * MINUTE, "P1", route="POST /pay"),
                    *ticket("P-1479", NOON - 5 * MINUTE, "P1", route="POST /pay"),
                    *ticket("ENT", NOON - MINUTE, "P2", segment="Enterprise"), *ticket("PLAIN", NOON - MINUTE, "P2"),
                    *ticket("LOW", NOON - MINUTE, "P3", route="GET /slow"),
                    *ticket("WISH", NOON - MINUTE, "", kind="enhancement"), *ticket("UNSET", NOON - MINUTE, ""),
                ],
                consumer_traffic=[*failing("POST /pay", "a", "b"), *failing("GET /slow", *many)],
            )
        )  # fmt: skip
        assert reasons(made) == {
            "jira:LATE": "P3, breached", "jira:P-1482": "breaches first", "jira:P-1479": "P1, like P-1482",
            "jira:ENT": "P2, enterprise", "jira:PLAIN": "P2", "jira:LOW": "P3, reach 120: too low?",
            "jira:UNSET": "no severity", "jira:WISH": "wish",
        }  # fmt: skip


def test_a_clock_that_stands_breaches_nothing_first_and_calendars_are_compared_by_the_wall(tmp_path: Path) -> None:
    """NOON is at 12:00 UTC on a Thursday: the office closes in a quarter of an hour."""
    office = {"name": "office", "time_zone": "UTC", "hours": {"thursday": "08:00-12:15", "friday": "08:00-12:00"}}
    with bench(tmp_path, NOON) as made:
        made.settings(
            **launch(), calendar=[office],
            sla=[{"name": "short", "segment": "short", "resolve": "20 min", "respond": "none", "calendar": "office"},
                 {"name": "P1", "respond": "none"}],
        )  # fmt: skip
        assert (NOON // HOUR) % 24 == 12
        made.add(
            Facts(
                ticket_event=[
                    *ticket("STANDS", NOON - 235 * MINUTE, "P1", tags="waiting"),
                    *ticket("CLOSES", NOON - MINUTE, "P1", segment="short"),
                    *ticket("RUNS", NOON - 210 * MINUTE, "P1"),
                ]
            )
        )  # fmt: skip
        said = reasons(made)
        assert said["jira:RUNS"] == "breaches first" and said["jira:CLOSES"] == said["jira:STANDS"] == "P1"
        assert triage.listed(made.reader(), made.shelf, False, "")[1] == "jira:RUNS"


@pytest.mark.thorough
def test_between_two_windings_a_clock_is_told_to_the_second_and_turns_in_it(tmp_path: Path) -> None:
    """The office closes at 12:00:40; what is asked again and again says the same as what is asked for the first time."""
    office = {"name": "office", "time_zone": "UTC", "hours": {"weekdays": ["08:00-12:01", "13:00-17:00"]}}
    near = [("A", 240, 50), ("B", 180, 10), ("C", 240, 5), ("D", 180, 33), ("E", 200, 0)]
    with bench(tmp_path, NOON) as made:
        made.settings(**launch(), calendar=[office], sla=[
            {"name": "office", "segment": "office", "respond": "none", "resolve": "4 h", "calendar": "office"},
            {"name": "P1", "respond": "4 h", "resolve": "4 h"},
        ])  # fmt: skip
        events: list[TicketEvent] = []
        for key, minutes, more in near:
            born = NOON - minutes * MINUTE + more * SECOND
            events += ticket(key, born, "P1")
            events += ticket(f"{key}-office", born, "P1", segment="office")
            events += ticket(f"{key}-stands", born, "P1", tags="waiting")
        made.add(Facts(ticket_event=events))
        shelf, turned = TicketShelf(), set[tuple[str, ...]]()
        for wait in (0, 4, 1, 1, 4, 1, 12, 10, 1, 8, 9, 30, 61, 3600, 5):
            made.clock.forward(wait)
            kept = {row.key: row for row in ask(made, shelf=shelf).rows}
            reader = made.another_reader()
            anew = {row.key: row for row in triage.listed(reader, TicketShelf(), False, "")[0]}
            assert kept == anew
            breached = [row.key for row in ask(made, "is:breached", shelf).rows]
            assert sorted(breached) == sorted(key for key, row in anew.items() if row.sla == "breached")
            assert all((row.left_s or 0) < 0 for row in kept.values() if row.sla == "breached")
            turned.add(tuple(sorted(breached)))
        assert len(turned) > 3


def test_a_clock_that_broke_its_target_and_stood_since_is_late_by_what_was_worked(tmp_path: Path) -> None:
    """Four hours are promised; resolved after five, open again after ten, and it is an hour later now."""
    born = NOON - 11 * HOUR
    with bench(tmp_path, NOON) as made:
        made.settings(**launch())
        made.add(
            Facts(
                ticket_event=[
                    *ticket("A", born, "P1"), moved("A", born + 5 * HOUR, "resolved"), moved("A", born + 10 * HOUR, "new"),
                ]
            )
        )  # fmt: skip
        shelf = TicketShelf()
        for waited in (0, 20):
            made.clock.forward(waited)
            (row,) = ask(made, shelf=shelf).rows
            assert (row.sla, row.resolution_left_s) == ("breached", -2 * 3600 - waited)


def test_the_command_asks_every_clock_anew(tmp_path: Path) -> None:
    with bench(tmp_path, NOON) as made:
        made.settings(**launch())
        made.add(Facts(ticket_event=ticket("A", NOON - 230 * MINUTE, "P1", assignee="ann")))
        shelf = TicketShelf()
        ask(made, shelf=shelf)
        made.clock.forward(30)
        assert [row.key for row in triage.listed(made.reader(), shelf, False, "sla<570s -is:breached")[0]] == []
        made.clock.forward(1)
        (row,) = triage.listed(made.reader(), shelf, False, "")[0]
        assert row.resolution_left_s == 569


@pytest.mark.parametrize("act", ["acknowledge", "comment", "note"])
def test_what_was_just_attended_to_is_forgotten_by_neither_list(tmp_path: Path, act: str) -> None:
    with bench(tmp_path, NOON) as made:
        made.settings(**launch())
        made.add(
            Facts(
                ticket_event=[*ticket("A", NOON - 2 * HOUR, "P1"), moved("A", NOON - 2 * HOUR + 1, "ann", "assignee")]
            )
        )
        shelf = TicketShelf()

        def lists() -> list[int]:
            reader = made.reader()
            told = reader.one(f"SELECT count(*) FROM {forgotten(reader, shelf)}")
            return [ask(made, "is:forgotten", shelf).total, told[0] if told else -1]

        assert lists() == [1, 1]
        made.clock.forward(1)
        if act == "note":
            made.decide("note", "jira:A")
        else:
            change(made, "A", "acknowledged" if act == "acknowledge" else act, "x", act=act)
        assert lists() == [0, 0]


def test_what_sleeps_or_is_a_duplicate_leaves_until_it_is_asked_for(tmp_path: Path) -> None:
    with bench(tmp_path, NOON) as made:
        made.add(Facts(ticket_event=[e for n in "ABCD" for e in ticket(n, NOON - HOUR)]))
        change(made, "B", "snoozed_until", iso(NOON + HOUR))
        change(made, "C", "duplicate_of", "jira:A")
        change(made, "D", "snoozed_until", iso(NOON - MINUTE))
        assert keys(made) == ["A", "D"]
        assert keys(made, "is:snoozed") == ["B"] and keys(made, "is:duplicate") == ["C"]
        assert keys(made, "has:duplicates") == ["A"]
        assert keys(made, show_all=True) == ["A", "B", "C", "D"]
        assert words.word(ask(made, "key:A")).counted == "1 of 2"
        made.clock.forward(2 * 3600)
        assert keys(made) == ["A", "B", "D"]


WORLD = [
    ("severity:P1,P2", "AB"), ("-severity:P1", "BCDE"), ("severity:none", "E"), ("P3", "C"), ("stage:3", "B"),
    ("stage>2", "BD"), ("segment:pro", "AC"), ("segment:none", "BDE"), ("waiting>2h", "CE"), ("waiting<2h", "AD"),
    ("age>1d", "BCE"), ("assignee:none", "ACDE"), ("assignee:me", "B"), ("-assignee:lead", "ACDE"), ("tag:pay", "AC"),
    ("-tag:pay", "BDE"), ("tag:pa", ""), ('"payment fails"', "A"), ("payment -fails", "C"), ("status:progress", "B"),
    ("kind:question", "E"), ("source:jira", "ABCDE"), ("reach>1", "A"), ("reach:0", "C"), ("reach:none", "BDE"),
    ("sla:breached", "BCE"), ("is:breached", "BCE"), ("sla<1h -is:breached", "A"), ("has:pending", "D"), ("is:new", "ACDE"),
    ("forgotten", "B"), ("has:comment", "B"), ("customer:acme", "A"), ("route:/pay", "A"), ("idle>1d", "BCE"),
    ("is:unwritten", "Y"), ("is:done", "XY"), ("status:resolved", "XY"), ("due<2d", "A"), ("has:due", "A"), ("stage:7", "D"),
    ("is:unassigned severity:P1", "A"), ("category:billing", "D"), ("has:article", ""), ("is:wish", ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with bench(tmp_path_factory.mktemp("world"), NOON) as made:
        made.settings(**launch(), me={"name": "lead"})
        made.add(
            Facts(
                ticket_event=[
                    *ticket("A", NOON - 5 * MINUTE, "P1", title="Payment fails", segment="Pro", tags="pay, Voucher",
                            customer="ACME", route="POST /pay", due_at=iso(NOON + DAY)),
                    *ticket("B", NOON - 3 * DAY, "P2", assignee="lead"), moved("B", NOON - 2 * DAY, "in_progress"),
                    *ticket("C", NOON - 30 * DAY, "P3", title="payment slow", segment="pro", tags="pay", route="GET /calm"),
                    *ticket("D", NOON - HOUR, "P4", kind=""), *ticket("E", NOON - 3 * DAY, "", kind="question"),
                    *ticket("X", NOON - DAY, "P3"), moved("X", NOON - HOUR, "resolved"),
                    moved("X", NOON - HOUR + 1, "KB-1", "article"), *ticket("Y", NOON - DAY, "P3"),
                    moved("Y", NOON - HOUR, "resolved"),
                ],
                comment=[Comment("jira", "id-B", "c1", "ann", "agent", False, "hm", NOON - 2 * DAY)],
                covered=[Covered("edge", NOON - 31 * DAY, NOON + HOUR)],
                consumer_traffic=[
                    *failing("POST /pay", "a", "b"), ConsumerTraffic(NOON - 30 * DAY, "edge", "a", "GET /calm", 200, 1),
                ],
            )
        )  # fmt: skip
        change(made, "D", "stage", "7")
        made.clock.forward(1)
        change(made, "D", "category", "Billing", remote=True)
        yield made


@pytest.mark.parametrize(("text", "wanted"), WORLD)
def test_words_narrow(world: Bench, text: str, wanted: str) -> None:
    assert sorted(keys(world, text)) == sorted(wanted)


MORE = (
    "kind:bug", "kind:none", "tag:voucher", "has:article", "fails", "title", "get", "blank", "component:none", "stage<3", "key:a",
    "-has:route", "channel:none", "tag:none",
)  # fmt: skip


@pytest.mark.parametrize("text", [*dict(WORLD), *MORE])
def test_a_rule_meets_the_tickets_that_its_filter_lists(world: Bench, text: str) -> None:
    wanted = read(text)
    if rule_match.fault(wanted):
        return
    ruled = rule_tickets.these(world.reader(), [("jira", f"id-{key}") for key in "ABCDEXY"])
    assert sorted(t.key for t in ruled if rule_match.meets(wanted, t.fields)) == sorted(
        keys(world, text, show_all=True)
    )


@pytest.mark.thorough
def test_every_order_keeps_every_ticket_and_tells_where_the_selected_one_stands(world: Bench) -> None:
    for sort in triage.SORTS:
        for descending in (False, True):
            whole = keys(world, sort=sort, descending=descending, show_all=True)
            assert sorted(whole) == list("ABCDEXY")
            parts = []
            for offset in range(0, 7, 3):
                found = ask(
                    world, sort=sort, descending=descending, show_all=True, offset=offset, limit=3, selected="jira:E"
                )
                parts += [row.key for row in found.rows]
                assert whole[found.selected_at] == "E", sort
            assert parts == whole
    assert ask(world, "P1", selected="jira:E").selected_at == -1


def test_an_unknown_order_and_a_typo_are_sentences(world: Bench) -> None:
    with pytest.raises(QuestionError, match="does not sort by"):
        ask(world, sort="mood")
    found = ask(world, "severity:P1 sgment:pro")
    assert "segment" in found.fault and [row.key for row in found.rows] == ["A"]
    with pytest.raises(QuestionError, match="segment"):
        triage.listed(world.reader(), world.shelf, False, "sgment:pro")


def test_completions_are_fields_then_values_that_occur_by_frequency(world: Bench) -> None:
    def offered(text: str) -> tuple[str, ...]:
        return triage_completions.ask(world.reader(), world.shelf, text, len(text))

    assert offered("sev")[0] == "severity:"
    assert offered("tag:") == ("tag:pay", "tag:Voucher", "tag:none")
    assert offered("severity:P1,p") == tuple(f"severity:P1,P{n}" for n in (1, 2, 3, 4))
    assert "status:in_progress" in offered("status:prog") and "is:forgotten" in offered("forg")
    assert offered("-customer:a") == ("-customer:ACME",)
    assert "waiting>2h" in offered("waiting>") and "severity:" in offered("")
    assert offered("nosuchfield:") == ()


def table(made: Bench, shelf: TicketShelf, reader: Reader | None = None) -> list[tuple[Any, ...]]:
    reader = reader or made.reader()
    name = triage_shelf.fill(reader, shelf)
    return reader.rows(f"SELECT * FROM {name} ORDER BY source, ticket")


@pytest.mark.thorough
def test_a_mended_table_is_the_one_made_anew(tmp_path: Path) -> None:
    with bench(tmp_path, NOON) as made:
        made.settings(**launch())
        made.add(
            Facts(
                ticket_event=[e for n in range(9) for e in ticket(f"A-{n}", NOON - n * HOUR, f"P{1 + n % 4}", route="POST /pay")],
                consumer_traffic=failing("POST /pay", "a", "b"),
            )
        )  # fmt: skip
        shelf = TicketShelf()
        table(made, shelf)
        acts = [
            lambda: change(made, "A-1", "severity", "P4", remote=True),
            lambda: change(made, "A-2", "snoozed_until", iso(NOON + HOUR)),
            lambda: made.add(Facts(ticket_event=[moved("A-3", NOON, "resolved"), *ticket("B-1", NOON, "P1")])),
            lambda: made.decide("acknowledge", "jira:A-4"),
            lambda: change(made, "A-5", "article", "KB-7"),
            lambda: made.add(Facts(comment=[Comment("jira", "id-A-6", "c", "ann", "agent", True, "yes", NOON)])),
        ]
        for act in acts:
            made.clock.forward(3)
            act()
            mended = table(made, shelf)
            made.clock.forward(400)
            wound = table(made, shelf)
            assert wound == table(made, TicketShelf(), made.another_reader())
            assert [row[:3] for row in mended] == [row[:3] for row in wound]


def test_a_past_moment_has_the_queue_of_then(world: Bench) -> None:
    assert [row.key for row in ask(world, moment=Moment(NOON - 2 * DAY)).rows] == ["E", "C", "B"]
    rows = words.rows(*triage.listed(world.reader(Moment(NOON - 29 * DAY)), world.shelf, False, ""))
    assert [(row["key"], row["stage"], row["pending"], row["reach"]) for row in rows] == [("C", 2, 0, 0)]


def test_the_command_tells_what_the_contract_names(world: Bench) -> None:
    rows = {row["key"]: row for row in words.rows(*triage.listed(world.reader(), world.shelf, False, ""))}
    assert set(rows["A"]) == {
        "key", "title", "severity", "status", "assignee", "created_at", "updated_at", "source", "stage",
        "sla_response_left_s", "sla_resolution_left_s", "sla_state", "segment", "category", "reach", "rank_reason", "pending",
    }  # fmt: skip
    assert (rows["A"]["sla_response_left_s"], rows["A"]["sla_resolution_left_s"]) == (599, 4 * 3600 - 301)
    assert (rows["A"]["reach"], rows["D"]["pending"], rows["D"]["stage"], rows["E"]["severity"]) == (2, 1, 7, None)
    assert rows["C"]["rank_reason"] == "P3, breached"
    assert "P1" in words.line(rows["A"]) and "\n" not in words.line({**rows["A"], "title": "a\nb\x1b[2J"})


def test_text_that_means_harm_stays_text(tmp_path: Path) -> None:
    with bench(tmp_path, NOON) as made:
        hostile = "<b>x</b> '); DROP TABLE ticket_event; -- \u202egnp"
        made.add(
            Facts(ticket_event=ticket("A-1'", NOON, title=hostile, segment=hostile, tags=hostile, assignee=hostile))
        )
        change(made, "A-1'", "duplicate_of", "jira:'")
        figure = words.word(ask(made, show_all=True, selected="jira:A-1'"))
        assert figure.window.selected_at == 0 and "\u202e" not in figure.window.rows[0].spoken
        for text in ("segment:'", "tag:')", 'assignee:"\'; --"', "'"):
            ask(made, text)
        triage_completions.ask(made.reader(), made.shelf, "assignee:'", 10)
        assert isinstance(made.rows("SELECT * FROM ticket_event")[0], tuple) and TicketEvent
