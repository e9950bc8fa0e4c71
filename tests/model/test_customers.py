"""Who is behind a ticket: names, domains and keys, in any spelling; and a customer list nobody cleaned up."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.customer_csv import amount, read
from console.model.customers import Book, Customer, book, domain_of

GLOBEX = Customer("Globex Inc.", "enterprise", "gold", 120_000, ("globex.com", "globex.de"), ("web-1",))
ACME = Customer("Acme", "self-serve", domains=("acme.io",))


def known(*customers: Customer, consumers: list[tuple[str, str, str]] | None = None) -> Book:
    return book([("enterprise", 3.0)], customers or (GLOBEX, ACME), consumers or [])


@pytest.mark.parametrize(
    "reporter",
    ["", "Ann", "ann@", "@", "ann@com", "ann@globex.com.evil.example", "ann@notglobex.com", "ann@gmail.com", "a@b@c@"],
)
def test_an_address_that_no_domain_ends_is_from_nobody(reporter: str) -> None:
    assert known().of_address(reporter).customer == ""


@pytest.mark.parametrize(
    "reporter",
    ["ann@globex.com", "Ann Lee <ANN@Globex.COM>", "ann@mail.eu.globex.com", '"a@b" <x@globex.de>', "ann@globex.com."],
)
def test_a_domain_speaks_for_the_hosts_below_it_in_any_spelling(reporter: str) -> None:
    found = known().of_address(reporter)
    assert (found.customer, found.segment, found.how) == ("Globex Inc.", "enterprise", "domain")


def test_the_longest_domain_decides() -> None:
    part = Customer("Globex Labs", "trial", domains=("labs.globex.com",))
    mapping = known(GLOBEX, part)
    assert mapping.of_address("x@labs.globex.com").customer == "Globex Labs"
    assert mapping.of_address("x@globex.com").customer == "Globex Inc."


def test_what_the_system_says_is_never_replaced_by_a_guess() -> None:
    found = known().of_ticket("Initech", "ann@globex.com", "web-1")
    assert (found.customer, found.segment) == ("Initech", "")
    assert known().of_ticket(" globex inc. ", "", "").segment == "enterprise"
    assert known().of_ticket("globex.com", "", "").segment == "enterprise"


def test_a_ticket_without_an_address_is_from_whoever_calls_with_its_key() -> None:
    assert known().of_ticket("", "Ann", "web-1").customer == "Globex Inc."
    assert known().of_ticket("", "Ann", "web-2").customer == ""


def test_a_key_may_have_a_segment_of_its_own_and_no_customer() -> None:
    mapping = known(GLOBEX, consumers=[("k", "", "partner"), ("web-1", "Globex Inc.", "trial")])
    assert mapping.of_consumer("k").segment == "partner"
    assert mapping.of_consumer("web-1").segment == "trial"


def test_a_customer_known_by_its_keys_alone_is_found_by_its_domain_when_that_is_its_name() -> None:
    mapping = known(GLOBEX, consumers=[("k1", "example.com", "enterprise"), ("k2", "example.com", "enterprise")])
    assert mapping.of_address("ann@example.com").segment == "enterprise"
    assert mapping.consumers_of("EXAMPLE.com") == ("k1", "k2")


def test_a_domain_or_a_key_of_two_customers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"(?i)globex\.com belongs to both Globex Inc\. and Other"):
        known(GLOBEX, Customer("Other", domains=("GLOBEX.com",)))
    with pytest.raises(ValueError, match="web-1"):
        known(GLOBEX, Customer("Other", consumers=("web-1",)))
    with pytest.raises(ValueError, match="web-1"):
        known(GLOBEX, ACME, consumers=[("web-1", "Acme", "")])
    with pytest.raises(ValueError, match="twice"):
        known(GLOBEX, Customer("GLOBEX INC."))


def test_a_segment_nobody_weighed_counts_once() -> None:
    assert known().weight("Enterprise") == 3.0
    assert known().weight("") == known().weight("unheard of") == 1.0


@given(st.text(max_size=60))
def test_no_address_can_break_the_reading_of_it(text: str) -> None:
    domain = domain_of(text)
    assert "@" not in domain and not domain.endswith(".")
    known().of_ticket(text, text, text)


@given(st.binary(max_size=300))
def test_no_bytes_can_break_the_reading_of_a_list(raw: bytes) -> None:
    with suppress(ValueError):
        read(raw)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"\n;;\n", "empty"),
        (b"custmer,segment\nA,b", '"customer"'),
        (b"customer,name\nA,b", "Two columns"),
        (b"PK\x03\x04\x00\x00", "not text"),
        (b"\xff\xfea", "breaks off"),
        (b'customer,segment\n"A,b\n', "no CSV"),
        (b"customer\n" + b"x" * 17_000_000, "MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(raw: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read(raw)


def test_every_bad_row_is_told_and_the_others_are_read() -> None:
    found = read(
        b"Customer;Segment;Domain;Value\n"
        b"Globex;enterprise;globex.com;1.000,50\n"
        b"Acme;small\n"
        b"Ragged;a;b.com;1;2;3\n"
        b";none;x.com;1\n"
        b"Globex;trial;globex.de;lots\n"
        b"Mail;small;gmail.com https://x;-\n"
    )
    assert [c.name for c in found.customers] == ["Globex", "Acme", "Mail"]
    assert found.customers[0].domains == ("globex.com", "globex.de") and found.customers[0].value == 1000.5
    assert found.customers[0].segment == "enterprise"
    told = " ".join(found.faults)
    for part in ("Row 3 has 2 cells", "Row 4 has 6 cells", "Row 5 names no customer", "gmail.com is a mail service",
                 "not a domain", 'the earlier stays', '"-" is not a number'):  # fmt: skip
        assert part in told, part


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_names_survive_the_encodings_spreadsheets_write(encoding: str) -> None:
    (one,) = read("customer\tsegment\nMüller & Söhne\tgroß".encode(encoding)).customers
    assert (one.name, one.segment) == ("Müller & Söhne", "groß")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12500", 12500), ("12,500.50", 12500.5), ("12.500,50", 12500.5), ("€ 12 500", 12500), ("1,234", 1234), ("0.5", 0.5),
        ("0.500", 0.5), ("1.234.567", 1234567), ("12,5", 12.5), ("-3", -3), ("", None), ("n/a", None), (".", None),
        ("1e9", None), ("=1+1", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_either_writing(text: str, value: float | None) -> None:
    assert amount(text) == value


def test_a_list_of_twenty_thousand_is_read_to_its_bound() -> None:
    lines = "customer,domain\n" + "".join(f"C{n},c{n}.example.com\n" for n in range(20_005))
    found = read(lines.encode())
    assert len(found.customers) == 20_000 and "at most 20,000" in found.faults[0]
