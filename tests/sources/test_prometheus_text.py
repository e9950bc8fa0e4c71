"""Exposition text as gateways really write it, and as it arrives when something went wrong."""

from __future__ import annotations

import math
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SourceError, Trouble
from console.sources.formats import prometheus_text
from console.sources.formats.prometheus_text import Reader, series_of

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def read(text: str | bytes, *names: str, kind: str = "text/plain") -> list[tuple[str, dict[str, str], float]]:
    body = text.encode() if isinstance(text, str) else text
    return [(s.name, dict(s.labels), v) for s, v in Reader(frozenset(names)).read(body, kind)]


@pytest.mark.parametrize(
    ("body", "kind", "word"),
    [
        (b"a 1\nb 2", "text/plain", "cut short"),
        (b"a 1\nb 2\n", OPENMETRICS, "cut short"),
        (b"a 1\n# EO", OPENMETRICS, "cut short"),
        (b"<!DOCTYPE html><html>login</html>\n", "text/html", "web page"),
        (b"  <html>\n", "", "web page"),
        (b"a 1\n\x00\x01\n", "", "binary"),
        ('a{b="M\xfcller"} 1\n'.encode("latin-1"), "text/plain; charset=iso-8859-1", "UTF-8"),
        (b'{"error":"no"}\n', "application/json", "JSON"),
        (b"a one\n", "", "no sample"),
        (b'a{b="1" c="2"} 1\n', "", "no sample"),
        (b'a{b="1} 1\n', "", "no sample"),
        (b"a\n", "", "no sample"),
        (b"just some words\n", "", "no sample"),
    ],
)
def test_a_body_that_is_no_whole_page_is_refused_with_a_sentence(body: bytes, kind: str, word: str) -> None:
    with pytest.raises(SourceError) as raised:
        Reader(frozenset({"a"})).read(body, kind)
    assert raised.value.trouble is Trouble.UNREADABLE
    assert word in raised.value.message


def test_more_samples_than_we_take_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_text, "MAX_SAMPLES", 3)
    assert len(read("a 1\n" * 3, "a")) == 3
    with pytest.raises(SourceError, match="more than 3"):
        read("a 1\n" * 4, "a")


def test_labels_are_unescaped_and_may_hold_braces_commas_and_blanks() -> None:
    text = 'a{p="C:\\\\x\\n\\"q\\"",r="POST /v3/{id}, x} 9",} 1.5e3\n'
    assert read(text, "a") == [("a", {"p": 'C:\\x\n"q"', "r": "POST /v3/{id}, x} 9"}, 1500.0)]


@pytest.mark.parametrize(
    ("written", "value"),
    [("NaN", math.nan), ("+Inf", math.inf), ("-Inf", -math.inf), ("Inf", math.inf), ("1e3", 1000.0), ("0x1p-2", 0.25)],
)
def test_values_are_go_floats(written: str, value: float) -> None:
    assert read(f"a {written}\n", "a")[0][2] == pytest.approx(value, nan_ok=True)


def test_timestamps_exemplars_blank_lines_and_comments_do_not_disturb() -> None:
    text = (
        "# HELP a x\n# TYPE a counter\n\n"
        'a_bucket{le="1"} 3 # {trace_id="a} b"} 0.7 1767225600.1\n'
        'a_bucket{le="5"}   4   1767225600123\r\n'
        "\ta_sum\t7.5\t1767225600.5\n"
        "#EOF is only a comment here\n# EOF\n"
    )
    reader = Reader(frozenset({"a_bucket", "a_sum"}))
    for _ in range(2):
        found = [(s.name, dict(s.labels), v) for s, v in reader.read(text.encode(), OPENMETRICS)]
        assert found == [("a_bucket", {"le": "1"}, 3.0), ("a_bucket", {"le": "5"}, 4.0), ("a_sum", {}, 7.5)]


def test_quoted_names_are_read() -> None:
    assert read('{"my.metric","a b"="x"} 1\n', "my.metric") == [("my.metric", {"a b": "x"}, 1.0)]


def test_what_nobody_asked_for_is_left_out() -> None:
    assert read('b{x="1"} 1\na_created 5\na 2\n', "a") == [("a", {}, 2.0)]


def test_an_empty_page_is_a_page() -> None:
    assert read("", "a") == []


def test_a_reader_gives_the_same_object_for_the_same_series_however_often_it_reads() -> None:
    reader = Reader(frozenset({"a"}))
    first = reader.read(b'a{x="1"} 1\n')[0]
    second = reader.read(b'a{x="1"} 2 1767225600123\n')[0]
    assert second[0] is first[0]
    assert (first[1], second[1]) == (1.0, 2.0)


def test_one_and_one_point_zero_are_the_same_bucket_and_label_order_does_not_matter() -> None:
    one = series_of("a_bucket", {"le": "1", "x": "y", "b": "c"})
    other = series_of("a_bucket", {"b": "c", "x": "y", "le": "1.0"})
    inf = series_of("a_bucket", {"b": "c", "x": "y", "le": "+Inf"})
    assert one.id == other.id
    assert one.id != inf.id
    assert one.group == inf.group


def test_the_identity_of_a_series_is_the_same_in_another_process() -> None:
    code = (
        "from console.sources.formats.prometheus_text import series_of;print(series_of('a', {'x': 'é', 'y': '2'}).id)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert int(other.stdout) == series_of("a", {"y": "2", "x": "é"}).id


@given(
    st.lists(
        st.tuples(
            st.dictionaries(
                st.sampled_from(["a", "b", "route"]),
                st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12),
                max_size=3,
            ),
            st.floats(allow_nan=False),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_whatever_is_written_by_the_rules_is_read_back(rows: list[tuple[dict[str, str], float, bool]]) -> None:
    def written(text: str) -> str:
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')

    lines = [
        "m{"
        + ",".join(f'{k}="{written(v)}"' for k, v in labels.items())
        + "} "
        + repr(value)
        + (" 1767" if stamp else "")
        for labels, value, stamp in rows
    ]
    page = "".join(line + "\n" for line in lines)
    reader = Reader(frozenset({"m"}))
    for _ in range(2):
        assert [(dict(s.labels), v) for s, v in reader.read(page.encode())] == [(d, v) for d, v, _ in rows]


def test_a_page_of_known_series_is_read_fast() -> None:
    lines = [
        f'm_bucket{{type="request",route="route-{r}",service="s",consumer="",node="10.1.0.4",le="{le}"}} {r * le}'
        for r in range(100)
        for le in range(20)
    ]
    body = ("\n".join(lines) + "\n").encode()
    reader = Reader(frozenset({"m_bucket"}))
    reader.read(body)
    best = min(_seconds(reader, body) for _ in range(7))
    assert best < 0.010, "2 000 samples take about 1 ms; ten times that is a loss of the cache"


def _seconds(reader: Reader, body: bytes) -> float:
    begun = time.perf_counter()
    assert len(reader.read(body)) == 2000
    return time.perf_counter() - begun
