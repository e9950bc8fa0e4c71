"""What is typed into the Exit screen's forms, as acts: texts in, (act, subject, value, comment) out.

A share may be typed as "99.9 %" or 0.999, a time in the session's zone or with one of its own, a length as "7 d".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from console.model.criterion import SLICES, Definition
from console.model.errors import QuestionError
from console.model.moment import from_datetime, iso
from console.queries.catalogue import catalogue
from console.queries.criteria.definitions import book
from console.queries.reader import Reader

Deed = tuple[str, str, str, str]
_FIGURE = re.compile(r"([<>≥≤=]*)\s*([+\-−]?[\d\s\u202f\u00a0]*[.,]?\d+)\s*(%|ms|s|h|min|a day|/s)?", re.I)
_KEY = re.compile(r"[^a-z0-9]+")


def deed(reader: Reader, form: str, subject: str, fields: Mapping[str, str]) -> Deed:
    """``form``: edit, new, remove, sign, withdraw, waive, end_waiver, maintenance, end_maintenance, exit, resume.

    ``fields`` of an edit are only those that were changed, beside ``why`` and ``restart``. Raises QuestionError.
    """
    why = fields.get("why", "").strip()
    match form:
        case "edit":
            return (
                "edit_criterion",
                subject,
                _json({**_table(book(reader).find(subject), fields), **_restart(fields)}),
                why,
            )
        case "new":
            return "add_criterion", _key(fields), _json(_new(fields)), why
        case "remove":
            return "remove_criterion", subject, "", why
        case "sign":
            return "sign_off", subject, _signature(reader, fields), why
        case "withdraw":
            return "withdraw_sign_off", subject, fields.get("by", "").strip(), why
        case "waive":
            if not why:
                raise QuestionError("A waiver needs why; it is read on exit day.")
            return "waive", subject, iso(_instant(reader, fields.get("until", ""), "until")), why
        case "end_waiver":
            return "end_waiver", subject, "", why
        case "maintenance":
            span = "/".join(iso(_instant(reader, fields.get(name, ""), name)) for name in ("from", "to"))
            return "maintenance", fields.get("name", "").strip(), span, why
        case "end_maintenance":
            return "end_maintenance", subject, "", why
        case "exit" | "resume":
            return form, "session", "", why
    raise QuestionError(f"There is no form {form!r}.")


def _restart(fields: Mapping[str, str]) -> dict[str, Any]:
    if fields.get("restart", "") not in ("yes", "no"):
        raise QuestionError("Say whether the clock starts again: that is part of the decision.")
    return {"restart": fields["restart"] == "yes"}


def _table(d: Definition, fields: Mapping[str, str]) -> dict[str, Any]:
    """The change as the decision holds it."""
    unit = _unit(fields.get("kpi", "").strip() or d.kpi, d)
    table: dict[str, Any] = {}
    for key, text in fields.items():
        if key in ("why", "restart", "key", "side"):
            continue
        if key == "target":
            table |= _target(text, unit, fields.get("side") or ("below" if d.below is not None else "above"))
        elif key == "coverage":
            table[key] = number(text, "share", "The least coverage")
        elif key in ("evidence", "sides"):
            table[key] = round(number(text, "count", "The least evidence" if key == "evidence" else "How many sign"))
        elif key in (*SLICES, "title", "kind", "window", "sustained", "owner", "rationale", "kpi", "trend"):
            table[key] = text.strip()
    side = fields.get("side", "")
    if side and "target" not in fields:
        table |= {side: d.target} if side in ("above", "below") else {"trend": side}
    return table


def _target(text: str, unit: str, side: str) -> dict[str, Any]:
    if side not in ("above", "below"):
        return {"trend": side}
    return {side: number(text, unit, "The target")}


def _unit(kpi: str, d: Definition) -> str:
    known = catalogue().kpis
    return known[kpi].unit if kpi in known else "share" if d.form.value in ("resolved", "flows") else "count"


def _new(fields: Mapping[str, str]) -> dict[str, Any]:
    if not fields.get("title", "").strip():
        raise QuestionError("A criterion needs a title that people recognise.")
    bare = Definition(_key(fields), fields["title"].strip(), own=True)
    given = {key: text for key, text in fields.items() if text.strip()}
    if fields.get("kpi", "").strip() and given.get("side") in ("above", "below") and "target" not in given:
        raise QuestionError("A criterion over a KPI needs its target.")
    if not fields.get("kpi", "").strip():
        given = {k: v for k, v in given.items() if k in ("title", "kind", "owner", "rationale", "sides", "why")}
    elif given.get("side") not in ("above", "below"):
        given["target"] = ""
    return _table(bare, given)


def _key(fields: Mapping[str, str]) -> str:
    """A key out of the title, where none is typed."""
    words = fields.get("key", "").strip() or _KEY.sub("_", fields.get("title", "").lower()).strip("_")
    return words if words[:1].isalpha() else f"c_{words}"


def _signature(reader: Reader, fields: Mapping[str, str]) -> str:
    artefact, side = fields.get("artefact", "").strip(), fields.get("side", "").strip()
    by = fields.get("by", "").strip()
    if not artefact:
        raise QuestionError("A sign-off needs an artefact: a link, a file's hash or a named statement.")
    if not side and by in ("", reader.settings.me.name):
        return artefact
    given = {"artefact": artefact, "by": by or reader.settings.me.name, "side": side}
    return _json({key: text for key, text in given.items() if text})


def number(text: str, unit: str, name: str) -> float:
    """A figure as typed: per cent for shares, times for lengths. Raises QuestionError naming what it is."""
    match = _FIGURE.fullmatch(text.strip())
    if match is None:
        raise QuestionError(
            f"{name} {text.strip()!r} is no number; write it as {'99.9 %' if unit == 'share' else '500'}."
        )
    digits = re.sub(r"[\s\u202f\u00a0]", "", match.group(2)).replace(",", ".").replace("−", "-")
    value, suffix = float(digits), (match.group(3) or "").lower()
    if suffix == "%":
        value /= 100
    elif suffix == "s" and unit == "ms":
        value *= 1000
    elif suffix in ("h", "min") and unit == "s":
        value *= 3600 if suffix == "h" else 60
    if not math.isfinite(value):
        raise QuestionError(f"{name} {text.strip()!r} is no number.")
    # Per cent leave a crumb in binary; twelve digits are more than anyone types.
    return float(f"{value:.12g}")


def _instant(reader: Reader, text: str, name: str) -> int:
    bare = text.strip()
    if not bare:
        raise QuestionError(f'"{name}" is missing: a time such as 2026-11-28 18:00.')
    try:
        when = datetime.fromisoformat(bare)
    except ValueError:
        raise QuestionError(f'"{bare}" is no time such as 2026-11-28 18:00.') from None
    return from_datetime(when if when.tzinfo else when.replace(tzinfo=reader.zone))


def _json(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document, order="sorted").decode()
