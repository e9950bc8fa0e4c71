"""The words of an explanation: what it was compared with, what is unknown, and figures by their unit."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from console.model.moment import DAY, HOUR, Span
from console.model.number import Number
from console.model.spike import Finding, State
from console.model.spike_windows import windows
from console.present import spike, words
from console.queries.spike import Explained

NOON = 20_000 * DAY + 12 * HOUR
SPAN = Span(NOON, NOON + HOUR)
UTC = ZoneInfo("UTC")
PAY = Finding("route", "POST /pay 502", "", "share", 0.0003, 0.07, 233.3, 1e-20, State.MOVED, 4.9, 900.0)
STILL = Finding("latency", "GET /a p95", "", "ms", 100.0, 101.0, 1.01, 0.9, State.STILL, 0.0, 900.0)
UNSURE = Finding("word", "odd", "", "per_hour", None, 1.0, 2.0, 1.0, State.UNSURE, 0.0, 1.0)


def explained(*findings: Finding, known: float = 1.0, earliest: int = 0, numbers: bool = False) -> Explained:
    number = Number("error_rate_5xx", SPAN.start, SPAN.end) if numbers else None
    return Explained(SPAN, windows(SPAN, earliest), findings, tuple(number for _ in findings), known, 1.0, 1.0)


def test_no_time_before_is_said_instead_of_an_empty_list() -> None:
    figure = spike.word(explained(earliest=NOON), UTC)
    assert "time before" in figure.moved.empty
    assert figure.moved.rows == ()


def test_what_moved_what_did_not_and_what_cannot_be_said_are_three_things() -> None:
    figure = spike.word(explained(PAY, STILL, UNSURE, numbers=True), UTC)
    assert [r.cells[1].text for r in figure.moved.rows] == ["POST /pay 502"]
    assert [r.cells[1].text for r in figure.still.rows] == ["GET /a p95"]
    assert figure.summary == "1 moved · 1 did not · of 1 too little is known"
    assert [c.number is not None for c in figure.moved.rows[0].cells].count(True) == 1
    assert "Enter opens its proof" in figure.moved.rows[0].spoken


def test_unknown_minutes_are_said() -> None:
    figure = spike.word(explained(PAY, known=0.5), UTC)
    assert any("50" in note and "unknown minutes are left out" in note for note in figure.notes)
    assert not any("unknown minutes" in note for note in spike.word(explained(PAY), UTC).notes)


def test_the_baseline_is_named() -> None:
    figure = spike.word(explained(PAY, earliest=NOON - 3 * DAY), UTC)
    assert figure.notes[0].startswith("Compared with the same length just before and the same hours of 3")


def test_lines_keep_a_row_on_one_line_whatever_a_ticket_says() -> None:
    row = {"kind": "word", "what": "a\nb\x1b[31m", "before": 0.0, "during": 3.0, "effect": None, "p": 0.01}
    first, _ = spike.lines([row])
    assert "\n" not in first and "\x1b" not in first


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(None, "?"), (0.31, "×0.31"), (1.0, "×1"), (197.4, "×197"), (7830.0, "×7\u202f800"), (-1.0, "?")],
)
def test_a_factor_in_words(ratio: float | None, text: str) -> None:
    assert words.times(ratio) == text


@pytest.mark.parametrize(
    ("p", "text"), [(None, "?"), (0.0, "<\u00a00.001"), (0.0042, "0.004"), (0.034, "0.03"), (1.0, "1.00")]
)
def test_a_chance_in_words(p: float | None, text: str) -> None:
    assert words.chance(p) == text
