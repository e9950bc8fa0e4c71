"""Our values as Jira's fields take them: by the field's own description on the edit screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.model.moment import parse_instant, to_datetime
from console.ports import RemoteTicket, Wish
from console.sources.formats import adf
from console.sources.tickets import words as w
from console.sources.tickets.reading import dig, rows_of, text_of
from console.sources.tickets.writing import declined, tags_of

FIELDS = {"title": "summary", "severity": "priority", "tags": "labels", "due_at": "duedate"}
"""Our field → Jira's, for those that are edited."""
_WHO = "Jira"
_RESOLUTIONS = {
    "resolved": ("done", "fixed", "resolved"),
    "closed": ("won't do", "won't fix", "declined", "done", "fixed"),
}
_TEXT_AREAS = (":textarea",)


def value_of(wish: Wish, meta: dict[str, Any], words: w.Words, severities: Mapping[str, str], *, rich: bool) -> Any:
    """The wish as the value of a field that is described by ``meta``. Raises SourceError where it cannot be."""
    kind, custom = text_of(dig(meta, "schema", "type")), text_of(dig(meta, "schema", "custom"))
    allowed = rows_of(meta.get("allowedValues"))
    if kind == "priority":
        return _priority(wish.value, allowed, words)
    if not wish.value:
        return None
    if kind in ("option", "option-with-child"):
        return {"value": _option(wish, allowed, severities)}
    if kind == "array":
        inner = text_of(dig(meta, "schema", "items"))
        return [tag if inner == "string" else {_by(inner): tag} for tag in tags_of(wish.value)]
    if kind == "number":
        return _number(wish)
    if kind in ("date", "datetime"):
        return _when(wish, kind)
    if kind == "string":
        return adf.from_text(wish.value) if rich and custom.endswith(_TEXT_AREAS) else wish.value
    raise declined(_WHO, f'its field for {wish.field} is of the kind "{kind}", which is not written from here.')


def asked_for(fields: Any, status: str) -> dict[str, Any]:
    """What a transition's screen demands, as part of its request. Raises SourceError for what only a person can say."""
    given: dict[str, Any] = {}
    for name, field in sorted(fields.items()) if isinstance(fields, dict) else ():
        if not isinstance(field, dict) or field.get("required") is not True or field.get("hasDefaultValue") is True:
            continue
        offered = {
            w.fold(text_of(row.get("name"))): text_of(row.get("name")) for row in rows_of(field.get("allowedValues"))
        }
        fitting = next((offered[word] for word in _RESOLUTIONS.get(status, ()) if word in offered), "")
        if name != "resolution" or not fitting:
            label = text_of(field.get("name")) or name
            raise declined(_WHO, f'the way to "{status}" asks for "{label}", which is not known here; do it in Jira.')
        given[name] = {"name": fitting}
    return {"fields": given} if given else {}


def same(wish: Wish, after: RemoteTicket) -> bool:
    """Whether Jira holds the wish, if in another spelling: the order of tags, the case of an option, a day for an instant."""
    held = after.fields.get(wish.field, "")
    if wish.field.endswith("_at"):
        return held[:10] == wish.value[:10]
    if wish.field == "status":
        return False
    if w.fold(" ".join(held.split())) == w.fold(" ".join(wish.value.split())):
        return True
    try:
        return float(held) == float(wish.value)
    except ValueError:
        return set(tags_of(held)) == set(tags_of(wish.value))


def _priority(severity: str, allowed: list[dict[str, Any]], words: w.Words) -> Any:
    if not severity:
        return None
    name = w.severity_name(words, severity, [text_of(row.get("name")) for row in allowed])
    if not name:
        raise declined(_WHO, f'no priority of this project means "{severity}"; name one under severity_map.')
    return {"name": name}


def _option(wish: Wish, allowed: list[dict[str, Any]], severities: Mapping[str, str]) -> str:
    words = [
        word for word, ours in severities.items() if wish.field == "severity" and w.fold(ours) == w.fold(wish.value)
    ]
    wanted = {w.fold(word) for word in [*words, wish.value]}
    found = next((text for row in allowed if w.fold(text := text_of(row.get("value"))) in wanted), "")
    if not found:
        offered = ", ".join(text_of(row.get("value")) for row in allowed[:12])
        raise declined(_WHO, f'its field for {wish.field} does not offer "{wish.value}", only: {offered}.')
    return found


def _by(inner: str) -> str:
    return "value" if inner == "option" else "name"


def _number(wish: Wish) -> float:
    try:
        return float(wish.value)
    except ValueError:
        raise declined(_WHO, f'its field for {wish.field} takes a number, not "{wish.value}".') from None


def _when(wish: Wish, kind: str) -> str:
    try:
        at = to_datetime(parse_instant(wish.value))
    except ValueError:
        raise declined(_WHO, f'its field for {wish.field} takes a time, not "{wish.value}".') from None
    return at.strftime("%Y-%m-%d") if kind == "date" else at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
