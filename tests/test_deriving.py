"""Customer and segment of tickets whose system does not tell them: derived, written down, and never against the system."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.customer_settings import book_of
from console.desk import Desk
from console.model.change import Change
from console.model.customers import Book, Customer, book
from console.model.errors import SettingsError
from console.model.facts import Facts, Fetched, TicketEvent
from console.model.moment import HOUR, LIVE, Known, Moment, iso
from console.settings import from_document
from console.store import derived
from console.store import session as sessions
from console.store.append import PollRow
from console.vault import KeyringVault
from console.work.lanes import Lanes
from console.work.slices import SLICE
from tests.builders import T0, Bench, bench, covered, jira, launch, moved, plain_value, settled, ticket
from tests.conftest import StandingClock
from tests.fresh import created

GLOBEX = {"name": "Globex", "segment": "enterprise", "domains": ["globex.com"], "consumers": ["web-1"]}
Save = Callable[..., None]


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    made = Lanes()
    yield made
    made.close()


@pytest.fixture
def told() -> list[Change]:
    return []


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(T0)


@pytest.fixture
def desk(tmp_path: Path, lanes: Lanes, clock: StandingClock, told: list[Change]) -> Iterator[Desk]:
    made = Desk(created(tmp_path / "a.hypercare", clock), clock, lanes, KeyringVault(), told.append)
    yield made
    made.close()


def save(desk: Desk, lanes: Lanes, **document: Any) -> None:
    lanes.write(desk.save_settings, from_document({"me": {"name": "ann"}, **document})).result()
    settled(desk, lanes)


def tell(desk: Desk, lanes: Lanes, clock: StandingClock, *events: TicketEvent) -> None:
    now = clock.now()
    lanes.write(desk.append, [(PollRow("jira", now, now, "good"), Fetched(Facts(ticket_event=list(events))))]).result()
    settled(desk, lanes)


def segments(desk: Desk, moment: Moment = LIVE) -> dict[str, str | None]:
    reader = desk.reader(moment)
    return dict(reader.rows(f"SELECT key, segment FROM tickets_at({reader.moment_sql})"))


def test_without_a_mapping_nothing_is_written(desk: Desk, lanes: Lanes, clock: StandingClock) -> None:
    save(desk, lanes)
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com"))
    assert segments(desk) == {"A-1": None}
    assert not derived.ever(desk.session.cursor())


def test_what_the_system_says_stands_whatever_the_mapping_says(desk: Desk, lanes: Lanes, clock: StandingClock) -> None:
    save(desk, lanes, customer=[GLOBEX])
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com", segment="trial", customer="Initech"))
    assert segments(desk) == {"A-1": "trial"}
    assert not derived.ever(desk.session.cursor())


def test_a_new_ticket_has_its_segment_from_its_beginning(
    desk: Desk, lanes: Lanes, clock: StandingClock, told: list[Change]
) -> None:
    save(desk, lanes, customer=[GLOBEX])
    clock.forward(3600)
    told.clear()
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="Ann <ann@eu.globex.com>"), *ticket("A-2", T0, reporter="bob"))
    assert segments(desk) == {"A-1": "enterprise", "A-2": None}
    assert segments(desk, Moment(T0 + 1, Known.NOW)) == {"A-1": "enterprise", "A-2": None}
    assert segments(desk, Moment(T0 + HOUR - 1, Known.THEN)) == {}
    assert told[-1] == Change.TICKETS


def test_a_system_that_names_the_segment_later_is_believed(desk: Desk, lanes: Lanes, clock: StandingClock) -> None:
    save(desk, lanes, customer=[GLOBEX])
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com"))
    clock.forward(60)
    tell(desk, lanes, clock, moved("A-1", T0 + 30, "trial", "segment"))
    assert segments(desk) == {"A-1": "trial"}
    clock.forward(60)
    tell(desk, lanes, clock, moved("A-1", T0 + 60, "", "segment"))
    assert segments(desk) == {"A-1": "enterprise"}


def test_an_old_word_of_the_system_that_arrives_late_counts_more_than_a_newer_guess(
    desk: Desk, lanes: Lanes, clock: StandingClock
) -> None:
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com"))
    save(desk, lanes, customer=[GLOBEX])
    clock.forward(3600)
    save(desk, lanes, customer=[{**GLOBEX, "segment": "partner"}])
    assert segments(desk) == {"A-1": "partner"}
    tell(desk, lanes, clock, moved("A-1", T0 + 60_000_000, "trial", "segment"))
    assert segments(desk) == {"A-1": "trial"}


def test_a_changed_mapping_changes_tickets_from_now_on(desk: Desk, lanes: Lanes, clock: StandingClock) -> None:
    save(desk, lanes, customer=[GLOBEX])
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com"))
    clock.forward(3600)
    save(desk, lanes, customer=[{**GLOBEX, "segment": "partner"}])
    assert segments(desk) == {"A-1": "partner"}
    assert segments(desk, Moment(T0 + HOUR - 1, Known.NOW)) == {"A-1": "enterprise"}
    clock.forward(3600)
    save(desk, lanes)
    assert segments(desk) == {"A-1": None}


def test_a_changed_mapping_is_no_sign_of_anybody_having_touched_the_ticket(
    desk: Desk, lanes: Lanes, clock: StandingClock
) -> None:
    """Otherwise an edit of the settings would hide every forgotten ticket of a customer."""
    save(desk, lanes, customer=[GLOBEX])
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com"))
    clock.forward(3600)
    save(desk, lanes, customer=[{**GLOBEX, "segment": "partner"}])
    reader = desk.reader()
    assert segments(desk) == {"A-1": "partner"}
    assert reader.one(f"SELECT epoch_us(updated_at) FROM tickets_at({reader.moment_sql})") == (T0,)


def test_the_same_again_writes_nothing(desk: Desk, lanes: Lanes, clock: StandingClock) -> None:
    save(desk, lanes, customer=[GLOBEX])
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com"))
    before = desk.reader().one("SELECT count(*) FROM ticket_event")
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com"))
    save(desk, lanes, customer=[GLOBEX])
    lanes.write(desk._deriving.soon).result()
    settled(desk, lanes)
    assert desk.reader().one("SELECT count(*) FROM ticket_event") == before


def test_a_session_that_was_killed_before_it_derived_does_so_when_it_is_opened(
    tmp_path: Path, lanes: Lanes, clock: StandingClock
) -> None:
    with bench(tmp_path, T0, "b.hypercare") as made:
        made.settings(**launch(jira()), customer=[GLOBEX])
        made.add(Facts(ticket_event=ticket("A-1", T0, reporter="ann@globex.com")))
    desk = Desk(sessions.open_own(tmp_path / "b.hypercare", clock), clock, lanes, KeyringVault(), lambda _change: None)
    desk._deriving.soon()
    settled(desk, lanes)
    assert segments(desk) == {"A-1": "enterprise"}
    desk.close()


def test_a_list_takes_the_place_of_all_customers_and_tickets_follow(
    desk: Desk, lanes: Lanes, clock: StandingClock, tmp_path: Path
) -> None:
    save(desk, lanes, segment=[{"name": "enterprise"}])
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="ann@globex.com"))
    file = tmp_path / "crm.csv"
    file.write_text("customer,segment,domain\nGlobex,enterprise,globex.com\nMail,enterprise,gmail.com\n")
    told = lanes.analysis(desk.import_customers, str(file)).result()
    settled(desk, lanes)
    assert told.startswith("2 customers were imported. What was left out: Row 3: gmail.com")
    assert segments(desk) == {"A-1": "enterprise"}
    for text, says in (
        ("customer,segment\nA,enterprize\n", '"enterprise"'),
        ("a,b\n", "customer"),
        (None, "cannot be read"),
    ):
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        with pytest.raises(SettingsError, match=says):
            lanes.analysis(desk.import_customers, str(file)).result()
    assert [c.name for c in desk.settings().customer] == ["Globex", "Mail"]


def test_a_customer_that_a_person_names_decides_the_segment(desk: Desk, lanes: Lanes, clock: StandingClock) -> None:
    save(desk, lanes, customer=[GLOBEX])
    tell(desk, lanes, clock, *ticket("A-1", T0, reporter="bob"))
    clock.forward(1)
    lanes.write(desk.decide, "set", "A-1", "customer=Globex").result()
    settled(desk, lanes)
    assert segments(desk) == {"A-1": "enterprise"}
    lanes.write(desk.undo_of, "A-1").result()
    settled(desk, lanes)
    assert segments(desk) == {"A-1": None}


def test_a_ticket_captured_by_hand_has_its_segment_too(desk: Desk, lanes: Lanes, clock: StandingClock) -> None:
    save(desk, lanes, customer=[GLOBEX])
    key = lanes.write(desk.capture, {"title": "Cannot pay", "reporter": "ann@globex.com"}).result()
    settled(desk, lanes)
    assert segments(desk) == {key.partition(":")[2]: "enterprise"}
    lanes.write(desk.undo).result()
    settled(desk, lanes)
    assert segments(desk) == {}


MAPPINGS = (
    book([], []),
    book([], [Customer("Globex", "enterprise", domains=("globex.com",), consumers=("web-1",))]),
    book([], [Customer("Globex", "partner", domains=("globex.com",)), Customer("Acme", "trial", domains=("acme.io",))]),
)  # fmt: skip


@pytest.mark.thorough
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_in_any_order_of_words_and_mappings_the_system_is_never_contradicted(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Whatever is told late, changed or emptied: told words stand, the rest is what the newest mapping says."""
    draw = random.Random(seed)
    with bench(tmp_path_factory.mktemp("derive"), T0) as made:
        reporters = {f"A-{n}": draw.choice(("ann@globex.com", "x@acme.io", "nobody")) for n in range(4)}
        for key, reporter in reporters.items():
            given = {"segment": draw.choice(("", "vip"))} if draw.random() < 0.5 else {}
            made.add(Facts(ticket_event=ticket(key, T0, reporter=reporter, **given)))
        ids = [("jira", f"id-{key}") for key in reporters]
        at = T0
        for _ in range(draw.randrange(1, 7)):
            made.clock.forward(draw.randrange(1, 50))
            mapping = draw.choice(MAPPINGS)
            if draw.random() < 0.6:
                at += draw.randrange(1, 30) * 1_000_000
                event = moved(draw.choice(list(reporters)), at, draw.choice(("", "vip", "silver")), "segment")
                made.add(Facts(ticket_event=[event]))
            derived.derive(made.session, made.write, mapping, ids, made.clock.now())
            _holds(made, mapping, reporters)
            assert derived.derive(made.session, made.write, mapping, ids, made.clock.now()) == 0


def _holds(made: Bench, mapping: Book, reporters: dict[str, str]) -> None:
    for key, reporter in reporters.items():
        said = made.rows(
            f"SELECT new FROM ticket_event WHERE ticket = 'id-{key}' AND field = 'segment' AND actor <> 'console' "
            "ORDER BY happened_at DESC, known_at DESC LIMIT 1"
        )
        wanted = (said[0][0] if said else "") or mapping.of_address(reporter).segment or None
        reader = made.reader()
        stands = reader.one(f"SELECT segment FROM tickets_at({reader.moment_sql}) WHERE key = '{key}'")
        assert stands == (wanted,), key


@pytest.mark.thorough
def test_numbers_of_a_segment_are_what_their_shown_statement_says(tmp_path: Path) -> None:
    with bench(tmp_path, T0 + 2 * HOUR) as made:
        made.settings(**launch(jira(), live=T0), customer=[GLOBEX])
        rows = [e for n in range(30) for e in ticket(f"A-{n}", T0 + n, reporter=f"a@{'globex' if n % 3 else 'x'}.com")]
        made.add(Facts(ticket_event=[*rows, *(moved(f"A-{n}", T0 + HOUR + n, "resolved") for n in range(10))]))
        settings = made.reader().settings
        mapping = book_of(settings.segment, settings.customer, settings.consumer)
        derived.derive(made.session, made.write, mapping, [("jira", f"id-A-{n}") for n in range(30)], made.clock.now())
        made.add(Facts(covered=[covered("jira", T0, T0 + 2 * HOUR)]))
        answers = {name: made.kpi(name, segment="enterprise") for name in ("opened", "mttr", "backlog", "channel_use")}
        assert answers["opened"].value == 20 and answers["backlog"].value == 20 - 6
        assert made.kpi("opened", segment="nobody").value == 0
    for name, answer in answers.items():
        shown = plain_value(made.path, answer.sql)
        assert shown is not None and shown[0] == answer.value, name


@pytest.mark.thorough
def test_while_a_hundred_thousand_tickets_are_derived_others_have_their_turn_after_every_slice(
    tmp_path: Path, lanes: Lanes, clock: StandingClock
) -> None:
    count = 100_000
    made = created(tmp_path / "c.hypercare", clock)
    desk = Desk(made, clock, lanes, KeyringVault(), lambda _change: None)
    write = made.cursor()
    write.execute(
        "INSERT INTO ticket_event SELECT 'jira', 'id-' || n, 'created', f.field, NULL, "
        "CASE f.field WHEN 'reporter' THEN 'u' || n || '@c' || n % 5000 || '.com' WHEN 'created_at' THEN "
        f"'{iso(T0)}' ELSE 'x' || n END, 'r', make_timestamp({T0} + n), make_timestamp({T0}) FROM range({count}) t(n), "
        "(VALUES ('key'), ('title'), ('status'), ('reporter'), ('created_at')) f(field)"
    )
    write.close()
    customers = [{"name": f"C{n}", "segment": f"s{n % 4}", "domains": [f"c{n}.com"]} for n in range(5000)]
    document = from_document({"customer": customers})
    told = f"SELECT count(*) FROM ticket_event WHERE actor = '{derived.ACTOR}' AND field = 'segment'"
    seen: list[int] = []

    def other() -> None:
        """Asks for its next turn when it had one, as an answer of a source comes after another."""
        (done,) = desk._connection.execute(told).fetchone() or (0,)
        seen.append(int(done))
        if not desk._deriving.resting.is_set():
            lanes.write(other)

    lanes.write(desk.save_settings, document)
    lanes.write(other).result()
    settled(desk, lanes)
    lanes.write(int).result()
    assert max(after - before for before, after in pairwise(seen)) == SLICE
    assert desk.reader().one(told) == (count,)
    desk.close()
