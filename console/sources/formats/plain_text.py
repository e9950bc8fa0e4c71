"""Text of strangers, made fit to keep: no control characters, no broken surrogates, bounded length.

What people wrote stays what they wrote. HTML tags and wiki marks are kept as text (nothing here is ever rendered as
markup), and marks of right-to-left writing are part of the text, not noise.
"""

from __future__ import annotations

import re

TITLE_LIMIT = 2_000
BODY_LIMIT = 100_000

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BREAKS = re.compile(r"\s*[\r\n\u2028\u2029]+\s*")


def clean(text: str, limit: int = BODY_LIMIT) -> str:
    """The text without control characters (tab and line feed stay), at most ``limit`` characters; a cut ends in "…"."""
    if len(text) <= limit and text.isprintable():
        # Nearly every name and title. What is printable holds neither controls nor surrogates nor breaks.
        return text.strip()
    if len(text) > 2 * limit:
        text = text[: 2 * limit]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8").strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = TITLE_LIMIT) -> str:
    """``clean`` on a single line, for titles and names."""
    if len(text) <= limit and text.isprintable():
        return text.strip()
    return clean(_BREAKS.sub(" ", text[: 4 * limit]), limit)
