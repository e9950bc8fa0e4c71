"""Finding a line by a few of its letters. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

_START, _WORD, _RUN, _ANY = 12, 8, 5, 1
_NEAR = 0.6
"""A line with less than this share of the best one's score is noise, not a find."""


def score(typed: str, text: str) -> int | None:
    """How well ``typed`` stands in ``text``; None when its letters do not occur in that order.

    Letters at the start, at the start of a word and next to each other count more; a shorter text wins a tie. Case and
    blanks in ``typed`` do not matter; an empty ``typed`` scores 0 everywhere.
    """
    wanted = [letter for letter in typed.casefold() if not letter.isspace()]
    if not wanted:
        return 0
    folded = text.casefold()
    best: int | None = None
    first = folded.find(wanted[0])
    while first >= 0:
        points = _from(wanted, folded, first)
        if points is not None and (best is None or points > best):
            best = points
        first = folded.find(wanted[0], first + 1)
    return None if best is None else best * 8 - min(len(folded), 7)


def _from(wanted: list[str], text: str, first: int) -> int | None:
    points, at, previous = 0, first, -2
    for letter in wanted:
        at = text.find(letter, at)
        if at < 0:
            return None
        if at == 0:
            points += _START
        elif not text[at - 1].isalnum():
            points += _WORD
        points += _RUN if at == previous + 1 else _ANY
        previous, at = at, at + 1
    return points


def ranked(typed: str, lines: Iterable[tuple[str, T]]) -> list[T]:
    """The lines that hold ``typed``, best first; equal ones, and all for an empty ``typed``, in their own order."""
    found = [(score(typed, text), item) for text, item in lines]
    kept = [(points, item) for points, item in found if points is not None]
    kept.sort(key=_points, reverse=True)
    least = kept[0][0] * _NEAR if kept else 0
    kept = [(points, item) for points, item in kept if points >= least]
    return [item for _, item in kept]


def _points(entry: tuple[int, object]) -> int:
    return entry[0]
