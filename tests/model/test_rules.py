"""Rules over tickets: what cannot be one is refused with its place, and what they say is the same every time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SettingsError
from console.model.rule_match import LONGEST_TEXT, says, text_of
from console.model.rules import Rule, judge, ordered, read

PAY: dict[str, Any] = {"name": "payments", "when": {"any": ["payment"]}, "then": {"category": "payments"}}


def rule(**changes: Any) -> Rule:
    return read({**PAY, **changes})


def ticket(title: str = "Payment fails", **fields: str) -> dict[str, str]:
    return {"key": "A-1", "title": title, "status": "new", "source": "jira", **fields}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "Not A Name"}, "small letters"),
        ({"name": 3}, "small letters"),
        ({"wen": {}}, '"when"'),
        ({"when": []}, "tables"),
        ({"when": {}}, "asks for nothing"),
        ({"when": {"none": ["x"]}}, "asks for nothing"),
        ({"when": {"any": ["payment"], "regex": ".*"}}, '"regex"'),
        ({"when": {"any": [3]}}, "list of words"),
        ({"when": {"any": [" "]}}, "empty word"),
        ({"when": {"any": ["x" * 300]}}, "200 characters"),
        ({"when": {"filter": "chanel:portal"}}, '"channel"'),
        ({"when": {"filter": "waiting>2h"}}, "waiting"),
        ({"when": {"filter": "is:breached"}}, "is:breached"),
        ({"when": {"filter": "has:pending"}}, "has:pending"),
        ({"when": {"filter": "reach>3"}}, "reach"),
        ({"when": {"filter": "assignee:ann,ME"}}, "names the person"),
        ({"when": {"filter": "segment:a " * 101}}, "at most 1,000"),
        ({"then": {}}, "sets nothing"),
        ({"then": {"severity": "P5"}}, "P1, P2, P3, P4"),
        ({"then": {"impact": "some"}}, "one user"),
        ({"then": {"stage": 8}}, "1 to 7"),
        ({"then": {"stage": "23"}}, "1 to 7"),
        ({"then": {"severity": True}}, "needs a text"),
        ({"then": {"tag": "a,b"}}, "no comma"),
        ({"then": {"team": "a\nb"}}, "one line"),
        ({"then": {"reply": "x" * 5000}}, "5,000"),
        ({"then": {"asign": "ann"}}, '"assign"'),
        ({"mode": "do"}, '"act"'),
        ({"enabled": "yes"}, "true or false"),
        ({"order": 1.5}, "whole number"),
        ({"order": -1}, "whole number"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_with_one_sentence(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        rule(**changes)
    assert says in caught.value.message and "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "keyword", "found"),
    [
        ("Payments fail", "payment", True), ("PAYMENT", "payment", True), ("Repayment", "payment", False),
        ("blank\n  page", "blank page", True), ("blankpage", "blank page", False), ("a (payment) b", "payment", True),
        ("無法付款了", "付款", True), ("Straße", "STRASSE", True), ("e-mail", "mail", True), ("", "x", False),
        ("pre payment and repayment", "payment", True), ("c++ error", "c++", True), ("500 errors", "500", True),
        ("1500 errors", "500", False), ("x.*y", ".*", True), ("xay", "x.y", False),
    ],
)  # fmt: skip
def test_a_keyword_begins_a_word_whatever_its_case_and_is_never_a_pattern(text: str, keyword: str, found: bool) -> None:
    assert says(text_of({"title": text}), keyword) is found


@given(st.text(max_size=60), st.text(min_size=1, max_size=8))
def test_a_text_says_every_word_it_begins_with(text: str, rest: str) -> None:
    told = text_of({"title": text + " " + rest})
    for word in told.split(" "):
        assert not word or says(told, word)


def test_of_hostile_text_no_more_is_looked_at_than_a_mail_holds() -> None:
    one = rule(when={"any": ["a" * 200], "all": ["aaaa" * 40 + "b"], "none": ["(a+)+$"]})
    long = ticket(body="a" * 10_000_000)
    assert len(text_of(long)) == LONGEST_TEXT
    assert judge([one], long) == ()


def test_all_that_is_asked_must_hold() -> None:
    one = rule(when={"any": ["payment", "checkout"], "all": ["fails"], "none": ["test"], "filter": "channel:portal"})
    assert one.matches(ticket(channel="portal"))
    assert not one.matches(ticket(channel="social"))
    assert not one.matches(ticket("Payment works", channel="portal"))
    assert not one.matches(ticket("Test payment fails", channel="portal"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("segment:enterprise", True), ("segment:trial", False), ("-segment:trial", True), ("segment:none", False),
        ("assignee:none", True), ("reporter:@globex.com", True), ("severity:P2,P3", True), ("P1", False),
        ("source:jira", True), ("source:jir", False), ("route:payments", True), ("kind:bug", True),
        ("is:open", True), ("is:done", False), ("is:unassigned", True), ("is:wish", False), ("has:workaround", False),
        ("stage>=2", True), ("stage:2", True), ("stage<2", False), ('"fails"', True), ("a-1", True), ("is:duplicate", False),
        ("globex", True), ("blank", False), ("tag:VIP", True), ("tag:vi", False), ("tag:u", False),
    ],
)  # fmt: skip
def test_the_words_of_the_queue_are_read_on_one_ticket(words: str, found: bool) -> None:
    one = rule(when={"filter": words})
    given = ticket(
        segment="enterprise", reporter="ann@globex.com", severity="P2", route="POST /v3/payments", tags="vip, eu", kind="bug",
        stage="2", body="A blank page.",
    )  # fmt: skip
    assert one.matches(given) is found


def test_nothing_is_proposed_that_stands_already() -> None:
    one = rule(then={"category": "Payments", "tag": ["vip", "pay"], "severity": "P2"})
    found = judge([one], ticket(category="payments", tags="VIP", severity="P3"))
    assert [(c.field, c.before, c.after) for c in found] == [("severity", "P3", "P2"), ("tags", "VIP", "pay")]


def test_the_first_rule_decides_a_field_and_tags_gather() -> None:
    first = rule(name="a", order=1, then={"severity": "P2", "tag": "one"})
    second = rule(name="b", order=2, then={"severity": "P1", "tag": ["two", "one"], "team": "x"})
    found = judge(ordered([second, first]), ticket())
    assert [(c.rule.name, c.field, c.after) for c in found] == [
        ("a", "severity", "P2"), ("a", "tags", "one"), ("b", "team", "x"), ("b", "tags", "two"),
    ]  # fmt: skip


def test_a_first_rule_whose_value_stands_already_still_decides_the_field() -> None:
    rules = [rule(name="a", then={"severity": "P2"}), rule(name="b", then={"severity": "P1"})]
    assert judge(ordered(rules), ticket(severity="P2")) == ()


def test_a_rule_may_end_the_asking_and_one_that_is_off_is_not_asked() -> None:
    first = rule(name="a", stop=True, then={"team": "x"})
    assert [c.rule.name for c in judge(ordered([first, rule(name="b")]), ticket())] == ["a"]
    assert judge(ordered([rule(enabled=False)]), ticket()) == ()


def test_a_reply_is_a_draft_whatever_the_mode() -> None:
    one = rule(mode="act", then={"severity": "P2", "reply": "We have it as {key}. {title} {0}"})
    severity, reply = judge([one], ticket())
    assert severity.acts and not reply.acts
    assert reply.act == ("comment", "We have it as A-1. {title} {0}")


def test_each_field_has_its_act() -> None:
    one = rule(then={"assign": "ann", "stage": 2, "tag": "t", "category": "c", "severity": "p1"})
    assert [c.act for c in judge([one], ticket())] == [
        ("set", "category=c"), ("severity", "P1"), ("assign", "ann"), ("tag", "t"), ("stage", "2"),
    ]  # fmt: skip


def test_a_version_follows_what_a_rule_looks_for_and_sets_and_nothing_else() -> None:
    several, turned = {"severity": "P2", "team": "x"}, {"team": "x", "severity": "P2"}
    assert rule(then=several).version == rule(then=turned).version
    same = {rule().version, rule(mode="act").version, rule(order=3).version, rule(title="Else").version}
    assert len(same) == 1
    others = {rule(when={"any": ["pay"]}).version, rule(then={"category": "pay"}).version}
    assert len(others | same) == 3


@given(st.permutations(range(5)), st.lists(st.sampled_from(("payment", "blank", "vip", "slow")), max_size=4))
def test_the_order_of_the_list_changes_nothing(order: list[int], words: list[str]) -> None:
    rules = [
        rule(
            name=f"r{n}",
            order=n % 2,
            when={"any": [word]},
            then={"severity": f"P{n % 4 + 1}", "tag": word},
            stop=n == 3,
        )
        for n, word in enumerate(("payment", "blank", "vip", "slow", "payment"))
    ]
    given_ticket = ticket(" ".join(words))
    assert judge(ordered(rules), given_ticket) == judge(ordered(rules[n] for n in order), given_ticket)
