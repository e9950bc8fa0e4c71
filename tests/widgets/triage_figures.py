"""Canned figures of the Triage screen: the ones of the picture, and some that are harder to show."""

from __future__ import annotations

from dataclasses import replace

from console.model.moment import Known, Moment
from console.model.number import Number
from console.present.figures import Cell, Column, Pill, Remark, Row, TableWindow
from console.present.tone import SEVERITY_TONE, Tone
from console.present.triage_figures import (
    AlikeLine,
    AroundLine,
    Attachment,
    BoardCard,
    BoardColumn,
    BoardFigure,
    Conflict,
    HistoryLine,
    OutboxFigure,
    OutboxLine,
    Owed,
    ScoreChip,
    SlaStrip,
    StageStep,
    StripPart,
    TriageContext,
    TriageDetail,
    TriageQueue,
)

COLUMNS = (
    Column("severity", "Sev", 48, sort="severity"),
    Column("key", "Key", 84, sort="key"),
    Column("title", "Title", 0, sort="title"),
    Column("stage", "Stage", 56, sort="stage"),
    Column("reach", "Reach", 56, right=True, sort="reach"),
    Column("segment", "Segment", 86, sort="segment"),
    Column("sla", "SLA", 76, right=True, sort="left"),
    Column("why", "Why here", 176),
)

TICKETS = (
    ("P1", "jira:PAY-1482", "Payment fails with 502 after address change", "2", "31", "Enterprise", "11:40", Tone.BAD,
     "breaches first"),
    ("P1", "jira:PAY-1479", "Blank page at payment", "2", "31", "Pro", "14:05", Tone.BAD, "P1, like PAY-1482"),
    ("P2", "jira:PAY-1477", "Voucher not applied on second attempt", "2", "6", "Pro", "27 min", Tone.WARN, "P2, time left"),
    ("P2", "zendesk:ZD-9021", "Login loop with SSO in Safari", "3", "14", "Enterprise", "1 h 05", Tone.NEUTRAL, "P2, enterprise"),
    ("P2", "zendesk:ZD-9020", "Payment error again", "2", "31", "Pro", "1 h 12", Tone.NEUTRAL, "P2, reach 31"),
    ("P2", "app:APP-315", "Refund e-mail missing", "2", "3", "all", "2 h 10", Tone.NEUTRAL, "P2"),
    ("P2", "zendesk:ZD-9011", "Search misses new SKUs", "4", "—", "Enterprise", "3 h 02", Tone.NEUTRAL, "P2, enterprise"),
    ("P3", "app:APP-311", "Order list loads slowly since this morning", "2", "120", "all", "3 h 50", Tone.NEUTRAL,
     "P3, reach 120: too low?"),
    ("P3", "zendesk:ZD-9019", "Invoice shows the old company name", "5", "2", "Pro", "5 h", Tone.NEUTRAL, "P3"),
    ("P3", "zendesk:ZD-9016", "\u2068إيصال التأكيد يصل مرتين بعد كل عملية شراء\u2069", "2", "—", "all", "6 h 12", Tone.NEUTRAL,
     "P3"),
    ("P4", "canny:CAN-88", "Let me reorder saved cards <b>please</b>", "4", "—", "all", "—", Tone.MUTED, "wish"),
)  # fmt: skip

ORDER = "breached, severity, time left, reach, segment"


def row(ticket: tuple[object, ...]) -> Row:
    severity, key, title, stage, reach, segment, left, tone, why = (str(part) for part in ticket)
    cells = (
        Cell(severity, SEVERITY_TONE[severity], badge=True), Cell(key.split(":")[1], Tone.MUTED), Cell(title),
        Cell(stage, Tone.MUTED), Cell(reach), Cell(segment), Cell(left, Tone(tone)),
        Cell(why, Tone.WARN if "too low" in why else Tone.MUTED),
    )  # fmt: skip
    return Row(key, cells, f"{severity} {key}: {title}, stage {stage}, {why}")


def queue(rows: tuple[Row, ...], selected: str = "", pending: int = 0, empty: str = "") -> TriageQueue:
    place = next((index for index, one in enumerate(rows) if one.key == selected), -1)
    pill = Pill(f"◔ {pending} pending · offline 1 min", Tone.WARN, action="triage.outbox") if pending else None
    return TriageQueue(TableWindow(COLUMNS, len(rows), 0, rows, place, empty), f"{len(rows)} of 912", ORDER, "", pill)


def long_queue(total: int, offset: int, limit: int, selected: str = "") -> TriageQueue:
    place = int(selected.rsplit("-", 1)[1]) - 1 if selected else -1
    rows = tuple(
        row(
            (f"P{1 + n % 4}", f"jira:BIG-{n + 1}", f"Ticket number {n + 1}", "2", "3", "Pro", "1 h", Tone.NEUTRAL, "P2")
        )
        for n in range(offset, min(total, offset + limit))
    )
    return TriageQueue(TableWindow(COLUMNS, total, offset, rows, place), f"{total} of {total}", ORDER)


STAGES = ("Intake", "Triage", "Root cause", "Prioritise", "Plan", "Verify", "Close")


def stages(current: int) -> tuple[StageStep, ...]:
    def state(number: int) -> str:
        return "done" if number < current else "current" if number == current else "ahead"

    return tuple(StageStep(number, title, state(number)) for number, title in enumerate(STAGES, 1))


AT = 1_763_650_000_000_000
NUMBER = Number("error_rate_5xx", AT - 10_000_000_000, AT, moment=Moment(AT, Known.THEN))

SLA_ROWS = (
    ("state", "why", "from", "to", "seconds"),
    ("running", "opened in working hours", "14:02:00", "14:20:40", "1 120"),
    ("paused", "waiting for customer", "14:20:40", "14:29:00", "500"),
    ("running", "answered", "14:29:00", "14:31:00", "120"),
)


def detail(key: str = "jira:PAY-1482", severity: str = "P1", **changed: object) -> TriageDetail:
    """The ticket of the picture, or another one of the queue."""
    found = next((ticket for ticket in TICKETS if ticket[1] == key), None)
    title = str(found[2]) if found else f"What {key} says"
    made = TriageDetail(
        key, severity if found is None else str(found[0]), title, "acknowledged",
        {"jira": "Jira", "zendesk": "Zendesk", "app": "In-app form"}.get(key.split(":")[0], "Canny"),
        f"https://tracker.example.com/browse/{key.split(':')[1]}",
        stages=stages(int(found[3]) if found else 2),
        owes="Triage owes: category, severity, impact · support and product · then “structured, urgent items flagged”",
        owed=(
            Owed("category", "Category", "", ("payments", "login", "search", "orders")),
            Owed("impact", "Impact", "blocks checkout"),
            Owed("area", "Area", ""),
        ),
        strips=(
            SlaStrip("resolution", "Resolution SLA · P1 enterprise · 4 h working time · left", "3:41:20", Tone.NEUTRAL,
                     (StripPart(0.215, "running 18:40", Tone.INFO), StripPart(0.097, "waiting for customer 08:20", Tone.QUIET),
                      StripPart(0.035, "", Tone.INFO, "running 02:00")), SLA_ROWS),
            SlaStrip("response", "Response SLA · 15 min · met after", "7:30", Tone.GOOD,
                     (StripPart(0.5, "7:30", Tone.GOOD),), SLA_ROWS[:2]),
        ),
        body="“Card accepted, then a blank page. Happens every time once I edit the delivery address.”",
        said="14:02 · in-app form · Enterprise · Safari 18 · consumer key web-7f",
        facts=(("Route", "POST /v3/payments/confirm"), ("Browser", "Safari 18"), ("Customer", "example.com"),
               ("Release", "3.0.4")),
        scores=(
            ScoreChip("Reach", "31", "measured", number=NUMBER), ScoreChip("Impact", "3", field="impact"),
            ScoreChip("Confidence", "80 %", field="confidence"), ScoreChip("Effort", "1", field="effort"),
            ScoreChip("=", "74"),
        ),
        conversation=(
            Remark("Dana Ruiz · Mon 14:02", "It is the second time this week.\nIs anybody looking?"),
            Remark("support · Mon 14:09 · internal", "Same as PAY-1479, I think."),
        ),
        history=(
            HistoryLine("14:02:11", "created in Jira", "reporter", Tone.MUTED),
            HistoryLine("14:09:30", "component → Payments", "rule “payments”", Tone.MUTED),
        ),
        articles=("KB-12 Payment errors after address changes",),
        attachments=(Attachment("screen.png", "214 kB", "https://tracker.example.com/a/1"),),
        members=("jira:PAY-1479",), tasks=(("ENG-77", "in progress"),),
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name, as replace takes them


def pending_detail() -> TriageDetail:
    plain = detail()
    return replace(
        plain, pending=("severity P1",),
        history=(*plain.history, HistoryLine("14:21:02", "severity P2 → P1", "you · pending", Tone.WARN)),
        outbox=(OutboxLine("d-1", "jira:PAY-1482", "severity P2 → P1", "pending", Tone.WARN, "Jira is offline", ("withdraw",)),),
    )  # fmt: skip


def conflict_detail() -> TriageDetail:
    return replace(
        pending_detail(),
        pending=("severity P1",),
        conflicts=(Conflict("d-1", "severity", "P3", "P1", "P2"), Conflict("d-2", "assignee", "—", "Ana", "Lee Wong")),
        doubt="minor, but 31 customers hit it",
    )


def context(key: str = "jira:PAY-1482") -> TriageContext:
    return TriageContext(
        key, "13:50–14:20",
        (AroundLine("POST /v3/payments/confirm", "0.1 → 6.8 %", Tone.BAD), AroundLine("release 3.0.4", "13:47"),
         AroundLine("consumers failing", "31")),
        "unchanged: login, search, cart",
        (AlikeLine("jira:PAY-1479", "PAY-1479 blank page at pay", "0.91", "route, hour"),
         AlikeLine("zendesk:ZD-9020", "ZD-9020 payment error again", "0.84", "route"),
         AlikeLine("app:APP-309", "APP-309 address not saved", "0.52", "words")),
        (AroundLine("14:01:58 POST /v3/payments/confirm", "502", Tone.BAD), AroundLine("14:01:40 GET /v3/cart", "200")),
        (AroundLine("3.0.4", "13:47, 15 min before"),),
        (AroundLine("ZD-8990 Cannot save address", "closed", key="zendesk:ZD-8990"),),
        (("consumer", "customer", "failed", "of"), ("web-7f", "example.com", "12", "14"), ("web-81", "example.org", "3", "40")),
    )  # fmt: skip


def board() -> BoardFigure:
    outcomes = ("captured", "structured, urgent flagged", "cause written down", "ranked", "task with owner and date",
                "verified and deployed", "told, documented, closed")  # fmt: skip
    columns = []
    for number, (title, outcome) in enumerate(zip(STAGES, outcomes, strict=True), 1):
        cards = tuple(
            BoardCard(str(t[1]), str(t[0]), str(t[1]).split(":")[1], str(t[2]), str(t[6]), Tone(str(t[7])),
                      pending=t[1] == "jira:PAY-1482")
            for t in TICKETS if t[3] == str(number)
        )  # fmt: skip
        columns.append(BoardColumn(number, title, len(cards) + (3 if number == 1 else 0), outcome, cards))
    return BoardFigure(tuple(columns))


AGAIN = ("retry", "withdraw")


def outbox() -> OutboxFigure:
    return OutboxFigure(
        "4 waiting · Jira offline 1 min", 4,
        (
            OutboxLine("d-1", "jira:PAY-1482", "severity P2 → P1", "pending", Tone.WARN, "Jira is offline, tried 14:21", AGAIN),
            OutboxLine("d-2", "zendesk:ZD-9021", "assigned to Lee Wong", "conflict", Tone.BAD, "Zendesk says Kim now",
                       ("mine", "theirs")),
            OutboxLine("d-3", "app:APP-315", "status resolved", "refused", Tone.BAD,
                       "The workflow has no step from New to Resolved.", AGAIN),
            OutboxLine("d-4", "app:APP-315", "comment", "held", Tone.MUTED, "waits for the refused one before it",
                       ("withdraw",)),
        ),
    )  # fmt: skip
