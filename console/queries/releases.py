"""Releases as windows: from a release's marker to the next one of another version."""

from __future__ import annotations

from itertools import pairwise

from console.model.errors import QuestionError
from console.model.moment import Span
from console.model.nearest import did_you_mean
from console.queries.reader import Reader


def runs(reader: Reader) -> list[tuple[str, Span]]:
    """Which version was out from when to when, oldest first; the last one runs to the moment.

    Markers of one version that follow each other (a canary and its release, two sources that tell the same) are one run.
    """
    if "release runs" not in reader.answers:
        rows = reader.rows(
            "SELECT version, epoch_us(happened_at) FROM release "
            f"WHERE known_at <= {reader.known_sql} AND epoch_us(happened_at) <= {reader.at} ORDER BY happened_at, version"
        )
        starts: list[tuple[str, int]] = []
        for version, at in rows:
            if not starts or starts[-1][0] != version:
                starts.append((version, int(at)))
        ends = [*starts, ("", max(reader.at, starts[-1][1] if starts else 0))]
        reader.answers["release runs"] = [
            (version, Span(start, end)) for (version, start), (_, end) in pairwise(ends) if end > start
        ]
    found: list[tuple[str, Span]] = reader.answers["release runs"]
    return found


def window_of(reader: Reader, version: str) -> Span:
    """When a version was out; the last time, where it came back. Raises QuestionError for a version without a marker."""
    known = runs(reader)
    for name, span in reversed(known):
        if name == version:
            return span
    raise QuestionError(f'No release "{version}" is marked.{did_you_mean(version, [name for name, _ in known])}')
