"""What an act does to a ticket: a word that means nothing is refused with the nearest one, however odd it is."""

from __future__ import annotations

import json

import pytest

from console.model.decision import Act
from console.model.errors import QuestionError
from console.model.moment import HOUR
from console.model.ticket_acts import captured, deeds, task_of
from tests.builders import T0


@pytest.mark.parametrize(
    ("typed", "field", "kept"),
    [
        ("kind=Enhancement", "kind", "enhancement"),
        ("impact=All_users", "impact", "all users"),
        ("channel=Support phone", "channel", "support_phone"),
        ("channel=in-app", "channel", "in_app"),
        ("kind=", "kind", ""),
        ("category=whatever is meant", "category", "whatever is meant"),
    ],
)
def test_a_field_that_takes_some_words_takes_them_in_any_spelling(typed: str, field: str, kept: str) -> None:
    (deed,) = deeds(Act.SET, typed, "", {field: "before"}, T0)
    assert deed.changes == ((field, kept),) and deed.value == f"{field}={kept}"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("kind=enhancment", 'no kind "enhancment". Did you mean "enhancement"'),
        ("impact=everybody", 'no impact "everybody"'),
        ("channel=fax", 'no channel "fax"'),
        ("kind=" + "x" * 9999, "There is no kind"),
    ],
)
def test_a_word_that_means_nothing_is_refused_also_in_a_capture(typed: str, told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        deeds(Act.SET, typed, "", {}, T0)
    field, _, value = typed.partition("=")
    if field != "impact":
        with pytest.raises(QuestionError, match=told):
            captured(json.dumps({"title": "Cannot pay", field: value}), T0)


def test_a_captured_enhancement_has_no_severity_however_it_is_spelled() -> None:
    with pytest.raises(QuestionError, match="no severity"):
        captured(json.dumps({"title": "More", "kind": "Enhancement", "severity": "P1"}), T0)
    assert dict(captured(json.dumps({"title": "More", "channel": "Support Chat"}), T0).changes)["channel"] == (
        "support_chat"
    )


@pytest.mark.parametrize("value", ["9" * 5000, "8", "0", "-1", "³", "1.5", "²²", "x"])
def test_a_stage_is_a_number_of_one_digit(value: str) -> None:
    with pytest.raises(QuestionError, match="numbered 1 to 7"):
        deeds(Act.STAGE, value, "", {}, T0 + HOUR)


@pytest.mark.parametrize("value", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, "null", "\udcff"])
def test_json_that_is_none_of_ours_is_refused(value: str) -> None:
    with pytest.raises(QuestionError, match="JSON object"):
        captured(value, T0)
    with pytest.raises(QuestionError, match="JSON object"):
        task_of(value)
