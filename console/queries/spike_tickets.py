"""Candidates among what people and machines told: tickets by their fields and words, resources and measures."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from console.model.spike import Counts, Family, Levels
from console.model.spike_windows import Windows
from console.queries.literals import stamp
from console.queries.reader import TICKET_KINDS, Reader
from console.queries.shelf import TicketShelf
from console.queries.spike_cube import fetch_levels, known_seconds

Floats = NDArray[np.float64]

FIELDS = {
    "severity": "severity", "kind": "kind", "component": "area", "channel": "channel", "browser": "browser",
    "locale": "region", "region": "region", "segment": "segment", "customer": "customer", "os": "system",
    "route": "route",
}  # fmt: skip
"""Field of a ticket → what it is called as a candidate."""

_LEAST_TICKETS = 3
_MOST_WORDS = 400
_WORD = re.compile(r"[^\W_]{3,}", re.UNICODE)
_LONGEST_TEXT = 2_000
_PLAIN = frozenset((
    "the", "and", "for", "not", "with", "that", "this", "from", "are", "was", "but", "has", "have", "had", "you",
    "your", "our", "can", "cannot", "when", "what", "there", "they", "them", "then", "than", "its", "into", "out",
    "also", "any", "all", "since", "after", "before", "been", "does", "did", "get", "got", "just", "like", "more",
    "only", "one", "two", "see", "some", "such", "und", "der", "die", "das", "den", "dem", "ein", "eine", "einen",
    "ist", "nicht", "mit", "von", "für", "auf", "bei", "wir", "sie", "ich", "zum", "zur", "aus", "noch", "nach",
    "wie", "wird", "sind", "wenn", "auch", "oder", "nur", "haben", "hat", "uns", "über", "les", "des", "une",
    "est", "pas", "que", "qui", "pour", "dans", "sur", "avec", "nous", "vous", "aux", "par", "plus", "mais",
    "hello", "dear", "team", "regards", "kind", "best", "thanks", "thank", "please", "bitte", "danke", "gruß",
    "grüßen", "guten", "tag", "bonjour", "merci", "cordialement", "freundlichen", "viele", "hallo", "moin",
    "http", "https", "www", "com",
))  # fmt: skip


def words_of(text: str) -> set[str]:
    """The words a text is about, folded; numbers of three and more digits count (they are often codes)."""
    return {w for w in _WORD.findall(text[:_LONGEST_TEXT].casefold()) if w not in _PLAIN}


def tickets(reader: Reader, shelf: TicketShelf, asked: Windows) -> list[Family]:
    """Tickets created in each window, by field and by word, over the time the ticket sources speak for."""
    spans = reader.told_by(TICKET_KINDS)
    seconds = known_seconds(asked, spans)
    if not seconds.any():
        return []
    inside = " OR ".join(f"(created_at >= {stamp(w.start)} AND created_at < {stamp(w.end)})" for w in asked.every)
    born = reader.rows(f"SELECT source, ticket, epoch_us(created_at) FROM {shelf.fill(reader)} WHERE {inside}")
    if not born:
        return []
    place = {(source, ticket): n for n, (source, ticket, _) in enumerate(born)}
    window, slot = _places(asked, [at for *_, at in born])
    told = _texts(reader, f"(SELECT source, ticket FROM {shelf.fill(reader)} WHERE {inside})")
    labels: dict[str, dict[str, list[int]]] = {}
    seen_words: dict[int, set[str]] = {}
    for source, ticket, field, value in told:
        n = place.get((source, ticket))
        if n is None or not value:
            continue
        if field in FIELDS:
            labels.setdefault(FIELDS[field], {}).setdefault(value, []).append(n)
        else:
            seen_words.setdefault(n, set()).update(words_of(value))
    known = seconds[None]
    cells = (window * asked.slots + slot, len(asked.every), asked.slots)
    families: list[Family] = [
        Counts("tickets", "", "per_hour", ["all tickets"], _counted([list(range(len(born)))], *cells), known, 3600.0)
    ]
    for kind, by_value in sorted(labels.items()):
        families.append(_family(f"ticket {kind}" if kind in ("route", "kind") else kind, by_value, cells, known))
    tally = Counter(word for words in seen_words.values() for word in words)
    common = [word for word, count in tally.most_common(_MOST_WORDS) if count >= _LEAST_TICKETS]
    wanted = dict.fromkeys(common)
    by_word: dict[str, list[int]] = {word: [] for word in wanted}
    for n, words in seen_words.items():
        for word in words & wanted.keys():
            by_word[word].append(n)
    if by_word:
        families.append(_family("word", by_word, cells, known))
    return families


def _family(
    kind: str, by_value: dict[str, list[int]], cells: tuple[NDArray[np.int64], int, int], known: Floats
) -> Family:
    names = sorted(v for v, members in by_value.items() if len(members) >= _LEAST_TICKETS) or sorted(by_value)[:1]
    return Counts(kind, "", "per_hour", names, _counted([by_value[n] for n in names], *cells), known, 3600.0)


def _counted(members: list[list[int]], cell: NDArray[np.int64], windows: int, slots: int) -> Floats:
    found = np.zeros((len(members), windows * slots))
    for n, tickets in enumerate(members):
        found[n] = np.bincount(cell[tickets], minlength=windows * slots)
    return found.reshape(len(members), windows, slots)


def _places(asked: Windows, instants: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    at = np.array(instants, np.int64)
    starts = np.array([w.start for w in asked.every], np.int64)
    window = np.zeros(len(at), np.int64)
    for n, held in enumerate(asked.every):
        window[(at >= held.start) & (at < held.end)] = n
    return window, np.clip((at - starts[window]) // asked.slot, 0, asked.slots - 1)


def _texts(reader: Reader, chosen: str) -> list[tuple[str, str, str, str]]:
    """Fields of the ``chosen`` tickets as they stood at the moment."""
    fields = ", ".join(f"'{name}'" for name in (*FIELDS, "title", "body"))
    until = "" if reader.moment.live else f"AND happened_at <= {stamp(reader.at)}"
    return reader.rows(
        f"SELECT source, ticket, field, arg_max(new, happened_at) FROM ticket_event SEMI JOIN {chosen} "
        f"USING (source, ticket) WHERE field IN ({fields}) AND known_at <= {reader.known_sql} {until} "
        "GROUP BY source, ticket, field"
    )


def levels(reader: Reader, asked: Windows) -> list[Family]:
    """Resources and measures by name and labels: mean levels."""
    found: list[Family] = []
    for kind, table in (("resource", "gauge"), ("measure", "measure")):
        names, values = fetch_levels(reader, asked, table)
        if names:
            found.append(Levels(kind, "", "number", names, values))
    return found
