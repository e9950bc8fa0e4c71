"""The story: what was planted in the launch and when. Times only; traffic, tickets and truth read them from here.

Spans are half-open, in instants. Two things lie after the anchor: the feed falls silent for 20 minutes after half an
hour, and release 3.0.5 repairs payments after about two hours, so that a long demonstration sees an end.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from console.model.moment import DAY, HOUR, MINUTE, Span
from console.sources.launch.world import World


class Release(NamedTuple):
    version: str
    kind: str
    at: int
    note: str
    share: float | None = None


class Story(NamedTuple):
    """``worst`` is the part of the incident in which the front door does not answer; ``forever`` ends nothing."""

    releases: tuple[Release, ...]
    incident: Span
    worst: Span
    payments: Span
    slow: Span
    voucher: Span
    login_loop: Span
    silent: Span
    mail_twice: Span
    expired_key: Span
    gap: Span
    feed_outage: Span
    restart: int


ROLL_OUT = 8 * MINUTE
"""How long a release needs to reach every node."""


@lru_cache(maxsize=8)
def story(launch: World) -> Story:
    live, anchor = launch.go_live, launch.anchor
    forever = anchor + 60 * DAY
    incident = Span(live + 2 * DAY + 70 * MINUTE, live + 2 * DAY + 110 * MINUTE)
    broken = anchor - 50 * MINUTE
    repaired = anchor + 110 * MINUTE
    first = live + DAY + 150 * MINUTE
    third = live + 4 * DAY + 5 * HOUR
    releases = (
        Release("3.0.0", "version", live, "Go-live of Atlas Checkout 3.0"),
        Release("3.0.1", "version", first, "Voucher limits per customer, smaller start page"),
        Release("checkout-pool-64", "config", incident.start - 4 * MINUTE, "Connection pool of checkout 256 to 64"),
        Release("3.0.2", "version", incident.end - 2 * MINUTE, "Pool limit restored and guarded; ends INC-4"),
        Release("3.0.3", "version", third, "New recommendation model, faster invoices"),
        Release("3.0.4", "version", broken, "Address book in checkout, payment confirmation reads the edited address"),
        Release("3.0.5", "version", repaired, "Repairs payment confirmation after an address edit"),
    )
    middle = (incident.start + incident.end) // 2
    return Story(
        releases=releases,
        incident=incident,
        worst=Span(middle - 3 * MINUTE, middle + 2 * MINUTE),
        payments=Span(broken, repaired + ROLL_OUT),
        slow=Span(anchor - 7 * HOUR, anchor - 150 * MINUTE),
        voucher=Span(first, forever),
        login_loop=Span(live + 30 * HOUR, forever),
        silent=Span(third, forever),
        mail_twice=Span(live + 2 * DAY + 9 * HOUR, forever),
        expired_key=Span(live + 3 * DAY, forever),
        gap=Span(live + 3 * DAY + 260 * MINUTE, live + 3 * DAY + 280 * MINUTE),
        feed_outage=Span(anchor + 30 * MINUTE, anchor + 50 * MINUTE),
        restart=anchor - 5 * HOUR,
    )
