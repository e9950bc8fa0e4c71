"""A customer list as a CSV file: which columns it has, what cannot be read, one sentence a fault.

What one would get wrong: exports come with semicolons or tabs, in UTF-16 or a Windows code page, with rows that are too
long or too short, and with one line a domain, so that one customer stands on several.
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass

from console.model.customers import Customer, domain_fault
from console.model.nearest import did_you_mean

MOST = 20_000
"""Customers; they are part of the settings, which every question reads."""
LARGEST = 16_000_000
_CELL = 500
_COLUMNS = {
    "customer": ("customer", "name", "account", "company", "organisation", "organization"),
    "segment": ("segment", "tier"),
    "plan": ("plan", "package", "subscription"),
    "value": ("value", "revenue", "arr", "mrr"),
    "domain": ("domain", "domains", "email_domain", "website"),
    "consumer": ("consumer", "consumers", "api_key", "api_key_name"),
}
_LISTED = re.compile(r"[;,|\s]+")


@dataclass(frozen=True, slots=True)
class CustomerList:
    """``faults``: a sentence for each row or cell that was left out."""

    customers: tuple[Customer, ...]
    faults: tuple[str, ...] = ()


def read(raw: bytes) -> CustomerList:
    """Raises ValueError with a sentence when the file as a whole cannot be used."""
    if len(raw) > LARGEST:
        raise ValueError(f"The file has {len(raw) / 1e6:.0f} MB; a customer list may have {LARGEST / 1e6:.0f} MB.")
    text = _decoded(raw)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=_sign(text), strict=True))
    except csv.Error as error:
        raise ValueError(f"The file is no CSV ({error}); save it as CSV (UTF-8) again.") from None
    rows = [[cell.strip() for cell in row] for row in rows]
    if not any(any(row) for row in rows):
        raise ValueError("The file is empty; its first line names the columns, such as customer,segment,domain.")
    first = next(place for place, row in enumerate(rows) if any(row))
    return _gathered(rows, first, _places(rows[first]))


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError:
            raise ValueError("The file begins as UTF-16 and breaks off; save it as CSV (UTF-8) again.") from None
    if b"\0" in raw:
        raise ValueError("The file is not text (it holds NUL bytes); a spreadsheet must be saved as CSV first.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets of western Windows write where nobody chose; five bytes mean nothing there.
        return raw.decode("cp1252", "replace")


def _sign(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
    counted = {sign: head.count(sign) for sign in (",", ";", "\t", "|")}
    return max(counted, key=lambda sign: counted[sign])


def _places(head: list[str]) -> dict[str, int]:
    known = {word: column for column, words in _COLUMNS.items() for word in words}
    places: dict[str, int] = {}
    for place, cell in enumerate(head):
        column = known.get(re.sub(r"[\s-]+", "_", cell.casefold()))
        if column is None:
            continue
        if column in places:
            raise ValueError(f'Two columns say the {column}: "{head[places[column]]}" and "{cell}"; leave one out.')
        places[column] = place
    if "customer" not in places:
        near = next((did_you_mean(cell, known) for cell in head if cell and did_you_mean(cell, known)), "")
        raise ValueError(f'No column is called "customer".{near}')
    return places


def _gathered(rows: list[list[str]], first: int, places: dict[str, int]) -> CustomerList:
    faults: list[str] = []
    found: dict[str, Customer] = {}
    width = len(rows[first])
    for number, row in enumerate(rows[first + 1 :], first + 2):
        if not any(row):
            continue
        if len(row) > width:
            faults.append(f"Row {number} has {len(row)} cells where the head has {width}; it is left out.")
            continue
        if len(row) < width:
            faults.append(f"Row {number} has {len(row)} cells where the head has {width}; the missing ones are empty.")
        cells = {name: row[place] if place < len(row) else "" for name, place in places.items()}
        if not cells["customer"]:
            faults.append(f"Row {number} names no customer; it is left out.")
            continue
        if max(map(len, cells.values())) > _CELL:
            faults.append(f"Row {number} has a cell of more than {_CELL} characters; it is left out.")
            continue
        key = cells["customer"].casefold()
        if key not in found and len(found) >= MOST:
            faults.append(f"From row {number} on nothing was read: a session knows at most {MOST:,} customers.")
            break
        found[key] = _with(found.get(key), cells, number, faults)
    return CustomerList(tuple(found.values()), tuple(faults))


def _with(held: Customer | None, cells: dict[str, str], number: int, faults: list[str]) -> Customer:
    before = held or Customer(cells["customer"])
    domains = []
    for domain in filter(None, _LISTED.split(cells.get("domain", "").casefold())):
        fault = domain_fault(domain)
        if fault:
            faults.append(f"Row {number}: {fault}")
        else:
            domains.append(domain)
    said = {name: cells.get(name, "") for name in ("segment", "plan")}
    for name, word in said.items():
        standing = getattr(before, name)
        if word and standing and word != standing:
            faults.append(
                f'Row {number} says {name} "{word}" for {before.name}, an earlier row "{standing}"; the earlier stays.'
            )
    value = before.value
    if value is None and cells.get("value"):
        value = amount(cells["value"])
        if value is None:
            faults.append(f'Row {number}: the value "{cells["value"]}" is not a number; it is left out.')
    # The name of a key may hold blanks.
    keys = tuple(filter(None, (key.strip() for key in re.split(r"[;,|]", cells.get("consumer", "")))))
    return Customer(
        before.name, before.segment or said["segment"], before.plan or said["plan"], value,
        tuple(dict.fromkeys((*before.domains, *domains))), tuple(dict.fromkeys((*before.consumers, *keys))),
    )  # fmt: skip


def amount(text: str) -> float | None:
    """'12,500.50', '12.500,50', '€ 12 500' as a number; None where it is none."""
    bare = re.sub(r"[\s\u00a0\u202f'€$£]|EUR|USD|GBP", "", text)
    if not re.fullmatch(r"-?[\d.,]+", bare) or not re.search(r"\d", bare):
        return None
    point = max(bare.rfind("."), bare.rfind(","))
    if point >= 0:
        sign, tail = bare[point], bare[point + 1 :]
        # One sign before exactly three digits groups thousands; several of one sign always do.
        groups = bare.count(sign) > 1 or (len(tail) == 3 and not (sign == "." and bare[:point] in ("0", "-0")))
        whole, tail = (bare, "") if groups else (bare[:point], tail)
        bare = re.sub(r"[.,]", "", whole) + ("." + tail if tail else "")
    try:
        value = float(bare)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
