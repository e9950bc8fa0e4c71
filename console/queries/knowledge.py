"""What is known of a session and only ever added to: shared by the read threads, so that each learns it once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from console.model.customers import Book
from console.model.moment import Span, merge
from console.settings import Settings

Rows = Callable[[str], list[tuple[Any, ...]]]
"""Runs a statement on the connection of whoever asks."""
_MOST_THEN = 16


@dataclass
class Knowledge:
    """Guarded by ``lock``; every method takes it itself, and asks only for what came since it last did."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    memo: dict[Any, Any] = field(default_factory=dict)
    settings: list[tuple[dict[str, str | None], Settings]] = field(default_factory=list)
    books: list[tuple[Settings, Book]] = field(default_factory=list)
    usual: dict[tuple[int, int | None, int | None, int], str] = field(default_factory=dict)
    narrowed: dict[int, tuple[tuple[str, str, int], dict[str, str]]] = field(default_factory=dict)
    """By connection: the few tickets that its narrowed tables hold, and the macros that stand for them."""
    narrowed_ready: set[int] = field(default_factory=set)
    shelf: Any = None
    """The ticket shelf that was filled last: what else is worked out from its tables asks it whether they still stand."""
    _upto: int = 0
    _spans: dict[str, list[Span]] = field(default_factory=dict)
    _whole: dict[str, list[Span]] = field(default_factory=dict)
    _then: dict[tuple[int, bool], dict[str, list[Span]]] = field(default_factory=dict)
    _routes: set[str] = field(default_factory=set)
    _routes_upto: int = 0
    _spanned: dict[str, tuple[int, bool]] = field(default_factory=dict)
    _naming: dict[str, int] = field(default_factory=dict)
    _naming_upto: int = 0
    _consumers: set[str] = field(default_factory=set)
    _consumers_upto: int = 0

    def covered_now(self, rows: Rows, *, whole: bool) -> dict[str, list[Span]]:
        """Covered spans by source, merged; ``whole``: those known only as a sum."""
        with self.lock:
            ((newest,),) = rows("SELECT coalesce(epoch_us(max(known_at)), 0) FROM covered")
            if newest > self._upto:
                for summed, spans in ((False, self._spans), (True, self._whole)):
                    for source, fresh in _covered(rows, self._upto, newest, whole=summed).items():
                        spans[source] = merge([*spans.get(source, []), *fresh])
                self._upto = newest
            return dict(self._whole if whole else self._spans)

    def covered_then(self, rows: Rows, known: int, now: int, *, whole: bool) -> dict[str, list[Span]]:
        """What was covered as known at an instant; one that has passed never changes again."""
        with self.lock:
            held = self._then.get((known, whole))
        if held is None:
            held = _covered(rows, 0, known, whole=whole)
            if known < now:
                with self.lock:
                    if len(self._then) >= _MOST_THEN:
                        self._then.clear()
                    self._then[known, whole] = held
        return held

    def routes_seen(self, rows: Rows) -> list[str]:
        """Every route that was ever told, sorted."""
        with self.lock:
            if not self._routes_upto:
                self._routes_rolled_up(rows)
            since = f"known_at > make_timestamp({self._routes_upto})"
            # Newest first: with a bound the file's zone maps leave out all that was seen before.
            for route, newest in rows(
                f"SELECT route, epoch_us(max(known_at)) FROM traffic WHERE {since} GROUP BY route UNION ALL "
                f"SELECT DISTINCT route, NULL FROM latency WHERE {since}"
            ):
                self._routes.add(route)
                self._routes_upto = max(self._routes_upto, newest or 0)
            return sorted(self._routes)

    def _routes_rolled_up(self, rows: Rows) -> None:
        """The routes of all that is summed up, from the sums: fifty times fewer rows than the facts."""
        ((upto,),) = rows("SELECT epoch_us(max(upto)) FROM rollup_batch")
        if upto is None:
            return
        # Rows that are known only over a longer span are in no sum by hour.
        spanned = "".join(f" UNION SELECT route FROM {t} WHERE span_from IS NOT NULL" for t in ("traffic", "latency"))
        told = f"SELECT route FROM roll_traffic_hour UNION SELECT route FROM roll_latency_hour{spanned}"
        self._routes.update(route for (route,) in rows(told))
        self._routes_upto = int(upto)

    def naming_consumers(self, rows: Rows, known: int | None) -> set[str]:
        """The sources that had told calls of a consumer by then."""
        with self.lock:
            for source, first, newest in rows(
                "SELECT source, epoch_us(min(known_at)), epoch_us(max(known_at)) FROM consumer_traffic "
                f"WHERE known_at > make_timestamp({self._naming_upto}) AND consumer <> '' GROUP BY source"
            ):
                self._naming.setdefault(source, first)
                self._naming_upto = max(self._naming_upto, newest)
            return {source for source, first in self._naming.items() if known is None or first <= known}

    def consumers_seen(self, rows: Rows) -> list[str]:
        """Every consumer that was ever told, sorted."""
        with self.lock:
            for consumer, newest in rows(
                "SELECT consumer, epoch_us(max(known_at)) FROM consumer_traffic "
                f"WHERE known_at > make_timestamp({self._consumers_upto}) GROUP BY consumer"
            ):
                self._consumers.add(consumer)
                self._consumers_upto = max(self._consumers_upto, newest)
            return sorted(self._consumers)

    def spans_in(self, rows: Rows, table: str) -> bool:
        """Whether any row of a minute-fact table is known only over a longer span."""
        with self.lock:
            upto, found = self._spanned.get(table, (0, False))
            if found:
                return True
            ((newest, count),) = rows(
                f"SELECT epoch_us(max(known_at)), count(*) FILTER (WHERE span_from IS NOT NULL) FROM {table} "
                f"WHERE known_at > make_timestamp({upto})"
            )
            self._spanned[table] = (int(newest) if newest is not None else upto, bool(count))
            return bool(count)


def _covered(rows: Rows, after: int, until: int, *, whole: bool) -> dict[str, list[Span]]:
    found_rows = rows(
        'WITH spans AS (SELECT source, "from" AS a, "to" AS b, max("to") OVER (PARTITION BY source ORDER BY "from", "to" '
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach FROM covered "
        f"WHERE whole = {str(whole).lower()} AND known_at > make_timestamp({after}) AND known_at <= make_timestamp({until})), "
        "islands AS (SELECT source, a, b, sum(CASE WHEN reach IS NULL OR a > reach THEN 1 ELSE 0 END) "
        "OVER (PARTITION BY source ORDER BY a, b) AS island FROM spans) "
        "SELECT source, epoch_us(min(a)), epoch_us(max(b)) FROM islands GROUP BY source, island ORDER BY 1, 2"
    )
    found: dict[str, list[Span]] = {}
    for source, start, end in found_rows:
        if end > start:
            found.setdefault(source, []).append(Span(start, end))
    return found
