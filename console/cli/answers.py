"""Commands that ask a session: through whoever holds it, or by opening it when nobody does."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from console import settings as settings_file
from console.artefacts import signed_file
from console.asking import answer
from console.desk import ReadingDesk
from console.model.errors import ConsoleError, QuestionError, SessionError
from console.paths import places
from console.present import sla as sla_words
from console.present import spike as spike_words
from console.present import triage as triage_words
from console.present import words
from console.store import session as sessions
from console.store.session import SystemClock
from console.work.answering import Question, ask_holder

_FEW = 20
"""Rows that a text shows; JSON has more."""

FINE, OTHER, UNUSABLE, UNREADABLE = 0, 1, 2, 4


def run(given: argparse.Namespace) -> int:
    """Run a question command. Returns the exit code."""
    try:
        return _COMMANDS[given.command](given)
    except SessionError as error:
        return _complain(error, UNREADABLE)
    except QuestionError as error:
        return _complain(error, UNUSABLE)
    except ConsoleError as error:
        return _complain(error, OTHER)
    except BrokenPipeError:
        # The reader of our output went away (head, a closed pager); that is no fault.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


def ask(path: Path, question: str, arguments: dict[str, Any]) -> Any:
    """The answer as JSON values. Raises SessionError or QuestionError."""
    told = ask_holder(places().data, path, Question(question, arguments))
    if told is not None:
        if told.fault:
            raise QuestionError(told.fault) if told.unusable else SessionError(told.fault)
        return told.answer
    if question == "decide":
        return _decide_alone(path, arguments)
    desk = _reading(path)
    try:
        return msgspec.to_builtins(answer(desk, question, arguments))
    finally:
        desk.close()


def _reading(path: Path) -> ReadingDesk:
    try:
        return ReadingDesk(sessions.open_foreign(path), SystemClock())
    except SessionError:
        if not path.with_name(path.name + ".wal").exists():
            raise
    # The log of a killed process can only be replayed by opening for writing, which is ours to do alone.
    sessions.open_own(path, SystemClock()).close()
    return ReadingDesk(sessions.open_foreign(path), SystemClock())


def _decide_alone(path: Path, arguments: dict[str, Any]) -> Any:
    from console.workplace import Workplace

    workplace = Workplace()
    try:
        desk = workplace.open_still(path)
        return answer(desk, "decide", arguments)
    finally:
        workplace.close()


def _complain(error: ConsoleError, code: int) -> int:
    print(f"hypercare: {error.message}", file=sys.stderr)
    return code


def _when(given: argparse.Namespace) -> dict[str, Any]:
    return {"at": given.at, "known": given.known}


def _print_json(value: Any) -> None:
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def _kpis(given: argparse.Namespace) -> int:
    found = ask(Path(given.session), "kpis", {})
    if given.json:
        _print_json(found)
        return FINE
    for kpi in found:
        target = "" if kpi["target"] is None else words.value_of(kpi["unit"], kpi["target"])
        print(f"{kpi['kpi']:26} {kpi['title']:32} {kpi['unit']:12} {target}")
    return FINE


def _kpi(given: argparse.Namespace) -> int:
    arguments = {
        "name": given.name, "route": given.route, "consumer": given.consumer, "severity": given.severity,
        "kind": given.kind, "area": given.area, "channel": given.channel, "segment": given.segment,
        "release": given.release,
        "from": given.from_, "to": given.to, "proof": given.proof, **_when(given),
    }  # fmt: skip
    found = ask(Path(given.session), "kpi", arguments)
    if given.json:
        _print_json(found)
        return FINE
    value = words.value_of(found["unit"], found["value"]) if found["value"] is not None else "unknown"
    print(f"{found['kpi']}  {value}  n = {words.count(found['n'])}  {found['from']} to {found['to']}")
    if found["median"] is not None:
        print(
            f"median {words.value_of(found['unit'], found['median'])}  P90 {words.value_of(found['unit'], found['p90'])}"
        )
    if found["high"] is not None:
        low = "" if found["low"] is None else words.value_of(found["unit"], found["low"]) + " to "
        print(f"interval {low}{words.value_of(found['unit'], found['high'])} ({found['method']})")
    for part in found.get("parts", []):
        print(f"  {part['part']:24} {words.count(part['n']):>8}  {words.share(part['share'])}")
    if found["why"]:
        print(found["why"])
    if given.proof:
        print(_proof_words(found))
    return FINE


def _proof_words(found: dict[str, Any]) -> str:
    """The proof as text: definition, coverage, statement, and the newest of its rows."""
    lines = ["", found["definition"], "", f"coverage {words.share(found['coverage'])}, sources "
             f"{', '.join(found['sources']) or 'none'}"]  # fmt: skip
    lines += [f"  {s['from']} to {s['to']} {s['state']}" for s in found["coverage_strip"][-_FEW:]]
    if len(found["coverage_strip"]) > _FEW:
        lines.append(f"  and {len(found['coverage_strip']) - _FEW} stretches before")
    lines += ["", found["sql"].strip(), ""]
    rows = found["rows"][:_FEW]
    if rows:
        lines.append("\t".join(rows[0]))
    lines += ["\t".join(_cell(value) for value in row.values()) for row in rows]
    shown = f", the newest {len(rows)} shown" if found["rows_total"] > len(rows) else ""
    return "\n".join([*lines, f"{words.plural(found['rows_total'], 'row')}{shown}", found["link"]])


def _cell(value: Any) -> str:
    """One value of a row: what a source told may hold anything, and a terminal obeys control characters."""
    return "" if value is None else "".join(c if c.isprintable() else " " for c in str(value))


def _queue(given: argparse.Namespace) -> int:
    found = ask(Path(given.session), "queue", {"all": given.all, "filter": given.filter, **_when(given)})
    if given.json:
        _print_json(found)
        return FINE
    for row in found:
        print(triage_words.line(row))
    print(words.plural(len(found), "ticket"))
    return FINE


def _check(given: argparse.Namespace) -> int:
    found = ask(Path(given.session), "check", _when(given))
    if given.json:
        _print_json(found)
    else:
        for kind, title in (("entry", "Entry criteria"), ("exit", ""), ("goal", "Goals")):
            rows = [line for line in found if line["kind"] == kind]
            if title and rows:
                print(f"{title}:")
            for line in rows:
                mark = {"met": "✓", "waived": "✓", "unknown": "?"}.get(line["state"], "◔" if line["on_track"] else "✕")
                print(f"{mark} {line['criterion']:16} {line['state']:8} {line['why']}")
    states = {line["state"] for line in found if line["kind"] == "exit"}
    if "not_met" in states:
        return OTHER
    return 3 if "unknown" in states else FINE


def _explain(given: argparse.Namespace) -> int:
    found = ask(Path(given.session), "explain", {"from": given.from_, "to": given.to, **_when(given)})
    if given.json:
        _print_json(found)
        return FINE
    for line in spike_words.lines(found):
        print(line)
    return FINE


def _alerts(given: argparse.Namespace) -> int:
    found = ask(Path(given.session), "alerts", {"from": given.from_, "to": given.to, **_when(given)})
    if given.json:
        _print_json(found)
        return FINE
    for row in found:
        print(f"{row['severity'] or '—':3} {row['fired']}  {row['ended'] or str(row['state']):20}  {_firing(row)}")
    print(words.plural(len(found), "firing"))
    return FINE


def _forecast(given: argparse.Namespace) -> int:
    found = ask(Path(given.session), "forecast", _when(given))
    if given.json:
        _print_json(found)
        return FINE
    if found["state"] == "unknown":
        print(f"unknown: {found['why']}")
        return FINE
    for day in found["days"]:
        print(f"{day['by']}  {words.share(day['probability'], 0):>6}")
    binding = f", binding {found['binding']}" if found["binding"] else ""
    print(f"ready with 80 %: {found['ready'] or 'not within these days'}{binding}")
    for line in found["what_ifs"]:
        print(f"{line['kind']} {line['subject']}: {line['ready'] or 'not within these days'}")
    return FINE


def _sla(given: argparse.Namespace) -> int:
    if sum((given.key is not None, given.config is not None, given.forgotten)) != 1:
        raise QuestionError("Give one of a ticket's KEY, --config FILE and --forgotten.")
    if given.config is not None:
        return _sla_difference(given)
    found = ask(Path(given.session), "sla", {"key": given.key, "forgotten": given.forgotten, **_when(given)})
    if given.forgotten:
        return _sla_forgotten(given, found)
    if given.json:
        _print_json(found["segments"])
        return FINE
    for line in sla_words.lines(found):
        print(_plain(line))
    return FINE


def _sla_difference(given: argparse.Namespace) -> int:
    settings = settings_file.load(Path(given.config))
    wanted = {
        name: msgspec.to_builtins(getattr(settings, name)) for name in ("calendar", "sla", "escalation", "forgotten")
    }
    found = ask(Path(given.session), "sla", {"wanted": wanted})
    if given.json:
        _print_json(found)
        return FINE
    for line in found or ["No SLA clock would be told otherwise."]:
        print(_plain(line))
    return FINE


def _sla_forgotten(given: argparse.Namespace, found: list[dict[str, Any]]) -> int:
    if given.json:
        _print_json(found)
        return FINE
    for row in found:
        print(
            _plain(
                f"{row['severity'] or '—':3} {row['key']:20} nothing since {row['last']}  {row['assignee'] or 'nobody'}"
            )
        )
    print(words.plural(len(found), "forgotten ticket"))
    return FINE


def _backtest(given: argparse.Namespace) -> int:
    try:
        text = Path(given.rule).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise QuestionError(f"The rule {given.rule} cannot be read as a text file; check the path.") from None
    found = ask(Path(given.session), "backtest", {"rule": text, "from": given.from_, "to": given.to, **_when(given)})
    if given.json:
        _print_json(found)
        return FINE
    for row in found["firings"]:
        print(f"{row['fired']}  {row['ended'] or 'fires still':20}  {_firing(row)}")
    told = sum(1 for notice in found["notices"] if not notice["kept"])
    print(f"{words.plural(len(found['firings']), 'firing')}, {words.plural(told, 'notice')} after grouping")
    for row in found["missed"]:
        print(f"missed  {row['created']}  {row['ticket']}  {_plain(row['title'])}")
    if found["why"]:
        print(found["why"])
    return FINE


def _rules(given: argparse.Namespace) -> int:
    text = None
    if given.rule is not None:
        try:
            text = Path(given.rule).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise QuestionError(f"The rule {given.rule} cannot be read as a text file; check the path.") from None
    found = ask(Path(given.session), "rules", {"try": text, "last": given.last})
    if given.json:
        _print_json(found)
        return FINE
    for row in found["rules"]:
        state = ("acts" if row["mode"] == "act" else "proposes") if row["enabled"] else "off"
        print(_plain(f"{state:9} {row['rule']:24} {row['when']}"))
    tried = found["trial"]
    for line in tried["lines"]:
        decided = "the same" if line["agrees"] else line["now"] or "unset"
        later = "" if line["agrees"] is None else f"  people: {decided}"
        change = f"{line['field']}: {line['before'] or 'unset'} → {line['after']}"
        print(_plain(f"{line['ticket']:16} {change:40} {line['rule']}{later}"))
    print(
        f"{tried['changed']} of the last {words.plural(tried['tickets'], 'ticket')} would change; "
        f"people decided the same in {tried['agreed']} of {tried['decided']}"
    )
    return FINE


def _firing(row: dict[str, Any]) -> str:
    labels = ", ".join(row["labels"].values())
    return _plain(f"{row['rule']}{' · ' + labels if labels else ''}: {row['why']}")


def _plain(text: str) -> str:
    """Ticket text may hold anything; a terminal is shown only what prints."""
    return "".join(c if c.isprintable() else " " for c in text)[:160]


def _decide(given: argparse.Namespace) -> int:
    value = _with_hash(given.value) if given.act == "sign_off" else given.value
    arguments = {"act": given.act, "subject": given.subject, "value": value, "comment": given.comment}
    decision = ask(Path(given.session), "decide", arguments)
    if given.json:
        _print_json({"decision": decision})
    else:
        print(f"written down as {decision}")
    return FINE


def _with_hash(value: str) -> str:
    """``file:PATH`` becomes the file's name and SHA-256, read here, where the user's files are."""
    if not value.startswith("file:") or " sha256:" in value:
        return value
    return signed_file(Path(value.removeprefix("file:")))


def _export(given: argparse.Namespace) -> int:
    arguments = {"table": given.table, "format": given.format}
    if given.to:
        target = Path(given.to)
        if not target.resolve().parent.is_dir():
            raise QuestionError(f"The folder of {target} does not exist; make it first.")
        ask(Path(given.session), "export", {**arguments, "to": str(target)})
        print(f"written to {target}", file=sys.stderr)
        return FINE
    with tempfile.TemporaryDirectory(prefix="hypercare-export-") as folder:
        target = Path(folder) / f"{given.table}.{given.format}"
        ask(Path(given.session), "export", {**arguments, "to": str(target)})
        with target.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()
    return FINE


_COMMANDS = {
    "kpis": _kpis, "kpi": _kpi, "queue": _queue, "check": _check, "explain": _explain, "decide": _decide,
    "export": _export, "alerts": _alerts, "backtest": _backtest, "forecast": _forecast, "sla": _sla, "rules": _rules,
}  # fmt: skip
