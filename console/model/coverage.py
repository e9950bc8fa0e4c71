"""Which time is known, gateway by gateway, and which source of a gateway counts when several do.

Sources of one gateway never add up: per minute the one that covers more of it counts, and among equals the better rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from console.model.moment import MINUTE, Span, merge, minute_of


@dataclass(frozen=True, slots=True)
class Speaker:
    """A source that speaks for a gateway. A smaller ``rank`` counts first."""

    source: str
    gateway: str
    rank: int
    spans: tuple[Span, ...]


def outranked(speakers: list[Speaker]) -> list[tuple[str, Span]]:
    """Spans of whole minutes in which a source does not count, because a better one of its gateway does."""
    found: list[tuple[str, Span]] = []
    for speaker in speakers:
        rivals = [s for s in speakers if s.gateway == speaker.gateway and s.source != speaker.source and s.spans]
        if rivals and speaker.spans:
            found.extend((speaker.source, span) for span in _lost(speaker, rivals))
    return found


def _lost(speaker: Speaker, rivals: list[Speaker]) -> list[Span]:
    own = list(speaker.spans)
    edges = sorted(
        {
            minute_of(edge) + shift
            for r in (speaker, *rivals)
            for s in r.spans
            for edge in (s.start, s.end)
            for shift in (0, MINUTE)
        }
    )
    lost: list[Span] = []
    for start, end in pairwise(edges):
        minute = Span(start, start + MINUTE)
        mine = _inside(own, minute)
        for rival in rivals:
            theirs = _inside(rival.spans, minute)
            better_rank = (rival.rank, rival.source) < (speaker.rank, speaker.source)
            if theirs > mine or (theirs == mine and theirs > 0 and better_rank):
                lost.append(Span(start, end))
                break
    return merge(lost)


def _inside(spans: tuple[Span, ...] | list[Span], window: Span) -> int:
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle].end <= window.start:
            low = middle + 1
        else:
            high = middle
    total = 0
    for span in spans[low:]:
        if span.start >= window.end:
            break
        total += span.clip(window).length
    return total


def common(groups: list[list[Span]]) -> list[Span]:
    """The time that every group covers, each group counting from its own first span on."""
    filled = [merge(group) for group in groups if group]
    if not filled:
        return []
    result = filled[0]
    for group in filled[1:]:
        result = _both(_with_past(result, group), _with_past(group, result))
    return result


def _with_past(spans: list[Span], other: list[Span]) -> list[Span]:
    first = spans[0].start
    if other and other[0].start < first:
        return merge([Span(other[0].start, first), *spans])
    return spans


def _both(left: list[Span], right: list[Span]) -> list[Span]:
    result: list[Span] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            result.append(Span(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return result


def share(spans: list[Span], window: Span) -> float:
    """Covered share of a window, 0..1; 0 for an empty window."""
    if window.length == 0:
        return 0.0
    return sum(span.clip(window).length for span in spans) / window.length
