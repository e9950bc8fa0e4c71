"""A JSON list of what happened, for whatever has no connector: surveys, releases, measures, gauges, events.

Each entry is ``{"type": …, "at": ISO or epoch, …}``; README's reference lists the keys. One wrong entry is skipped and
said; the rest counts. The list may repeat itself at every poll: only entries not given before come out, and an entry
without an id of its own is known by a hash of its content, so a corrected entry is a new one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Event, Facts, Fetched, Gauge, Measure, Release, Survey
from console.ports import Seen
from console.sources.formats.plain_text import clean
from console.sources.http import Http, HttpOptions, Reply
from console.sources.site import Site
from console.sources.tickets.reading import decode, instant_of, sentence, skew_of, skew_words, text_of

_KEPT_MARKS = 5_000
_MARK_BYTES = 8
_SURVEYS = ("support", "product", "nps")
_RELEASES = ("version", "config", "rollback", "canary")
_ANSWERS = {"good": 5.0, "bad": 1.0}


class Options(HttpOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``url`` answers the list itself."""


class Memory(msgspec.Struct):
    """The cursor: marks of entries already given, oldest first, and the instant of the last good answer."""

    read_at: int | None = None
    marks: bytes = b""


class WrongEntryError(ValueError):
    """An entry that cannot be used, with the reason."""


def build(options: Options, site: Site) -> FeedSource:
    """Raises SourceError for options that cannot work."""
    return FeedSource(options, site)


class FeedSource:
    """Implements ``console.ports.Source``."""

    def __init__(self, options: Options, site: Site) -> None:
        self._site = site
        self._http = Http(options, site.secret, transport=site.transport)

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """The entries not given before. Covers from the last answer; at first from the oldest entry."""
        memory = _recall(cursor)
        reply, entries = await self._entries()
        facts, marks, wrong, oldest = read_entries(self._site.name, entries, _split(memory.marks))
        start = memory.read_at if memory.read_at is not None else min(now, now if oldest is None else oldest)
        facts.covered.append(Covered(self._site.name, min(start, now), now))
        return Fetched(
            facts,
            msgspec.json.encode(Memory(now, b"".join(marks))),
            partial=_said(wrong),
            seen_bytes=reply.wire_bytes,
            note=sentence([f"{len(entries)} entries", skew_words(skew_of(reply, now))]),
        )

    async def look(self, now: int) -> Seen:
        reply, entries = await self._entries()
        facts, _, wrong, _ = read_entries(self._site.name, entries, [])
        lines = [f"{len(facts)} of {len(entries)} entries can be used", _said(wrong), skew_words(skew_of(reply, now))]
        return Seen(f"The feed answers with {len(entries)} entries", [line for line in lines if line])

    async def close(self) -> None:
        await self._http.close()

    async def _entries(self) -> tuple[Reply, list[Any]]:
        reply = await self._http.get()
        entries = await decode(self._site, reply, Any)
        if not isinstance(entries, list):
            raise SourceError(
                Trouble.UNREADABLE,
                f"The feed {self._http.base.host} answered no JSON list; nothing was used. Check the url.",
            )
        return reply, entries


def read_entries(
    source: str, entries: list[Any], known: list[bytes]
) -> tuple[Facts, list[bytes], list[str], int | None]:
    """Facts of the entries whose mark is not ``known``; marks to keep; reasons of skipped entries; the oldest instant.

    Marks of this answer always stay; older ones only as far as there is room.
    """
    facts, wrong, oldest = Facts(), list[str](), None
    met = set(known)
    here: dict[bytes, None] = {}
    for place, entry in enumerate(entries, 1):
        try:
            at, add = _read(source, entry, facts)
        except WrongEntryError as reason:
            wrong.append(f"entry {place}: {reason}")
            continue
        oldest = at if oldest is None else min(oldest, at)
        mark = _mark(entry)
        if mark not in met:
            add()
            met.add(mark)
        here[mark] = None
    room = max(0, _KEPT_MARKS - len(here))
    former = [mark for mark in known if mark not in here]
    return facts, [*(former[-room:] if room else []), *here], wrong, oldest


def _read(source: str, entry: Any, facts: Facts) -> tuple[int, Callable[[], None]]:
    """The entry's instant and the act that adds it to ``facts``."""
    if not isinstance(entry, dict):
        raise WrongEntryError("is no object")
    kind = entry.get("type")
    at = instant_of(entry.get("at"))
    if at is None:
        raise WrongEntryError('has no readable time "at"')
    if kind == "survey":
        survey = _survey(source, entry, at)
        return at, lambda: facts.survey.append(survey)
    if kind == "release":
        release = _release(source, entry, at)
        return at, lambda: facts.release.append(release)
    if kind == "event":
        event = Event(source, _identity(entry), _line(entry, "kind"), _need(entry, "text"), at)
        return at, lambda: facts.event.append(event)
    if kind == "measure":
        measure = Measure(at, source, _need(entry, "name"), _labels(entry), _number(entry, "value"))
        return at, lambda: facts.measure.append(measure)
    if kind == "gauge":
        gauge = Gauge(at, source, _need(entry, "name"), _labels(entry), _number(entry, "value"))
        return at, lambda: facts.gauge.append(gauge)
    raise WrongEntryError('has no "type" known here (survey, release, measure, gauge, event)')


def _survey(source: str, entry: dict[str, Any], at: int) -> Survey:
    kind = entry.get("kind") or "support"
    if kind not in _SURVEYS:
        raise WrongEntryError("is a survey of no known kind (support, product, nps)")
    answer = entry.get("answer")
    score = _ANSWERS.get(answer) if isinstance(answer, str) else None
    if score is None:
        score = _number(entry, "score")
    low, high = (0, 10) if kind == "nps" else (1, 5)
    if not low <= score <= high:
        raise WrongEntryError(f"has a score outside {low} to {high}")
    customer, ticket = _line(entry, "customer"), _line(entry, "ticket")
    comment = entry.get("comment")
    return Survey(
        source, _identity(entry), kind, score, customer, ticket, clean(comment) if isinstance(comment, str) else "", at
    )


def _release(source: str, entry: dict[str, Any], at: int) -> Release:
    kind = entry.get("kind") or "version"
    if kind not in _RELEASES:
        raise WrongEntryError("is a release of no known kind (version, config, rollback, canary)")
    share = None if entry.get("share") is None else _number(entry, "share")
    if share is not None and not 0 <= share <= 1:
        raise WrongEntryError("has a share outside 0 to 1")
    note = entry.get("note")
    return Release(source, _need(entry, "version"), kind, share, clean(note) if isinstance(note, str) else "", at)


def _line(entry: dict[str, Any], name: str) -> str:
    return text_of(entry.get(name))


def _need(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    text = clean(value) if isinstance(value, str) else text_of(value)
    if not text:
        raise WrongEntryError(f'has no "{name}"')
    return text


def _number(entry: dict[str, Any], name: str) -> float:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise WrongEntryError(f'has no number "{name}"')
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise WrongEntryError(f'has a "{name}" too large to keep')
    return number


def _labels(entry: dict[str, Any]) -> str:
    """Labels as JSON with sorted keys and text values."""
    labels = entry.get("labels")
    if labels is None:
        return "{}"
    if not isinstance(labels, dict):
        raise WrongEntryError("has labels that are no object")
    return msgspec.json.encode({text_of(k): text_of(v) for k, v in labels.items()}, order="sorted").decode()


def _identity(entry: dict[str, Any]) -> str:
    return text_of(entry.get("id")) or _mark(entry).hex()


def _mark(entry: dict[str, Any]) -> bytes:
    """Eight bytes that stand for the entry's whole content, whatever the order of its keys."""
    return hashlib.blake2b(msgspec.json.encode(entry, order="sorted"), digest_size=_MARK_BYTES).digest()


def _split(marks: bytes) -> list[bytes]:
    return [marks[place : place + _MARK_BYTES] for place in range(0, len(marks), _MARK_BYTES)]


def _recall(cursor: bytes) -> Memory:
    try:
        return msgspec.json.decode(cursor, type=Memory) if cursor else Memory()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Memory()


def _said(wrong: list[str]) -> str:
    if not wrong:
        return ""
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return f"Left out: {wrong[0]}{more}; correct the feed."
