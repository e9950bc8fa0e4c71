"""Exposition text in, samples out: Prometheus text 0.0.4 and OpenMetrics 1.0, for the metrics somebody asked for.

A page is mostly the same series as 15 s ago, so the text before the value is the key of a cache that outlives the page;
a page of known series costs one look-up a line. One would get wrong: ``le="1"`` and ``le="1.0"`` are one series, labels
may come in any order, a value may be followed by a timestamp and an exemplar, and a page cut in its last number still
parses (so the end is checked, not only the lines).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from console.model.errors import SourceError, Trouble

MAX_SAMPLES = 500_000
_MAX_CACHED = 120_000

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_HEAD = re.compile(rf'(?P<name>{_NAME})?[ \t]*(?P<labels>\{{[^"}}]*(?:{_QUOTED}[^"}}]*)*\}})?')
_PLAIN = re.compile(rf'({_NAME})="([^"\\]*)"(?:,|$)')
_LABEL = re.compile(rf"[ \t,]*(?:(?P<key>{_NAME}|{_QUOTED})[ \t]*=[ \t]*)?(?P<value>{_QUOTED})[ \t]*")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A series as exposed. ``id`` is stable between processes and machines: name and sorted labels, ``le`` as a number.

    ``group``: the same without ``le``, so that the buckets of one histogram share it. Compared by identity: one object
    a series and reader, usable as a cheap dictionary key.
    """

    name: str
    labels: Mapping[str, str]
    id: int
    group: int


class Reader:
    """Reads pages for a fixed set of sample names and remembers the series between pages.

    Not for two threads at once. Memory: at most about 120 000 remembered series.
    """

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._cache: dict[str, Series | None] = {}

    def read(self, body: bytes, content_type: str = "") -> list[tuple[Series, float]]:
        """The wanted samples in page order; timestamps and exemplars are dropped, ``_created`` samples never wanted.

        Raises SourceError (unreadable) with one sentence: not text, a web page, cut short, a line that is no sample,
        more than ``MAX_SAMPLES`` samples.
        """
        text = _text(body, content_type)
        if len(self._cache) > _MAX_CACHED:
            self._cache.clear()
        cache = self._cache
        samples: list[tuple[Series, float]] = []
        count = 0
        for line in text.split("\n"):
            if not line or line[0] == "#":
                continue
            count += 1
            head, _, tail = line.rpartition(" ")
            try:
                series = cache[head]
                if series is not None:
                    samples.append((series, float(tail)))
            except (KeyError, ValueError):
                found = self._stamped(head, tail) or self._slowly(line)
                if found is None:
                    count -= 1
                elif found[0] is not None:
                    samples.append((found[0], found[1]))
        if count > MAX_SAMPLES:
            raise SourceError(
                Trouble.UNREADABLE,
                f"The metrics page holds {count} samples, more than {MAX_SAMPLES}; nothing of it was used. "
                "Narrow what the address exposes.",
            )
        return samples

    def _stamped(self, head: str, tail: str) -> tuple[Series | None, float] | None:
        """A known series with a plain timestamp behind its value; None for anything else."""
        before, _, value = head.rpartition(" ")
        try:
            float(tail)
            return self._cache[before], float(value)
        except (KeyError, ValueError):
            return None

    def _slowly(self, line: str) -> tuple[Series | None, float] | None:
        """One line in full; None for a blank or comment line. Remembers the series by its text alone."""
        stripped = line.strip(" \t\r")
        if not stripped or stripped[0] == "#":
            return None
        head = _HEAD.match(stripped)
        if head is None or head.end() == 0:
            raise _no_sample(line)
        rest = stripped[head.end() :].split(None, 1)
        if not rest:
            raise _no_sample(line)
        try:
            value = _number(rest[0])
            if len(rest) == 2 and not rest[1].startswith("#"):
                _number(rest[1].split(None, 1)[0])
        except ValueError:
            raise _no_sample(line) from None
        text = stripped[: head.end()].rstrip(" \t")
        if text in self._cache:
            return self._cache[text], value
        series = self._series(head, line)
        if len(self._cache) <= _MAX_CACHED:
            self._cache[text] = series
        return series, value

    def _series(self, head: re.Match[str], line: str) -> Series | None:
        name, text = head["name"], head["labels"]
        if name is not None and name not in self._wanted:
            return None
        labels: dict[str, str] = {}
        for key, value in _labels(text[1:-1], line) if text else ():
            if key is None and name is None:
                name = value
            elif key is None:
                raise _no_sample(line)
            else:
                labels[key] = value
        if name is None:
            raise _no_sample(line)
        return series_of(name, labels) if name in self._wanted else None


@lru_cache(maxsize=32)
def reader(wanted: frozenset[str]) -> Reader:
    """The reader of this process for a set of sample names, kept between pages."""
    return Reader(wanted)


def series_of(name: str, labels: Mapping[str, str]) -> Series:
    """The series with its stable identities (8 bytes of BLAKE2b as an unsigned integer)."""
    others = sorted(item for item in labels.items() if item[0] != "le")
    group = _identity(name, others)
    if "le" not in labels:
        return Series(name, labels, group, group)
    return Series(name, labels, _identity(name, [*others, ("le", _canonical(labels["le"]))]), group)


def _identity(name: str, pairs: list[tuple[str, str]]) -> int:
    """The separator is no byte of UTF-8, so that no two different lists of parts give the same bytes."""
    parts = [name.encode()]
    for key, value in pairs:
        parts += (key.encode(), value.encode())
    return int.from_bytes(blake2b(b"\xff".join(parts), digest_size=8).digest(), "little")


@lru_cache(maxsize=4096)
def _canonical(bound: str) -> str:
    try:
        return repr(float(bound))
    except ValueError:
        return bound


def _labels(text: str, line: str) -> list[tuple[str | None, str]]:
    plain = _PLAIN.findall(text)
    if sum(map(len, (part for pair in plain for part in pair))) + 4 * len(plain) in (len(text), len(text) + 1):
        return plain
    pairs: list[tuple[str | None, str]] = []
    place = 0
    while place < len(text):
        found = _LABEL.match(text, place)
        if found is None:
            if text[place:].strip(" \t,"):
                raise _no_sample(line)
            break
        key = found["key"]
        pairs.append((_unquoted(key) if key is not None and key[0] == '"' else key, _unquoted(found["value"])))
        place = found.end()
        if place < len(text) and text[place] != ",":
            raise _no_sample(line)
    return pairs


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    return _ESCAPE.sub(_escaped, inner) if "\\" in inner else inner


def _escaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]


def _number(text: str) -> float:
    """A Go float: ``1e3``, ``NaN``, ``+Inf``, hexadecimal ``0x1p-2``."""
    return float.fromhex(text) if text.lower().lstrip("+-").startswith("0x") else float(text)


def _text(body: bytes, content_type: str) -> str:
    """The page as text when it is one, whole, and exposition."""
    head = body[:512].lstrip().lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<")) or "text/html" in content_type.lower():
        raise SourceError(
            Trouble.UNREADABLE,
            "The address answered a web page instead of metrics; a login page or a proxy may stand in between. "
            "Check url and credential.",
        )
    if head.startswith((b"{", b"[")) and "application/json" in content_type.lower():
        raise SourceError(
            Trouble.UNREADABLE, "The address answered JSON instead of metrics in text form; check the url."
        )
    if b"\x00" in body or "application/vnd.google.protobuf" in content_type:
        raise SourceError(
            Trouble.UNREADABLE, "The address answered binary data instead of metrics in text form; check the url."
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError(
            Trouble.UNREADABLE,
            "The metrics page is not UTF-8 text, or is damaged; nothing of it was used. Check what the address serves.",
        ) from None
    if "application/openmetrics-text" in content_type.lower():
        whole = text.rstrip("\r\n").endswith("# EOF")
    else:
        whole = not text or text.endswith("\n")
    if not whole:
        raise SourceError(
            Trouble.UNREADABLE,
            "The metrics page is cut short (its end is missing); nothing of it was used. It is asked again.",
        )
    return text


def _no_sample(line: str) -> SourceError:
    shown = line if len(line) <= 60 else line[:57] + "…"
    return SourceError(
        Trouble.UNREADABLE,
        f"The metrics page holds a line that is no sample ({shown!r}); nothing of it was used. Check the url.",
    )
