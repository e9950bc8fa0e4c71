"""The part of the settings that says who the customers are: segments, customers, the keys of the gateway.

A domain or a key belongs to one customer; a segment that nobody defined is a typo as soon as any is defined.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from console.model import customer_csv
from console.model.customers import Book, Customer, book, domain_fault
from console.model.errors import SettingsError
from console.model.nearest import did_you_mean

_HEAVIEST = 1000.0


class Consumer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is behind an API key."""

    id: str
    customer: str = ""
    segment: str = ""


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sort of customers, and how much its tickets count in the order of the queue."""

    name: str
    weight: float = 1.0


class CustomerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A customer, the e-mail domains it writes from and the keys it calls with."""

    name: str
    segment: str = ""
    plan: str = ""
    value: float | None = None
    domains: list[str] = []
    consumers: list[str] = []


def listed(path: Path) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The customers of a CSV file as tables of [[customer]], and a sentence for each row that was left out.

    Raises SettingsError with one sentence when the file cannot be used at all.
    """
    try:
        if path.stat().st_size > customer_csv.LARGEST:
            raise SettingsError(f"The customer list {path} is larger than {customer_csv.LARGEST // 1_000_000} MB.")
        found = customer_csv.read(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"The customer list {path} cannot be read ({error.strerror}); check the path.") from None
    except ValueError as error:
        raise SettingsError(f"The customer list {path} cannot be used: {error}") from None
    return [msgspec.to_builtins(_settings_of(c)) for c in found.customers], found.faults


def _settings_of(one: Customer) -> CustomerSettings:
    return CustomerSettings(one.name, one.segment, one.plan, one.value, list(one.domains), list(one.consumers))


def book_of(segments: Iterable[Segment], customers: Iterable[CustomerSettings], consumers: Iterable[Consumer]) -> Book:
    """The mapping. Raises ValueError with a sentence for a domain or a key of two customers."""
    return book(
        [(s.name, s.weight) for s in segments],
        [Customer(c.name, c.segment, c.plan, c.value, tuple(c.domains), tuple(c.consumers)) for c in customers],
        [(c.id, c.customer, c.segment) for c in consumers],
    )


def check(segments: list[Segment], customers: list[CustomerSettings], consumers: list[Consumer]) -> None:
    """Raises SettingsError."""
    for segment in segments:
        if not segment.name.strip():
            raise SettingsError("A [[segment]] needs a name.")
        if not 0 <= segment.weight <= _HEAVIEST:
            raise SettingsError(f'The weight of segment "{segment.name}" is a number from 0 to {_HEAVIEST:g}.')
    if len(customers) > customer_csv.MOST:
        raise SettingsError(f"There are {len(customers):,} customers; a session knows at most {customer_csv.MOST:,}.")
    for customer in customers:
        _check_customer(customer)
    known = {s.name for s in segments}
    named = [(f'customer "{c.name}"', c.segment) for c in customers]
    for who, name in [*named, *((f'consumer "{c.id}"', c.segment) for c in consumers)]:
        if known and name and name not in known:
            raise SettingsError(f'{who} is in segment "{name}", which no [[segment]] names.{did_you_mean(name, known)}')
    try:
        book_of(segments, customers, consumers)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _check_customer(customer: CustomerSettings) -> None:
    if not customer.name.strip():
        raise SettingsError("A [[customer]] needs a name.")
    if customer.value is not None and not math.isfinite(customer.value):
        raise SettingsError(f'The value of customer "{customer.name}" must be a plain number.')
    for domain in customer.domains:
        fault = domain_fault(domain)
        if fault:
            raise SettingsError(f'customer "{customer.name}": {fault}')
