"""A report as a form or a gateway posts it: judged, cleaned, and told as facts. Pure.

README's reference is the schema. Only ``title`` or ``body`` is needed; a wrong type is refused with the key's name, an
unknown key is passed over and named in the answer. A screenshot never reaches the database: its hash and size do.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from console.model.facts import Facts, Survey
from console.model.moment import DAY, MINUTE, iso
from console.sources.formats import nesting
from console.sources.formats.plain_text import clean, one_line
from console.sources.tickets import words as w
from console.sources.tickets.reading import creation, instant_of

_LINES = (
    "kind", "severity", "impact", "channel", "route", "component", "area", "release", "browser", "os", "device", "region",
    "locale", "error_code", "customer", "segment",
)  # fmt: skip
_EXTRA = ("page", "session")
_KEYS = {
    *_LINES,
    *_EXTRA,
    "id",
    "title",
    "body",
    "reporter",
    "tags",
    "occurred_at",
    "screenshot",
    "score",
    "survey",
    "version",
}
_SURVEYS = {"support": (1, 5), "product": (1, 5), "nps": (0, 10)}
_IMAGES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}
_MOST_DEPTH = 20
_OLDEST = 30 * DAY


class WrongReportError(ValueError):
    """A report that cannot be used, with the reason for whoever sends it."""


class Image(NamedTuple):
    """``name``: the hash of its bytes and what they are."""

    name: str
    content: bytes


class Report(msgspec.Struct):
    """As kept in the spool. ``at``: when it happened; ``lines``: further words for the body."""

    key: str
    at: int
    values: dict[str, str]
    lines: list[str]
    score: float | None = None
    survey: str = ""


def read_report(content: bytes, now: int) -> tuple[Report, Image | None, list[str]]:
    """The report, its picture, and the keys nobody knows. Raises WrongReportError."""
    if nesting.depth_of(content) > _MOST_DEPTH:
        raise WrongReportError("the JSON is nested too deep")
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WrongReportError("the body is no JSON") from None
    if not isinstance(document, dict):
        raise WrongReportError("the JSON is no object")
    values = {name: _line(document, name) for name in _LINES}
    values["release"] = values["release"] or _line(document, "version")
    values["title"], values["body"] = _line(document, "title"), _text(document, "body")
    if not values["title"] and not values["body"]:
        raise WrongReportError("title or body is needed")
    values["title"] = values["title"] or one_line(values["body"], 120)
    values["reporter"] = _reporter(document.get("reporter"))
    values["tags"] = _tags(document.get("tags"))
    lines = [f"{name.capitalize()}: {said}" for name in _EXTRA if (said := _line(document, name))]
    image, said = _screenshot(document.get("screenshot"))
    lines += [said] if said else []
    score, survey = _score(document)
    report = Report(_line(document, "id"), _when(document, now), values, lines, score, survey)
    return report, image, sorted(str(name)[:60] for name in document.keys() - _KEYS)[:20]


def facts_of(source: str, ticket: str, key: str, report: Report, words: w.Words) -> Facts:
    """A new ticket, and the answer to a question about contentment where one came along."""
    values = dict(report.values)
    values |= {
        "key": key,
        "status": "new",
        "created_at": iso(report.at),
        "severity": words.severity(values["severity"]),
        "kind": words.kind(values["kind"]),
        "channel": words.channel(values["channel"]) or "in_app",
        "body": clean("\n".join(part for part in (values["body"], "", *report.lines) if part or report.lines)),
    }
    if values["kind"] == w.ENHANCEMENT:
        values["severity"] = ""
    facts = Facts()
    facts.ticket_event += creation(source, ticket, values, values["reporter"], report.at)
    if report.score is not None:
        facts.survey.append(
            Survey(source, ticket, report.survey, report.score, values["customer"], ticket, values["body"], report.at)
        )
    return facts


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise WrongReportError(f"{name} must be text")
    return clean(str(value))


def _line(document: Mapping[str, Any], name: str) -> str:
    return one_line(_text(document, name))


def _reporter(value: Any) -> str:
    """An address or a name; of an object both."""
    if isinstance(value, dict):
        name, email = _line(value, "name"), _line(value, "email")
        return f"{name} <{email}>" if name and email else email or name
    return _line({"reporter": value}, "reporter")


def _tags(value: Any) -> str:
    if isinstance(value, str):
        value = value.split(",")
    if value is not None and (not isinstance(value, list) or not all(isinstance(tag, str) for tag in value)):
        raise WrongReportError("tags must be a list of texts")
    return ", ".join(sorted({tag for item in (value or [])[:50] if (tag := one_line(item, 100))}))


def _when(document: Mapping[str, Any], now: int) -> int:
    """When it happened; a time in the future or a month ago is a wrong clock, then it is when it came."""
    if document.get("occurred_at") is None:
        return now
    at = instant_of(document["occurred_at"])
    if at is None:
        raise WrongReportError("occurred_at must be a time such as 2026-11-20T13:47:00Z")
    return at if now - _OLDEST <= at <= now + MINUTE else now


def _score(document: Mapping[str, Any]) -> tuple[float | None, str]:
    score, survey = document.get("score"), document.get("survey") or "support"
    if score is None:
        return None, ""
    if not isinstance(survey, str) or survey not in _SURVEYS:
        raise WrongReportError("survey must be support, product or nps")
    low, high = _SURVEYS[survey]
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not low <= score <= high:
        raise WrongReportError(f"score must be a number from {low} to {high}")
    return float(score), survey


def _screenshot(value: Any) -> tuple[Image | None, str]:
    """The picture and the line that stands for it. A link stays a text; it is never fetched."""
    if value is None or value == "":
        return None, ""
    if not isinstance(value, str):
        raise WrongReportError("screenshot must be a link or base64")
    if value.startswith(("http://", "https://")):
        return None, f"Screenshot: {one_line(value)}"
    try:
        content = base64.b64decode(value.partition("base64,")[2] or value, validate=True)
    except (binascii.Error, ValueError):
        raise WrongReportError("screenshot is neither a link nor base64") from None
    kind = next((kind for start, kind in _IMAGES.items() if content.startswith(start)), "")
    if not kind:
        raise WrongReportError("screenshot is no PNG, JPEG or WebP picture")
    digest = hashlib.sha256(content).hexdigest()
    return Image(f"{digest}.{kind}", content), f"Screenshot: {kind}, {len(content)} bytes, sha256 {digest}"
