"""The questions other processes may ask the holder of a session, with JSON values in and out."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import msgspec

from console.desk import Desk, ReadingDesk
from console.model.errors import QuestionError
from console.model.moment import Known, Moment, parse_instant
from console.model.number import Number, Slice
from console.settings import Settings, from_document

QUESTIONS = (
    "kpis",
    "kpi",
    "queue",
    "check",
    "explain",
    "export",
    "decide",
    "sources",
    "alerts",
    "backtest",
    "forecast",
    "sla",
    "rules",
)


def answer(desk: ReadingDesk, ask: str, given: dict[str, Any]) -> Any:
    """Answer one question. Raises ConsoleError with a sentence; an unknown question is a QuestionError."""
    moment = _moment(given)
    match ask:
        case "kpis":
            return desk.kpis()
        case "kpi":
            part = Slice(**{f.name: given.get(f.name) for f in fields(Slice)})
            found = desk.kpi(given["name"], moment, _instant(given, "from"), _instant(given, "to"), part)
            if given.get("proof"):
                number = Number(found.kpi, parse_instant(found.from_), parse_instant(found.to), part, moment)
                return desk.proven(number)
            return msgspec.to_builtins(found)
        case "queue":
            return desk.queue_rows(moment, bool(given.get("all")), given.get("filter") or "")
        case "check":
            return desk.check(moment)
        case "explain":
            start, end = _instant(given, "from"), _instant(given, "to")
            if start is None or end is None:
                raise QuestionError("A span has two ends: give --from and --to.")
            return desk.explain(moment, start, end)
        case "export":
            return desk.export(given["table"], given["format"], str(Path(given["to"]).resolve()))
        case "alerts":
            return desk.alert_rows(moment, _instant(given, "from"), _instant(given, "to"))
        case "backtest":
            return desk.backtest_rows(given["rule"], moment, _instant(given, "from"), _instant(given, "to"))
        case "sla":
            if given.get("wanted") is not None:
                return desk.sla_difference(_with_terms(desk.settings(), given["wanted"]))
            return desk.forgotten_rows(moment) if given.get("forgotten") else desk.sla_rows(moment, given["key"])
        case "rules":
            return desk.rule_rows(given.get("try"), int(given.get("last") or 500))
        case "forecast":
            return desk.forecast_row(moment)
        case "sources":
            return msgspec.to_builtins(desk.sources())
        case "decide":
            if desk.read_only:
                raise QuestionError("This session is only read here; nothing can be decided in it.")
            return cast(Desk, desk).decide(
                given["act"], given["subject"], given.get("value", ""), given.get("comment", "")
            )
    raise QuestionError(f"There is no question {ask!r}.")


def _with_terms(settings: Settings, wanted: dict[str, Any]) -> Settings:
    """The session's settings with the calendars and policies of a document."""
    read = from_document(wanted)
    return msgspec.structs.replace(settings, **{name: getattr(read, name) for name in wanted})


def _moment(given: dict[str, Any]) -> Moment:
    return Moment(_instant(given, "at"), Known(given.get("known") or "now"))


def _instant(given: dict[str, Any], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise QuestionError(f"--{name}: {error}.") from None
