"""A typo is answered with the nearest known word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, None when nothing is near."""
    matches = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return matches[0] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """' Did you mean "url"?', or the list of known words when none is near (never empty when any are known)."""
    words = sorted(known)
    near = nearest(word, words)
    if near is not None:
        return f' Did you mean "{near}"?'
    return f" Known: {', '.join(words)}." if words else ""
