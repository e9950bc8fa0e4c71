"""The command line refuses what it cannot use with one sentence and exit code 2."""

from __future__ import annotations

import pytest

from console.cli.arguments import parser


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["demo", "--size", "wide"], "not WIDTHxHEIGHT"),
        (["demo", "--screen", "triag"], "invalid choice"),
        (["demo", "--now", "yesterday"], "not an ISO 8601 time"),
        (["check", "a.hypercare", "--at", "25:00"], "not an ISO 8601 time"),
        (["kpi", "a.hypercare"], "required: name"),
        (["export", "a.hypercare", "traffic", "--format", "xml"], "invalid choice"),
    ],
)
def test_what_cannot_be_used_ends_with_2(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert sentence in told
    assert told.startswith("hypercare: ") and told.count("\n") == 1


def test_a_size_is_never_smaller_than_a_window_can_be() -> None:
    assert parser().parse_args(["demo", "--size", "10x10"]).size == (640, 400)
