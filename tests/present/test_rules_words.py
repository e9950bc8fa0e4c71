"""Rules in words: what they look for and set, what became of it, and a dry run a ticket a line."""

from __future__ import annotations

from console.model.rules import read
from console.present import rules
from console.present.tone import Tone
from console.queries.rule_records import Open, Tally
from console.queries.rule_trial import TrialAnswer, TrialLine

PAY = {
    "name": "pay", "title": "Payments",
    "when": {"any": ["payment", "card"], "none": ["test"], "filter": "channel:portal"},
    "then": {"severity": "P2", "reply": "We are on it.\n" * 40},
}  # fmt: skip


def line(key: str, field: str, agrees: bool | None = None, now: str = "") -> TrialLine:
    return TrialLine(key, "A <b>title</b>", "pay", field, "", "P2", now, agrees)


def answer(*lines: TrialLine, looked: int = 500) -> TrialAnswer:
    decided = [one for one in lines if one.agrees is not None]
    return TrialAnswer(
        ("pay",), looked, len({one.key for one in lines}), len(lines), len(decided), sum(1 for d in decided if d.agrees),
        (("pay", len(lines)),), lines,
    )  # fmt: skip


def test_without_tickets_nothing_is_claimed() -> None:
    figure = rules.trial(answer(looked=0))
    assert figure.tone is Tone.UNKNOWN and "no tickets" in figure.headline and figure.rows == ()


def test_a_rule_that_meets_nothing_agrees_with_nobody() -> None:
    figure = rules.trial(answer())
    assert figure.headline.startswith("None of the last") and figure.agreement == ""


def test_a_dry_run_stands_by_ticket_with_what_people_decided() -> None:
    figure = rules.trial(
        answer(line("j:1", "severity", False, "P1"), line("j:1", "team"), line("j:2", "severity", True, "P2"))
    )
    first, second = figure.rows
    assert (first.change, first.later, first.tone) == (
        "Severity unset → P2, Team unset → P2", "Severity: people decided P1", Tone.WARN,
    )  # fmt: skip
    assert second.later == "Severity: people decided the same" and second.tone is Tone.GOOD
    assert figure.agreement == "People decided the same in 1 of 2." and first.title == "A <b>title</b>"


def test_a_rule_most_people_decide_against_is_a_warning() -> None:
    figure = rules.trial(answer(*(line(f"j:{n}", "severity", n == 0, "P1") for n in range(3))))
    assert figure.tone is Tone.WARN


def test_a_rule_is_told_in_one_line_whatever_it_holds() -> None:
    rule = read(PAY)
    assert rules.when(rule) == "says “payment” or “card”; not “test”; channel:portal"
    assert "\n" not in rules.then(rule) and len(rules.then(rule)) < 140
    figure = rules.word([rule], {"pay": PAY}, frozenset({"pay"}), {"pay": Tally(3, 1, 5, 2, 1)}, {"pay": 2})
    (row,) = figure.rows
    assert row.made == "did 3, 1 taken back; proposed 5: 2 accepted, 1 dismissed"
    assert rules.rule_row(rule, True, Tally())["then"][0] == ["severity", "P2"]


def test_a_proposal_says_what_stands_there_now() -> None:
    one = Open("p", "pay", "Payments", "jira", "id-1", "severity", "P3", "P2", 0)
    assert rules.proposal(one) == "Severity P2 instead of P3"
