"""One ticket on the Triage screen: where it stands, what it owes, what was said, done and decided, and how far that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.model.errors import QuestionError
from console.model.facts import Comment, ConsumerTraffic, Facts
from console.model.moment import HOUR, LIVE, MINUTE, Moment, iso
from console.present.tone import Tone
from console.present.triage_figures import TriageDetail
from console.present.triage_ticket import word
from console.queries import triage_ticket
from tests.builders import T0, Bench, bench, launch, moved, ticket
from tests.deciding import change, delivered

UTC = ZoneInfo("UTC")


def detail(made: Bench, key: str = "jira:A-1", moment: Moment = LIVE) -> TriageDetail:
    reader = made.reader(moment)
    answer = triage_ticket.ask(reader, made.shelf, key)
    return word(answer, reader.at, UTC, moment=moment, acts=True)


def add(made: Bench, *events: Any, **fields: str) -> None:
    made.add(Facts(ticket_event=[*ticket("A-1", T0 - HOUR, **fields), *events]))


def test_the_stages_tell_where_it_stands_since_when_and_what_is_owed(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made, severity="", area="pay")
        found = detail(made)
        assert [(s.title, s.state) for s in found.stages[:3]] == [
            ("Intake", "done"),
            ("Triage", "current"),
            ("Root cause", "ahead"),
        ]
        assert found.stages[1].note == "for 1\u00a0h"
        assert [o.field for o in found.owed] == ["category", "severity", "impact", "segment"]
        assert found.owed[1].choices == ("P1", "P2", "P3", "P4")
        assert found.owes.startswith("Triage owes: category, severity, impact, segment · support and product")


def test_the_time_in_a_stage_counts_from_the_status_a_ticket_came_with(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made, moved("A-1", T0 - 30 * MINUTE, "resolved"), status="in_progress")
        notes = {s.title: s.note for s in detail(made).stages}
        assert notes["Triage"] == "" and notes["Root cause"] == "took 30\u00a0min"


def test_a_change_ahead_of_our_clock_has_lasted_no_time_yet(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made, moved("A-1", T0 + 5 * HOUR, "in_progress"))
        assert [s.note for s in detail(made).stages if s.state == "current"] == ["for 0\u00a0s"]


def test_a_stage_that_was_jumped_over_is_skipped_with_why(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made)
        change(made, "A-1", "stage", "5", act="stage", comment="cause is known")
        made.clock.forward(600)
        found = detail(made)
        assert [(s.number, s.note) for s in found.stages if s.state == "skipped"] == [
            (3, "cause is known"),
            (4, "cause is known"),
        ]
        assert found.stages[4].note == "for 10\u00a0min" and found.stages[1].note == "took 1\u00a0h"
        assert [o.title for o in found.owed] == ["development task", "owner", "due date", "definition of done"]
        assert [o.field for o in found.owed] == ["", "assignee", "due_at", "definition_of_done"]


def test_what_closing_owes_is_paid_by_a_word_an_article_and_the_status(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made, moved("A-1", T0 - 30 * MINUTE, "closed"))
        assert [o.title for o in detail(made).owed] == ["word to the reporter", "article or known issue"]
        made.add(
            Facts(comment=[Comment("jira", "id-A-1", "c1", "ann", "agent", True, "It is fixed", T0 - 10 * MINUTE)])
        )
        change(made, "A-1", "article", "KB-1, KB-2")
        found = detail(made)
        assert found.owed == () and "owes nothing" in found.owes and found.articles == ("KB-1", "KB-2")


def lines(found: TriageDetail) -> list[tuple[str, str]]:
    return [(line.text, line.who) for line in found.history]


def test_the_history_tells_remote_changes_and_decisions_with_how_far_they_are(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made, moved("A-1", T0 - 30 * MINUTE, "Payments", "component"), reporter="rita@example.com")
        identity = change(made, "A-1", "severity", "P1", act="severity", base="P2", remote=True)
        found = detail(made)
        assert lines(found) == [
            ("created in jira", "rita@example.com"), ("component → Payments", "agent"), ("severity P2 → P1", "lead · pending"),
        ]  # fmt: skip
        assert found.pending == ("pending: severity P1",) and found.severity == "P1"
        assert [(o.state, o.acts) for o in found.outbox] == [("pending", ("withdraw",))]
        made.clock.forward(1)
        delivered(made, identity, "confirmed")
        made.add(Facts(ticket_event=[moved("A-1", T0 + MINUTE, "P1", "severity", "P2")]))
        made.clock.forward(120)
        found = detail(made)
        assert lines(found)[2:] == [("severity P2 → P1", "lead · confirmed")], "told once"
        assert found.pending == () and found.outbox == ()


def test_a_refusal_stays_with_its_reason_and_a_conflict_shows_three_versions(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made)
        change(
            made,
            "A-1",
            "assignee",
            "ann",
            act="assign",
            remote=True,
            state="refused",
            why="Nobody is called ann there.",
        )
        made.clock.forward(1)
        change(
            made,
            "A-1",
            "severity",
            "P1",
            act="severity",
            base="P2",
            remote=True,
            state="conflict",
            why='{"theirs": "P3"}',
        )
        found = detail(made)
        assert [(o.state, o.why, o.acts) for o in found.outbox] == [
            ("refused", "Nobody is called ann there.", ("retry", "withdraw")),
            ("conflict", "changed there meanwhile", ("mine", "theirs")),
        ]
        (conflict,) = found.conflicts
        assert (conflict.field, conflict.seen, conflict.mine, conflict.theirs) == ("severity", "P2", "P1", "P3")
        assert found.history[-2].tone is Tone.BAD and found.pending == ()


def test_conversation_duplicates_tasks_attachments_and_links(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(
            made, *ticket("A-2", T0), *ticket("DEV-7", T0), moved("DEV-7", T0 + 1, "resolved"), *ticket("x:7", T0),
            attachments="https://t.example/a/1/shot%20one.png\nfile:///etc/passwd", url="javascript:alert(1)",
        )  # fmt: skip
        change(made, "A-2", "duplicate_of", "jira:A-1", act="duplicate_of")
        change(made, "A-1", "task", "jira:DEV-7, jira:x:7, other/99")
        made.add(
            Facts(comment=[Comment("jira", "id-A-1", "c1", "rita", "reporter", True, "<b>me</b>\ntoo", T0 - MINUTE)])
        )
        made.add(Facts(comment=[Comment("jira", "id-A-1", "c2", "ann", "agent", False, "x" * 100_000, T0)]))
        made.clock.forward(60)
        found = detail(made)
        assert found.members == ("jira:A-2",)
        assert found.tasks == (("jira:DEV-7", "resolved"), ("jira:x:7", "new"), ("other/99", ""))
        assert [(a.name, a.url) for a in found.attachments] == [
            ("shot one.png", "https://t.example/a/1/shot%20one.png"), ("passwd", ""),
        ]  # fmt: skip
        assert found.url == "" and detail(made, "A-2").duplicate_of == "jira:A-1"
        assert found.conversation[0].body == "<b>me</b>\ntoo" and "internal" in found.conversation[1].head
        assert len(found.conversation[1].body) == 4000


def test_scores_reach_and_the_doubt_they_raise(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch())
        add(made, severity="P3", route="POST /pay")
        failed = [ConsumerTraffic(T0 - 30 * MINUTE, "edge", f"c{n}", "POST /pay", 502, 1) for n in range(31)]
        made.add(Facts(consumer_traffic=failed))
        for name, score in (("impact", "3"), ("confidence", "0.8"), ("effort", "1")):
            change(made, "A-1", f"score_{name}", score, act="score", value=f"{name}={score}")
        found = detail(made)
        chips = {chip.title: chip for chip in found.scores}
        assert (chips["Reach"].value, chips["Reach"].field) == ("31", "reach_override")
        number = chips["Reach"].number
        assert number is not None and number.part.route == "POST /pay" and number.start == T0 - 2 * HOUR
        assert chips["Impact"].field == "impact" and chips["Impact"].note.startswith("lead")
        assert chips["RICE"].value == "74.4"
        assert "31 consumers hit it" in found.doubt


@pytest.mark.thorough
def test_a_ticket_is_found_by_any_of_its_names_and_not_known_before_it_came(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made, moved("A-1", T0 - MINUTE, "B-9", "key", "A-1"), body="=cmd()")
        assert detail(made, "A-1").key == detail(made, "jira:B-9").key == "jira:B-9"
        assert detail(made).body == "=cmd()"
        assert detail(made, "A-1", Moment(T0 - 30 * MINUTE)).key == "jira:A-1"
        with pytest.raises(QuestionError, match="not known at that moment"):
            detail(made, "A-1", Moment(T0 - 2 * HOUR))
        with pytest.raises(QuestionError, match="no ticket"):
            detail(made, "jira:Z-9")


def test_a_sleeping_ticket_says_until_when(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        add(made)
        assert detail(made).state == "new, waiting for 1\u00a0h"
        change(made, "A-1", "snoozed_until", iso(T0 + HOUR), act="snooze")
        assert detail(made).state == "new, asleep until 13:00"


def test_the_clocks_stand_as_strips_whose_rows_add_up(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        made.settings(**launch())
        add(made, severity="P1")
        response, resolution = detail(made).strips
        assert (response.left, response.tone) == ("45:00", Tone.BAD) and resolution.left == "3:00:00"
        assert sum(int(row[-1]) for row in resolution.rows[1:]) == 3600
        made.add(Facts(comment=[Comment("jira", "id-A-1", "c", "ann", "agent", True, "yes", T0 - 50 * MINUTE)]))
        assert detail(made).strips[0].tone is Tone.GOOD
