"""Who is behind a ticket and behind an API key: customer, segment, plan, value, from the mapping of the settings.

What one would get wrong: a customer is known by several names (its own, its e-mail domains, its keys), in any spelling; a
domain speaks for the hosts below it, never the other way; and what a mapping does not name stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

DERIVED = "derived:"
"""How the id of a change begins that no remote told: it was derived from the mapping."""

PUBLIC_MAIL = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com", "me.com",
    "aol.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "freenet.de", "posteo.de", "mailbox.org",
    "proton.me", "protonmail.com", "mail.ru", "yandex.ru", "qq.com", "163.com", "126.com", "orange.fr", "free.fr",
    "laposte.net", "libero.it", "zoho.com", "fastmail.com",
})  # fmt: skip
"""Mail services anyone may use: their domain says nothing about a customer."""

_ADDRESS_ENDS = re.compile(r"[^\w.-].*$", re.DOTALL)
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Customer:
    """``value``: what it is worth a year, in whatever currency the settings mean; None: not said."""

    name: str
    segment: str = ""
    plan: str = ""
    value: float | None = None
    domains: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a ticket or a key belongs to. ``how`` it is known: customer, domain or consumer; '' while ``customer`` is ''."""

    customer: str = ""
    segment: str = ""
    how: str = ""


NOBODY = Owner()


@dataclass(frozen=True, slots=True)
class Book:
    """The mapping. Keys of the dicts are casefolded; made by ``book``, never by hand."""

    customers: dict[str, Customer] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    _domains: dict[str, str] = field(default_factory=dict)
    _consumers: dict[str, tuple[str, str]] = field(default_factory=dict)

    def weight(self, segment: str) -> float:
        """How much a segment counts; 1 where the settings do not say."""
        return self.weights.get(segment.casefold(), 1.0)

    def calls(self, segment: str = "") -> bool:
        """Whether any key of the gateway belongs to a segment; '': to any."""
        found = (self.of_consumer(key).segment for key in self._consumers)
        return any(of == segment if segment else bool(of) for of in found)

    @property
    def keyed(self) -> bool:
        """Whether any key of the gateway is somebody's."""
        return bool(self._consumers)

    def named(self, customer: str) -> Customer | None:
        """A customer by its name or one of its domains, in any spelling; None for one the mapping does not know."""
        key = customer.strip().casefold()
        return self.customers.get(key) or self.customers.get(self._domains.get(key, ""))

    def of_consumer(self, consumer: str) -> Owner:
        """Who calls with this key. A key may have a segment and no customer."""
        name, segment = self._consumers.get(consumer, ("", ""))
        known = self.named(name)
        if known is not None:
            return Owner(known.name, segment or known.segment, "consumer")
        return Owner(name, segment, "consumer") if name or segment else NOBODY

    def of_address(self, reporter: str) -> Owner:
        """Who writes from this e-mail address: the customer of the longest domain it ends with."""
        domain = domain_of(reporter)
        while domain:
            known = self.customers.get(self._domains.get(domain, ""))
            if known is not None:
                return Owner(known.name, known.segment, "domain")
            domain = domain.partition(".")[2]
        return NOBODY

    def of_ticket(self, customer: str, reporter: str, consumer: str = "") -> Owner:
        """Who a ticket is from: the customer its system names, else the reporter's domain, else the key it was sent with."""
        if customer.strip():
            known = self.named(customer)
            return Owner(customer, known.segment, "customer") if known is not None else Owner(customer, "", "")
        found = self.of_address(reporter)
        return found if found.customer else self.of_consumer(consumer)

    def consumers_of(self, customer: str) -> tuple[str, ...]:
        """The keys a customer calls with, in order."""
        known = self.named(customer)
        wanted = (known.name if known is not None else customer).casefold()
        return tuple(sorted(key for key in self._consumers if self.of_consumer(key).customer.casefold() == wanted))

    def same(self, one: str, other: str) -> bool:
        """Whether two spellings mean one customer."""
        return self.identity(one) == self.identity(other)

    def identity(self, customer: str) -> str:
        """One word for all spellings of a customer's names and domains; '' for no customer."""
        known = self.named(customer)
        return (known.name if known is not None else customer).strip().casefold()


def book(
    segments: Iterable[tuple[str, float]],
    customers: Iterable[Customer],
    consumers: Iterable[tuple[str, str, str]] = (),
) -> Book:
    """``consumers``: id, customer, segment of single keys; their customer need not stand among ``customers``, and a key that
    stands twice is what its last line says.

    Raises ValueError with a sentence when a domain or a key belongs to two customers: a ticket cannot be from both.
    """
    made = Book(weights={name.casefold(): weight for name, weight in segments})
    for one in customers:
        key = one.name.casefold()
        if key in made.customers:
            raise ValueError(f'The customer "{one.name}" stands twice; put its domains and keys into one entry.')
        made.customers[key] = one
        for domain in one.domains:
            _once(made._domains, domain.casefold(), key, f"The domain {domain}", made)
        for consumer in one.consumers:
            held = made._consumers.get(consumer)
            if held is not None:
                raise ValueError(
                    f'The key "{consumer}" belongs to both {held[0]} and {one.name}; give it to one of them.'
                )
            made._consumers[consumer] = (one.name, "")
    for identity, customer, segment in {one[0]: one for one in consumers}.values():
        given = made._consumers.get(identity, ("", ""))
        if given[0] and customer and not made.same(given[0], customer):
            raise ValueError(f'The key "{identity}" belongs to both {given[0]} and {customer}; give it to one of them.')
        made._consumers[identity] = (given[0] or customer, segment)
        key = customer.casefold()
        if customer and made.named(customer) is None:
            made.customers[key] = Customer(customer, segment)
        elif key in made.customers and not made.customers[key].segment and segment:
            known = made.customers[key]
            made.customers[key] = Customer(known.name, segment, known.plan, known.value, known.domains, known.consumers)
    for key in list(made.customers):
        # A customer that is called by its domain has it: no one writes it down a second time.
        if is_domain(key) and key not in PUBLIC_MAIL:
            made._domains.setdefault(key, key)
    return made


def _once(held: dict[str, str], name: str, customer: str, what: str, made: Book) -> None:
    if held.setdefault(name, customer) != customer:
        both = f"{made.customers[held[name]].name} and {made.customers[customer].name}"
        raise ValueError(f"{what} belongs to both {both}; give it to one of them.")


def domain_of(reporter: str) -> str:
    """'example.com' of 'Ann <ann@example.com>', '' where there is no address."""
    name, _, host = reporter.rpartition("@")
    return _ADDRESS_ENDS.sub("", host).strip(".").casefold() if name else ""


def is_domain(text: str) -> bool:
    return bool(_DOMAIN.fullmatch(text))


def domain_fault(domain: str) -> str:
    """What is wrong with a domain that should speak for a customer, as one sentence; '' when nothing is."""
    if not is_domain(domain):
        return f'"{domain}" is not a domain; write it as example.com, without @ and without https://.'
    if domain.casefold() in PUBLIC_MAIL:
        return f"{domain} is a mail service anyone may use; it cannot speak for one customer."
    return ""
