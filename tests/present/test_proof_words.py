"""A proof in words: copies that cannot be broken out of, rows as they are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from console.model.moment import DAY, HOUR, Known, Moment, Span, parse_instant
from console.model.number import Number
from console.present.proof import as_markdown, as_text, plain_row, rows_window
from console.present.tone import Tone
from tests.widgets.fake_desk import proof_figure

AT = parse_instant("2026-11-20T13:21:07Z")
BERLIN = ZoneInfo("Europe/Berlin")
FIGURE = proof_figure(Number("error_rate_5xx", AT - HOUR, AT, moment=Moment(AT, Known.THEN)), "abc")


def test_a_statement_with_backticks_cannot_end_its_block() -> None:
    hostile = replace(FIGURE, sql="SELECT '```\n# owned'")
    text = as_markdown(hostile)
    assert "````sql\nSELECT '```\n# owned'\n````" in text


def test_hostile_words_stay_words_in_markdown() -> None:
    text = as_markdown(replace(FIGURE, title="<img src=x> | [a](b)", deeds=("lead signed · [x](javascript:1)",)))
    assert "<img" not in text.replace("\\<img", "")
    assert "\\[x\\]" in text


def test_the_text_holds_all_one_needs_to_check_the_number() -> None:
    text = as_text(replace(FIGURE, exact="0.0041"))
    for told in ("0.41 %", "exactly: 0.0041", "38 min late", "SELECT sum(calls)", "edge", FIGURE.link, FIGURE.moment):
        assert told in text


def test_rows_of_one_day_need_no_day_and_others_do() -> None:
    row = (datetime(2026, 11, 20, 13, 20), "GET /a", 1200, 3, "edge")
    columns = ("minute", "route", "calls", "calls_5xx", "source")
    today = rows_window(columns, [row], 0, 1, BERLIN, Span(AT - HOUR, AT))
    assert [cell.text for cell in today.rows[0].cells] == ["14:20", "GET /a", "1\u202f200", "3", "edge"]
    assert today.rows[0].cells[3].tone is Tone.BAD
    assert today.columns[2].right and not today.columns[1].right
    week = rows_window(columns, [(datetime(2026, 11, 14, 13, 20), *row[1:])], 0, 1, BERLIN, Span(AT - 7 * DAY, AT))
    assert week.rows[0].cells[0].text == "Sat 14 Nov 14:20"
    assert week.columns[0].width > today.columns[0].width


def test_nothing_behind_a_number_is_said() -> None:
    assert "decided" in rows_window((), [], 0, 0, BERLIN, Span(AT, AT)).empty


def test_a_row_as_json_has_instants_with_their_zone_and_no_infinity() -> None:
    row = plain_row(("minute", "upper_ms"), (datetime(2026, 11, 20, 13, 20), float("inf")))
    assert row == {"minute": "2026-11-20T13:20:00Z", "upper_ms": None}
