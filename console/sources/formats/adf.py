"""Atlassian Document Format to plain text, and plain text to the least of it.

The tree comes from strangers: it may be deeper than any recursion allows, and any value may be of another type. So the
walk keeps its own stack and takes from each node only what has the expected type.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_BLOCKS = {
    "paragraph", "heading", "blockquote", "codeBlock", "panel", "rule", "mediaSingle", "mediaGroup", "expand",
    "nestedExpand", "tableRow", "bulletList", "orderedList", "taskList", "taskItem", "decisionItem", "blockCard",
}  # fmt: skip
_ITEMS = {"listItem": "- ", "taskItem": "- ", "decisionItem": "- "}
_CELL_END = " | "
_ROW_END = "\n\n"
_MAX_NODES = 200_000


def to_text(document: Any) -> str:
    """Plain text of a document: a line a block, "- " before list items, " | " between cells; a str is returned as is.

    Anything that is neither gives ''. Marks (bold, colour) are dropped; a link keeps its address after its text.
    """
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        return ""
    plain = _of_plain_paragraphs(document)
    return _walked(document) if plain is None else plain


def _of_plain_paragraphs(document: dict[str, Any]) -> str | None:
    """What most people write, read without a walk: paragraphs of unmarked text. None for anything more."""
    lines: list[str] = []
    blocks = document.get("content")
    if document.get("type") != "doc" or not isinstance(blocks, list):
        return None
    for block in blocks:
        if not isinstance(block, dict) or block.get("type") != "paragraph":
            return None
        pieces = block.get("content")
        texts = [piece.get("text") for piece in pieces if _is_plain(piece)] if isinstance(pieces, list) else []
        if not texts or len(texts) != len(pieces):  # type: ignore[arg-type]  # a list, where there are texts
            return None
        lines.append("".join(texts))
    return "\n".join(line.rstrip(" |") for line in lines).strip()


def _is_plain(piece: Any) -> bool:
    if not isinstance(piece, dict) or piece.get("type") != "text" or piece.get("marks"):
        return False
    text = piece.get("text")
    return isinstance(text, str) and "\n" not in text and bool(text.strip(" |-"))


def _walked(document: dict[str, Any]) -> str:
    out: list[str] = []
    stack: list[Any] = [document]
    for _ in range(_MAX_NODES):
        if not stack:
            break
        node = stack.pop()
        if isinstance(node, str):
            _put(out, node)
            continue
        if not isinstance(node, dict):
            continue
        kind = node.get("type")
        kind = kind if isinstance(kind, str) else ""
        inner = node.get("content")
        after: list[Any] = []
        if kind in _BLOCKS or kind in _ITEMS:
            _put(out, "\n")
            after = [_ROW_END if kind == "tableRow" else "\n"]
        if kind in _ITEMS:
            _put(out, _ITEMS[kind])
        elif kind in ("tableCell", "tableHeader"):
            after = [_CELL_END]
        else:
            _put(out, _leaf(kind, node))
        stack.extend(after)
        if isinstance(inner, list):
            stack.extend(reversed(inner))
    return "\n".join(line.rstrip(" |") for line in "".join(out).split("\n")).strip()


def from_text(text: str) -> dict[str, Any]:
    """A document of paragraphs (set apart by an empty line) with line breaks. An empty text is an empty document.

    Jira refuses a text node without text, so an empty line within a paragraph cannot be one.
    """
    blocks = [block.split("\n") for block in text.replace("\r\n", "\n").split("\n\n")]
    paragraphs = [{"type": "paragraph", "content": _lines(block)} for block in blocks if any(block)]
    return {"type": "doc", "version": 1, "content": paragraphs}


def _lines(lines: list[str]) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    for place, line in enumerate(lines):
        content += [{"type": "hardBreak"}] if place else []
        content += [{"type": "text", "text": line}] if line else []
    return content


def _put(out: list[str], text: str) -> None:
    """Append, but never an empty line, and no line break after a list mark or on either side of a cell's end."""
    if text == _CELL_END and out and out[-1] == "\n":
        out.pop()
    if text == _ROW_END:
        text = "\n"
        if out and out[-1] == _CELL_END:
            out.pop()
    if text and not (text == "\n" and (not out or out[-1].endswith("\n") or out[-1] in ("- ", _CELL_END))):
        out.append(text)


def _leaf(kind: str, node: dict[str, Any]) -> str:
    attributes = node.get("attrs")
    attrs: dict[str, Any] = attributes if isinstance(attributes, dict) else {}
    if kind == "text":
        text = _text(node, "text")
        address = _link(node)
        return f"{text} ({address})" if address and address != text else text
    if kind == "hardBreak":
        return "\n"
    if kind == "rule":
        return "---"
    if kind in ("mention", "status", "placeholder"):
        return _text(attrs, "text")
    if kind == "emoji":
        return _text(attrs, "text") or _text(attrs, "shortName")
    if kind in ("inlineCard", "blockCard", "embedCard"):
        return _text(attrs, "url")
    if kind == "media":
        return _text(attrs, "alt")
    if kind == "date":
        return _date(attrs.get("timestamp"))
    return ""


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _link(node: dict[str, Any]) -> str:
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        if isinstance(mark, dict) and mark.get("type") == "link" and isinstance(mark.get("attrs"), dict):
            return _text(mark["attrs"], "href")
    return ""


def _date(timestamp: Any) -> str:
    """Dates in documents are epoch milliseconds, as text or number, meaning a calendar day in UTC."""
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
