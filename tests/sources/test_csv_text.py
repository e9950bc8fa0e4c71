"""Any table comes back as it was written, however it is cut into parts, and any time as it was meant."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model.moment import from_datetime
from console.sources.formats import csv_text
from console.sources.formats.written_time import order_of, read_time

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), max_size=25)


@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    most=st.integers(1, 400),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=60, deadline=None)
def test_a_table_comes_back_as_it_was_written(
    rows: list[tuple[str, str, str]], delimiter: str, end: str, most: int, encoding: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "title", "text"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(out.getvalue().encode(encoding))
        form = csv_text.examine(path, delimiter=delimiter)
        assert form.header == ("id", "title", "text")
        back, start = [], form.start
        while True:
            part = csv_text.read_part(path, form, start, most)
            back += part.rows
            assert (part.ragged, part.broken) == (0, 0)
            if part.ended:
                break
            assert part.end > start
            start = part.end
    assert back == [list(row) for row in rows if any(cell.strip() for cell in row)]


@given(
    when=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0, tzinfo=UTC)),
    form=st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d %b %Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p"]
    ),
)
def test_a_time_is_read_as_it_was_written_in_its_zone(when: datetime, form: str) -> None:
    assert read_time(when.strftime(form), ZoneInfo("UTC")) == from_datetime(when)


@given(st.integers(1, 28), st.integers(1, 12), st.sampled_from(["dmy", "mdy"]))
def test_a_day_is_read_in_its_order_and_never_by_a_guess(day: int, month: int, order: str) -> None:
    text = f"{day:02}/{month:02}/2026" if order == "dmy" else f"{month:02}/{day:02}/2026"
    expected = from_datetime(datetime(2026, month, day, tzinfo=UTC))
    assert read_time(text, ZoneInfo("UTC"), order) == expected
    assert read_time(text, ZoneInfo("UTC")) == (expected if day > 12 or day == month else None)
    assert order_of([text]) in ("", order)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-25 02:30", "2026-10-25T00:30:00+00:00"),
        ("2026-03-29 02:30", "2026-03-29T01:30:00+00:00"),
        ("2026-11-20T09:00:00+05:30", "2026-11-20T03:30:00+00:00"),
        ("20/Nov/26 9:05 AM", "2026-11-20T08:05:00+00:00"),
        ("Fri, 20 Nov 2026 09:00:00 +0000", "2026-11-20T09:00:00+00:00"),
        ("1795240000", "2026-11-21T05:46:40+00:00"),
        ("1795240000000", "2026-11-21T05:46:40+00:00"),
        ("20.11.26 09.30", "2026-11-20T08:30:00+00:00"),
    ],
)
def test_other_ways_to_write_a_time(text: str, expected: str) -> None:
    assert read_time(text, ZoneInfo("Europe/Berlin")) == from_datetime(datetime.fromisoformat(expected))


@pytest.mark.parametrize(
    "text", ["", "soon", "31.02.2026", "2026-13-01", "20.11.2026 25:00", "99999999999999999999", "٢٠٢٦"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time(text, ZoneInfo("UTC")) is None
