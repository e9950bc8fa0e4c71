"""Every source with its standing: what the poller says of it, and what its facts say."""

from __future__ import annotations

from dataclasses import dataclass

from console.model.freshness import Freshness, judge
from console.model.health import Health
from console.model.moment import SECOND
from console.queries.reader import Reader
from console.settings import SourceSettings


@dataclass(frozen=True, slots=True)
class Standing:
    """A source of the settings, its kind in words, and its polling."""

    source: SourceSettings
    kind_title: str
    speaks: str
    health: Health


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """``newest``: the end of what it speaks for; ``last_good`` and ``error`` from its poll rows."""

    standing: Standing
    freshness: Freshness
    newest: int | None
    last_good: int | None
    error: str
    rows: int


@dataclass(frozen=True, slots=True)
class SourcesAnswer:
    sources: tuple[SourceAnswer, ...]

    @property
    def live(self) -> int:
        good = (Freshness.LIVE, Freshness.EMPTY, Freshness.PARTIAL)
        return sum(1 for s in self.sources if s.freshness in good)

    @property
    def newest(self) -> int | None:
        known = [s.newest for s in self.sources if s.newest is not None]
        return max(known) if known else None


def ask(reader: Reader, standings: list[Standing]) -> SourcesAnswer:
    """Judge every source at the reader's moment."""
    rows = reader.rows(
        "SELECT source, epoch_us(max(finished) FILTER (WHERE outcome IN ('good', 'partial'))), "
        "arg_max(outcome, finished), arg_max(error, finished), sum(rows)::BIGINT FROM poll "
        f"WHERE known_at <= {reader.known_sql} AND finished <= make_timestamp({reader.at}) GROUP BY source"
    )
    polls = {source: (good, outcome, error, count) for source, good, outcome, error, count in rows}
    found = []
    for standing in standings:
        health = standing.health
        good, outcome, error, count = polls.get(standing.source.name, (None, "", "", 0))
        spans = reader.coverage.get(standing.source.name, [])
        newest = spans[-1].end if spans else good
        if good is not None and standing.speaks != "gateway":
            newest = max(newest or 0, good)
        failed = outcome not in ("good", "partial", "")
        freshness = judge(
            health.period_s, newest, reader.at, trouble=health.trouble if health.trouble else None,
            partial=outcome == "partial", empty=not failed and (count or 0) == 0 and good is not None,
        )  # fmt: skip
        if standing.speaks == "gateway" and standing.source.kind == "prometheus" and good is not None:
            # A history server's newest sample is one of its own scrapes old, which is no trouble of ours.
            freshness = judge(max(health.period_s, 60.0), newest, reader.at, trouble=health.trouble)
        if standing.source.paused:
            freshness = Freshness.PAUSED
        found.append(SourceAnswer(standing, freshness, newest, good, error if failed else "", int(count or 0)))
    return SourcesAnswer(tuple(found))


def seconds_behind(newest: int | None, now: int) -> float | None:
    return None if newest is None else max(0.0, (now - newest) / SECOND)
