"""The Exit screen in words: clocks, versions, decisions, and the guard after an exit."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.model.criterion import Criterion
from console.model.facts import Facts
from console.model.moment import DAY, HOUR, LIVE, iso
from console.present import command as command_words
from console.present import exit as exit_words
from console.present.exit_figures import ExitFigure
from console.present.tone import Tone
from console.queries import command as command_query
from console.queries import exit as exit_query
from console.queries.criteria import guard
from console.queries.shelf import TicketShelf
from console.queries.sources import SourcesAnswer
from tests.builders import Bench, every_minute, launch, scrape, ticket
from tests.queries.judging import GO, NOW, add, edit, heard, session


def shown(made: Bench) -> ExitFigure:
    return exit_words.word(exit_query.ask(made.reader(LIVE), TicketShelf()))


def test_a_session_without_anything_has_ten_rows_and_no_false_hope(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        figure = shown(made)
        assert [g.title for g in figure.groups] == ["Exit criteria"] and len(figure.groups[0].rows) == 10
        assert figure.pills[0].text == "0 met · 2 not met · 8 unknown" and not figure.ready
        assert all(row.progress == 0 for row in figure.groups[0].rows)


def test_entry_criteria_and_goals_stand_in_groups_of_their_own(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        add(made, "drill", kind="entry", title="Fire drill held")
        made.clock.forward(1)
        add(made, "nps", kind="goal", kpi="nps", above=30)
        figure = shown(made)
        assert [(g.title, len(g.rows)) for g in figure.groups] == [
            ("Entry criteria", 1),
            ("Exit criteria", 10),
            ("Goals", 1),
        ]
        assert figure.pills[0].text.startswith("0 met · 2 not met"), "only what must hold for the exit is counted"


def test_the_clock_of_uptime_is_told_to_the_second_with_what_would_reset_it(tmp_path: Path) -> None:
    with session(tmp_path, days=6 + 5 / 24) as made:
        now = made.clock.now()
        made.add(heard("edge", GO, now))
        made.add(Facts(traffic=every_minute(GO, now, 50)))
        row = shown(made).row("uptime")
        assert row is not None
        assert (row.beneath, row.state, row.tone) == (
            "6 d 5 h of 7 d; 10 min 4 s of budget left",
            "on track",
            Tone.WARN,
        )
        assert (
            row.progress == pytest.approx(149 / 168)
            and "Reset by: 11 more bad minutes would use up the budget." in row.notes
        )
        assert row.number is not None and row.number.kpi == "availability" and row.number.criterion == "uptime"


def test_time_that_nobody_saw_fills_no_bar() -> None:
    unseen = Criterion("uptime", "not_met", value=1.0, clock_s=6.0, sustained_s=7.0, budget_left_s=1.0, coverage=0.01)
    assert exit_words.progress(unseen) < 0.01


def test_who_decided_what_stands_under_its_row_newest_first(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        edit(made, "csat", above=0.7)
        made.clock.forward(60)
        made.decide("waive", "csat", iso(NOW + DAY), "ann", "holiday")
        figure = shown(made)
        row = figure.row("csat")
        assert row is not None and row.waived and row.progress == 1.0
        bodies = [entry.body for entry in row.history]
        assert bodies == [
            f"waived until {iso(NOW + DAY)} – holiday",
            "edited: target > 0.7, the clock goes on – agreed",
        ]
        assert row.history[0].head.startswith("ann · D8 ")
        assert figure.edition == "template “API launch”, version 2 · edited by lead on D8"


def test_maintenance_to_come_and_over_is_listed_with_why(tmp_path: Path) -> None:
    with session(tmp_path) as made:
        made.decide("maintenance", "upgrade", f"{iso(NOW + HOUR)}/{iso(NOW + 2 * HOUR)}", "ops", "disks")
        (planned,) = shown(made).planned
        assert not planned.over and planned.words.startswith("upgrade: ") and planned.words.endswith("ops: disks")
        made.clock.forward(3 * 3_600)
        assert shown(made).planned[0].over


@pytest.mark.thorough
def test_after_the_exit_the_guards_word_says_what_relapsed(tmp_path: Path) -> None:
    with session(tmp_path, guard_days=2) as made:
        made.settings(**{**launch(scrape("edge"), live=GO, guard_days=2), "source": [
            {"name": "jira", "kind": "jira", "url": "http://127.0.0.1:1", "jql": "project = A"}]})  # fmt: skip
        made.add(heard("jira", GO, NOW + 9 * DAY))
        made.decide("exit", "session", '{"over": ["documentation", "handover", "known_issues"]}', "ann", "go")
        made.clock.forward(3_600)
        calm = shown(made)
        assert "nothing has relapsed" in calm.notice and calm.notice_tone is Tone.GOOD and calm.exited
        assert "over Documentation updated, Known issues reviewed, Team handover (go)" not in calm.notice
        assert "over Documentation updated, Team handover, Known issues reviewed (go)" in calm.notice
        made.add(Facts(ticket_event=ticket("A-1", NOW + HOUR // 2, "P1")))
        fallen = shown(made)
        assert "Relapsed: P1 resolved and verified since" in fallen.notice and fallen.notice_tone is Tone.BAD
        since = {row["criterion"]: row["relapsed_since"] for row in guard.rows(made.reader(LIVE), TicketShelf())}
        assert since["p1_resolved"] is not None and [k for k, at in since.items() if at] == ["p1_resolved"]
        status = command_words.word(command_query.ask(made.reader(LIVE), TicketShelf(), 3_600, 300), SourcesAnswer(()))
        assert ("Ended · 1 criterion relapsed", Tone.BAD) in [
            (p.text.replace("\u00a0", " "), p.tone) for p in status.status.pills
        ]
        made.clock.forward(3 * 86_400)
        assert "the guard has gone off" in shown(made).notice
