"""From a log of changes back to the first values, and forwards again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.model.facts import TicketEvent
from console.sources.tickets import words as w
from console.sources.tickets.history import Change, Item, Raw, Ticket, events_of
from console.sources.tickets.jira_history import changes_of

CREATED = 1_795_000_000_000_000
NAMES = ["Open", "In Progress", "Resolved", "Closed"]


def tell(raw: Raw) -> dict[str, str]:
    words = w.words_for(w.JIRA_SEVERITY, {})
    return {
        "status": words.status(raw["status"][1]),
        "assignee": raw["assignee"][1],
        "component": ", ".join(raw["components"]),
    }


def ticket(status: str = "Open", assignee: str = "", components: tuple[str, ...] = ()) -> Ticket:
    raw: Raw = {"status": ("", status), "assignee": ("", assignee), "components": components}
    return Ticket("1", "PAY-1", CREATED, CREATED + 10**9, "Rosa", raw)


def to(name: str, old: str, new: str) -> Item:
    return Item(name, "", old, "", new)


def values_at_end(rows: list[TicketEvent]) -> dict[str, str | None]:
    return {row.field: row.new for row in rows}


def test_a_history_without_time_or_id_is_left_out() -> None:
    item = {"field": "status", "fromString": "Open", "toString": "Closed"}
    good = {"id": "7", "created": 1_795_000_100, "items": [item]}
    odd = [{"id": "8", "items": [item]}, {"created": 1, "items": []}, {"id": "9", "created": "yesterday"}, None, 3]
    assert [change.id for change in changes_of([*odd, good], {})] == ["7"]


def test_seconds_milliseconds_and_text_are_the_same_instant() -> None:
    told = [1_795_000_100, 1_795_000_100_000, "2026-11-18T12:08:20.000+0100"]
    assert {c.at for n, at in enumerate(told) for c in changes_of([{"id": str(n), "created": at}], {})} == {
        1_795_000_100_000_000
    }


def test_a_field_we_have_no_name_for_is_no_row() -> None:
    log = [{"id": "1", "created": 1_795_000_100, "items": [{"field": "Rank", "toString": "higher"}]}]
    assert values_at_end(events_of("care", ticket(), changes_of(log, {}), tell)).keys() == {"status", "created_at"}


def test_the_same_history_on_two_pages_counts_once() -> None:
    item = {"field": "status", "fromString": "Open", "toString": "Closed"}
    log = [{"id": "7", "created": 1_795_000_100, "items": [item]}] * 2
    assert [len(change.items) for change in changes_of(log, {})] == [1]


def test_the_first_value_is_where_the_first_change_came_from() -> None:
    log = [Change("1", CREATED + 5, "Ada", (to("assignee", "Ada", "Bo"),))]
    rows = events_of("care", ticket(assignee="Bo"), log, tell)
    assert [(r.change_id, r.old, r.new) for r in rows if r.field == "assignee"] == [
        ("created", None, "Ada"),
        ("1", "Ada", "Bo"),
    ]


def test_back_to_an_open_state_is_reopened_and_then_goes_on() -> None:
    steps = [("Open", "Resolved"), ("Resolved", "In Progress"), ("In Progress", "Closed"), ("Closed", "Open")]
    log = [Change(str(n), CREATED + n + 1, "Ada", (to("status", *pair),)) for n, pair in enumerate(steps)]
    rows = events_of("care", ticket(), log, tell)
    assert [r.new for r in rows if r.field == "status"] == ["new", "resolved", "reopened", "closed", "reopened"]


def test_another_change_leaves_a_reopened_ticket_reopened() -> None:
    log = [
        Change("1", CREATED + 1, "Ada", (to("status", "Open", "Resolved"),)),
        Change("2", CREATED + 2, "Ada", (to("status", "Resolved", "Open"),)),
        Change("3", CREATED + 3, "Ada", (to("assignee", "", "Bo"),)),
    ]
    rows = events_of("care", ticket(assignee="Bo"), log, tell)
    assert values_at_end(rows)["status"] == "reopened"


def test_components_are_added_and_taken_one_by_one() -> None:
    log = [
        Change("1", CREATED + 1, "Ada", (to("components", "", "api"),)),
        Change("2", CREATED + 2, "Ada", (to("components", "web", ""),)),
    ]
    rows = events_of("care", ticket(components=("api",)), log, tell)
    assert [r.new for r in rows if r.field == "component"] == ["web", "api, web", "api"]


def test_a_log_that_lags_behind_the_ticket_is_completed_from_the_ticket() -> None:
    log = [Change("1", CREATED + 1, "Ada", (to("status", "Open", "In Progress"),))]
    rows = events_of("care", ticket(status="Resolved"), log, tell)
    assert [r.new for r in rows if r.field == "status"] == ["new", "in_progress", "resolved"]
    assert rows[-1].change_id.startswith("seen:")


@given(
    st.lists(st.tuples(st.integers(-5, 50), st.sampled_from(NAMES), st.sampled_from(["", "Ada", "Bo"])), max_size=12),
    st.sampled_from(NAMES),
)
def test_any_log_is_told_so_that_it_adds_up(steps: list[tuple[int, str, str]], first: str) -> None:
    """Old joins new without a seam, time only rises, the end is where the ticket stands, twice is the same."""
    status, assignee, log = first, "", list[Change]()
    for n, (at, next_status, next_assignee) in enumerate(sorted(steps, key=lambda step: step[0])):
        items = (to("status", status, next_status), to("assignee", assignee, next_assignee))
        log.append(Change(str(n), CREATED + at, "Ada", items))
        status, assignee = next_status, next_assignee
    now = ticket(status, assignee)
    rows = events_of("care", now, log, tell)
    last: dict[str, str | None] = {}
    for row in rows:
        assert row.old == (None if row.change_id == "created" else last.get(row.field) or "")
        assert row.old != row.new
        last[row.field] = row.new
    instants = {row.change_id: row.happened_at for row in rows}
    assert list(instants.values()) == sorted(set(instants.values()))
    assert (last.get("assignee") or "") == assignee
    plain = tell(now.raw)["status"]
    assert last["status"] == plain or (last["status"] == "reopened" and plain in w.OPEN)
    assert events_of("care", now, log, tell) == rows
