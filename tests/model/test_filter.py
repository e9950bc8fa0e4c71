"""The filter's words: what they mean, what a typo is answered, and that nothing typed breaks the reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.filter import (
    CLOSED,
    FIELDS,
    FLAGS,
    LENGTHS,
    NONE,
    NUMBERS,
    TEXTS,
    Compare,
    Filter,
    FilterError,
    Flag,
    OneOf,
    Words,
    read,
    read_some,
    tokens,
    typed,
    written,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("severity:P1,P2", OneOf("severity", ("P1", "P2"))),
        ("severity:1", OneOf("severity", ("P1",))),
        ("severity:none", OneOf("severity", ("none",))),
        ("p3", OneOf("severity", ("P3",))),
        ("-P3", OneOf("severity", ("P3",), True)),
        ("stage:2,3", OneOf("stage", ("2", "3"))),
        ("stage>=4", Compare("stage", ">=", 4)),
        ("waiting>2h", Compare("waiting", ">", 7200)),
        ("age<1d12h", Compare("age", "<", 36 * 3600)),
        ("sla<-30m", Compare("sla", "<", -1800)),
        ("sla:breached", OneOf("sla", ("breached",))),
        ("reach>10", Compare("reach", ">", 10)),
        ("assignee:none", OneOf("assignee", ("none",))),
        ('customer:"Ann, Bo & Co",Zed', OneOf("customer", ("Ann, Bo & Co", "Zed"))),
        ("-tag:x", OneOf("tag", ("x",), True)),
        ("tags:x", OneOf("tag", ("x",))),
        ("status:progress", OneOf("status", ("in_progress",))),
        ("Segment:Enterprise", OneOf("segment", ("Enterprise",))),
        ("has:pending", Flag("has", "pending")),
        ("-is:snoozed", Flag("is", "snoozed", True)),
        ("forgotten", Flag("is", "forgotten")),
        ("new", Words("new")),
        ('"Payment fails"', Words("Payment fails")),
        ('"open for ever', Words("open for ever")),
        ("-slow", Words("slow", True)),
        ("-", Words("-")),
        ("https://a.example/b", Words("https://a.example/b")),
        ("src=a.png", Words("src=a.png")),
        ('"ERR:42"', Words("ERR:42")),
        ("assignee:NONE", OneOf("assignee", ("none",))),
    ],
)
def test_one_word(text: str, part: object) -> None:
    assert read(text).parts == (part,)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("severty:P1", 'There is no field "severty". Did you mean "severity"?'),
        ("severity:P7", 'There is no severity "P7". Known: P1, P2, P3, P4.'),
        ("status:resolvd", 'There is no status "resolvd". Did you mean "resolved"?'),
        ("is:forgoten", 'Did you mean "forgotten"?'),
        ("waiting>2", "a length of time such as 30m"),
        ("waiting>soon", "a length of time such as 30m"),
        ("age>" + "9" * 320 + "d", "a length of time such as 30m"),
        ("waiting:2h", "write waiting>2h"),
        ("stage>many", "a number such as 2"),
        ("reach>-1", "a number such as 10"),
        ("assignee>ann", "write assignee:value"),
        ("severity:", "severity: needs a value, one of P1, P2, P3, P4"),
        ("component:,", "component: needs a value"),
        ("is:new,open", "write is:new is:open"),
        ("x:y:z", 'There is no field "x"'),
    ],
)
def test_a_fault_is_one_sentence_with_the_nearest_known_word(text: str, sentence: str) -> None:
    with pytest.raises(FilterError) as fault:
        read(text)
    assert sentence in fault.value.message and "\n" not in fault.value.message
    assert fault.value.message.endswith(".") or fault.value.message.endswith("?")


def test_words_add_up_and_the_readable_ones_count_while_another_is_being_typed() -> None:
    found, fault = read_some('severity:P1 waiting> "payment fails" is:')
    assert found.parts == (OneOf("severity", ("P1",)), Words("payment fails"))
    assert "waiting" in fault


def test_a_flag_that_is_asked_for_is_known() -> None:
    assert read("is:snoozed").asks("snoozed") and not read("-is:snoozed").asks("snoozed")


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    found, fault = read_some(text)
    assert fault == "" or fault.strip()
    assert len(found.parts) <= len(list(tokens(text)))
    for token, start, end in tokens(text):
        assert text[start:end] == token
    typed(text, len(text) // 2)


_GAPS = ("Cs", "Cc", "Zs", "Zl", "Zp")
_turned = st.booleans()
_ops = st.sampled_from(["<", "<=", ">", ">="])
_value = st.text(st.characters(exclude_characters='",', exclude_categories=_GAPS), min_size=1, max_size=12)
_text = st.text(st.characters(exclude_characters='"', exclude_categories=("Cs",)), min_size=1)


def _closed(field: str) -> st.SearchStrategy[OneOf]:
    values = st.lists(st.sampled_from(CLOSED[field]), min_size=1, unique=True)
    return st.builds(OneOf, st.just(field), values.map(tuple), _turned)


def _flags(field: str) -> st.SearchStrategy[Flag]:
    return st.builds(Flag, st.just(field), st.sampled_from(FLAGS[field]), _turned)


_parts = st.one_of(
    st.builds(Words, _text, _turned),
    st.builds(
        OneOf,
        st.sampled_from(TEXTS),
        st.lists(_value.filter(lambda v: v.lower() != NONE), min_size=1, max_size=3).map(tuple),
        _turned,
    ),
    st.sampled_from(sorted(CLOSED)).flatmap(_closed),
    st.builds(Compare, st.sampled_from(NUMBERS), _ops, st.integers(0, 10**6).map(float), _turned),
    st.builds(Compare, st.sampled_from(LENGTHS), _ops, st.integers(-(10**7), 10**7).map(float), _turned),
    st.sampled_from(sorted(FLAGS)).flatmap(_flags),
)


@given(st.lists(_parts, max_size=5).map(lambda parts: Filter(tuple(parts))))
def test_what_is_written_reads_as_the_same(wanted: Filter) -> None:
    assert read(written(wanted)) == wanted


@given(st.text(max_size=60), st.text(max_size=60))
def test_adding_words_only_adds_parts(before: str, after: str) -> None:
    """What stands in front keeps its meaning, as long as its quotes are closed."""
    if before.count('"') % 2 == 0:
        first, _ = read_some(before)
        both, _ = read_some(f"{before} {after}")
        assert both.parts[: len(first.parts)] == first.parts


@pytest.mark.parametrize(
    ("text", "cursor", "kept", "field", "prefix"),
    [
        ("sev", 3, "", "", "sev"),
        ("-sev", 4, "-", "", "sev"),
        ("severity:P1,P", 13, "severity:P1,", "severity", "P"),
        ("P1 assignee:", 12, "assignee:", "assignee", ""),
        ("P1 ", 3, "", "", ""),
        ("assignee:ann P1", 12, "assignee:", "assignee", "ann"),
        ('customer:"Exa', 13, "customer:", "customer", "Exa"),
    ],
)
def test_what_is_being_typed(text: str, cursor: int, kept: str, field: str, prefix: str) -> None:
    found = typed(text, cursor)
    assert (found.kept, found.field, found.prefix) == (kept, field, prefix)


def test_every_field_is_read_or_answers_what_it_takes() -> None:
    for field in FIELDS:
        for text in (f"{field}:x", f"{field}>1", f"{field}"):
            _, fault = read_some(text)
            assert fault == "" or field in fault or "is" in fault
