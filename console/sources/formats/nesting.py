"""JSON nested deeper than a decoder allows, cut to a depth that can be read.

One poisoned ticket must not hide the page it came on: containers below the depth become ``null``, the rest stays.
"""

from __future__ import annotations

import re

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def depth_of(content: bytes) -> int:
    """The deepest nesting of containers."""
    depth = deepest = 0
    for token in _TOKENS.finditer(content):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif mark in (b"}", b"]"):
            depth -= 1
    return deepest


def shallow(content: bytes, depth: int = 200) -> bytes:
    """The same JSON with every container below ``depth`` replaced by ``null``."""
    kept: list[bytes] = []
    level = start = 0
    for token in _TOKENS.finditer(content):
        mark = token[0]
        if mark in (b"{", b"["):
            level += 1
            if level == depth + 1:
                kept.append(content[start : token.start()] + b"null")
        elif mark in (b"}", b"]"):
            if level == depth + 1:
                start = token.end()
            level -= 1
    if level <= depth:
        kept.append(content[start:])
    return b"".join(kept)
