"""What was planted, for tests to check findings against. The console never reads it.

Each item says what it is, when, where, who was hit, and which tickets speak of it. Instants are ISO 8601 with Z.
"""

from __future__ import annotations

from typing import Any

from console.model.moment import Span, iso, minute_of
from console.sources.launch.drafts import loud_shops
from console.sources.launch.story import story
from console.sources.launch.tickets import tickets
from console.sources.launch.topics_planted import INCIDENT, LOGIN_LOOP, MAIL_TWICE, PAYMENT, SLOW, VOUCHER
from console.sources.launch.traffic import PAYMENT_FAULTS, SILENT_FAULTS, WORST_SHARE, address_book, expired_key
from console.sources.launch.world import CONFIRM, NAME, PLANNED_DAYS, WEBHOOKS, world


def truth(seed: int, now: int) -> dict[str, Any]:
    """Of the launch set up at ``now``; tickets are those that exist at ``now``."""
    launch = world(seed, now)
    told = story(launch)
    known = [ticket for ticket in tickets(launch) if ticket.created < now]

    def keys(topic: object) -> list[str]:
        return [ticket.key for ticket in known if ticket.topic is topic]

    book = [launch.consumers[key] for key in sorted(address_book(launch))]
    loud = loud_shops(launch)
    expired = launch.consumers[expired_key(launch)]
    headline = next(ticket.key for ticket in known if ticket.headline)
    items: list[dict[str, Any]] = [
        _item(
            "release_that_breaks",
            told.payments,
            "Release 3.0.4 breaks payment confirmation after an address edit",
            routes=[CONFIRM],
            release="3.0.4",
            status=502,
            share=PAYMENT_FAULTS,
            headline=headline,
            tickets=keys(PAYMENT),
            consumers=[key.id for key in book],
        ),
        _item(
            "incident",
            told.incident,
            "INC-4: checkout, cart and payments answer 503 after a change of the pool size",
            cause="checkout-pool-64",
            worst_share=WORST_SHARE,
            services=["payments", "checkout", "cart"],
            status=503,
            tickets=keys(INCIDENT),
            bad_minutes=[iso(told.worst.start), iso(told.worst.end)],
        ),
        _item(
            "release_that_fixes",
            Span(told.incident.end, told.incident.end),
            "Release 3.0.2 ends INC-4",
            release="3.0.2",
        ),
        _item(
            "slow_pages",
            told.slow,
            "The order list is slow for some hours",
            routes=["GET /v3/orders"],
            tickets=keys(SLOW),
        ),
        _item(
            "login_loop",
            told.login_loop,
            "SSO login loops in Safari; hardly visible in the metrics",
            browser="Safari",
            routes=["POST /v3/login/sso"],
            tickets=keys(LOGIN_LOOP),
        ),
        _item(
            "voucher_bug",
            told.voucher,
            "A second attempt with a voucher is refused since 3.0.1",
            release="3.0.1",
            routes=["POST /v3/vouchers/redeem"],
            status=409,
            tickets=keys(VOUCHER),
        ),
        _item(
            "silent_errors",
            told.silent,
            "3 % of recommendations fail since 3.0.3 and nobody writes",
            release="3.0.3",
            routes=["GET /v3/recommendations"],
            status=500,
            share=SILENT_FAULTS,
            tickets=[],
        ),
        _item(
            "phantom_pain",
            told.mail_twice,
            "E-mail confirmations come twice; no metric shows it",
            routes=[],
            tickets=keys(MAIL_TWICE),
        ),
        _item(
            "failing_and_silent",
            told.payments,
            "Shops hurt by 3.0.4 that never write",
            tickets=[],
            customers=sorted({key.customer.name for key in book} - loud),
            consumers=[key.id for key in book if key.customer.name not in loud],
        ),
        _item(
            "expired_key",
            told.expired_key,
            "An integration whose key ran out fails since day three, unnoticed",
            routes=[WEBHOOKS],
            status=422,
            consumers=[expired.id],
            customers=[expired.customer.name],
            tickets=[],
        ),
        _item("history_gap", told.gap, "The metrics store has no samples for 20 minutes", source="history"),
        _item("feed_outage", told.feed_outage, "The feed answers 503 for 20 minutes, after the start", source="pulse"),
        _item(
            "gateway_restart",
            Span(told.restart, told.restart),
            "The gateway's counters begin again at 0",
            source="edge",
        ),
        _item(
            "twins",
            Span(launch.go_live, now),
            "Tickets sent twice by the same person",
            pairs=[[_key_of(known, ticket.twin_of), ticket.key] for ticket in known if ticket.twin_of],
        ),
    ]
    topics: dict[str, list[str]] = {}
    for ticket in known:
        topics.setdefault(ticket.topic.name, []).append(ticket.key)
    return {
        "name": NAME,
        "seed": seed,
        "anchor": iso(minute_of(now)),
        "go_live": iso(launch.go_live),
        "planned_days": PLANNED_DAYS,
        "releases": [{"version": r.version, "kind": r.kind, "at": iso(r.at), "note": r.note} for r in told.releases],
        "items": items,
        "topics": topics,
        "severities": {ticket.key: ticket.severity for ticket in known},
    }


def _item(kind: str, span: Span, what: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "what": what, "start": iso(span.start), "end": iso(span.end), **more}


def _key_of(known: list[Any], identity: str) -> str:
    return next(str(ticket.key) for ticket in known if ticket.id == identity)
