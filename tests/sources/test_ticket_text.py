"""Text of strangers: documents flattened, characters cleaned, JSON made shallow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sources.formats import adf
from console.sources.formats.nesting import depth_of, shallow
from console.sources.formats.plain_text import clean, one_line

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)
NODE_WORDS = st.sampled_from(
    ["doc", "text", "paragraph", "listItem", "content", "type", "attrs", "marks", "link", "date"]
)
NODES = st.recursive(
    st.none() | st.integers() | NODE_WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NODE_WORDS, inner, max_size=5),
    max_leaves=40,
)


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def block(kind: str, *content: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "content": list(content), **more}


@pytest.mark.parametrize(
    "odd", [None, 3, [], {}, {"type": 7}, {"content": "x"}, {"type": "text", "text": {}}, [text("x")]]
)
def test_what_is_no_document_is_no_text(odd: Any) -> None:
    assert adf.to_text(odd) in ("", "x")


def test_a_document_deeper_than_any_recursion_is_read() -> None:
    document: Any = text("deep down")
    for _ in range(50_000):
        document = {"type": "blockquote", "content": [document]}
    assert adf.to_text(document) == "deep down"


def test_blocks_are_lines_and_lists_have_marks() -> None:
    items = [block("listItem", block("paragraph", text(words))) for words in ("open", "pay")]
    link = text("here", marks=[{"type": "link", "attrs": {"href": "https://x.example"}}])
    cells = [block("tableCell", block("paragraph", text(words))) for words in "ab"]
    emoji = {"type": "emoji", "attrs": {"shortName": ":ok:"}}
    document = block(
        "doc",
        block("heading", text("Steps")),
        block("orderedList", *items),
        block("paragraph", text("see "), link),
        block("table", block("tableRow", *cells)),
        block("paragraph", {"type": "mention", "attrs": {"text": "@Ada"}}, {"type": "hardBreak"}, emoji),
        block("paragraph", {"type": "date", "attrs": {"timestamp": "1795219200000"}}),
    )
    assert adf.to_text(document).split("\n") == [
        "Steps",
        "- open",
        "- pay",
        "see here (https://x.example)",
        "a | b",
        "@Ada",
        ":ok:",
        "2026-11-21",
    ]


@given(NODES)
def test_no_document_is_too_odd(document: Any) -> None:
    assert isinstance(adf.to_text(document), str)


_SAID = st.text(st.sampled_from("ab |-\n\u00e9"), max_size=6)
_PIECES = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from(["text", "text", "hardBreak"]), "text": _SAID}), max_size=3
)


@given(st.lists(_PIECES, max_size=4))
def test_plain_paragraphs_read_without_a_walk_read_the_same(paragraphs: list[Any]) -> None:
    blocks = [{"type": "paragraph", "content": pieces} for pieces in paragraphs]
    document = {"type": "doc", "version": 1, "content": blocks}
    plain = adf._of_plain_paragraphs(document)
    assert plain is None or plain == adf._walked(document)


@given(st.text(st.characters(), max_size=60), st.integers(1, 30))
def test_clean_text_is_bounded_free_of_control_characters_and_stays_clean(words: str, limit: int) -> None:
    once = clean(words, limit)
    assert len(once) <= limit
    assert not any(character < " " and character not in "\n\t" for character in once)
    once.encode("utf-8")
    assert clean(once, limit) == once.strip()
    assert "\n" not in one_line(words, limit)


def test_right_to_left_marks_tags_and_emoji_stay() -> None:
    assert clean("\u202eاب\u202c <b>x</b> 🛒\x00\x07") == "\u202eاب\u202c <b>x</b> 🛒"


def test_a_lone_half_of_a_character_cannot_break_the_store() -> None:
    assert clean("a\ud83db") == "a?b"


def test_a_cut_shows() -> None:
    assert clean("x" * 11, 10) == "x" * 9 + "…"


@given(JSON, st.integers(1, 6))
def test_json_is_cut_at_the_depth_and_nowhere_else(value: Any, depth: int) -> None:
    def cut(inner: Any, left: int) -> Any:
        if isinstance(inner, (list, dict)) and left == 0:
            return None
        if isinstance(inner, list):
            return [cut(one, left - 1) for one in inner]
        if isinstance(inner, dict):
            return {key: cut(one, left - 1) for key, one in inner.items()}
        return inner

    told = json.dumps(value).encode()
    assert json.loads(shallow(told, depth)) == cut(value, depth)
    assert depth_of(shallow(told, depth)) == min(depth, depth_of(told))
