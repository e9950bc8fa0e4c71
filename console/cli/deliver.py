"""``deliver``: bring out what was decided in a session, without a window and without polling, with a line an outcome."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from console import settings as settings_file
from console.cli.answers import FINE, OTHER, UNREADABLE, UNUSABLE
from console.delivering import Outcome
from console.desk import Desk
from console.model.errors import QuestionError, SessionError, SettingsError
from console.present import words
from console.present.outbox import reason_of, text_of
from console.queries.outbox import Open, waiting
from console.settings import Settings
from console.sources import registry
from console.workplace import Workplace

_LOOK_S = 0.1


def run(given: argparse.Namespace) -> int:
    """0 when nothing is left undelivered, 1 when something is: refused, in conflict, or not out in time."""
    try:
        settings = settings_file.load(Path(given.config))
        for source in settings.source:
            registry.options_of(source)
        if not any(registry.writes(source) for source in settings.source):
            raise SettingsError(f"{given.config} names no [[source]] that can be written to; add the ticket system.")
    except (SettingsError, QuestionError) as error:
        print(f"hypercare: {error.message}", file=sys.stderr)
        return UNUSABLE
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    workplace = Workplace()
    try:
        desk = workplace.open_ours(Path(given.session))
        return _Delivery(desk, workplace, settings, as_json=given.json).follow(given.seconds, stop)
    except SessionError as error:
        print(f"hypercare: {error.message}", file=sys.stderr)
        return UNREADABLE
    finally:
        workplace.close()


class _Delivery:
    def __init__(self, desk: Desk, workplace: Workplace, settings: Settings, *, as_json: bool) -> None:
        self._desk = desk
        self._lanes = workplace.lanes
        self._as_json = as_json
        self._told: list[dict[str, Any]] = []
        self._known = desk.session.last_known
        self._texts: dict[str, str] = {}
        self._look()
        self._targets = desk.begin_delivering(settings.source)

    def follow(self, seconds: float | None, stop: threading.Event) -> int:
        until = None if seconds is None else time.monotonic() + seconds
        while not stop.wait(_LOOK_S):
            resting = self._desk.delivering.resting
            left = self._look()
            self._tell()
            if resting and not waiting(left, self._targets):
                break
            if until is not None and time.monotonic() >= until:
                break
        left = self._look()
        self._tell()
        if self._as_json:
            print(msgspec.json.format(msgspec.json.encode(self._told), indent=2).decode())
        if left:
            print(f"hypercare: {words.plural(len(left), 'decision')} not delivered.", file=sys.stderr)
        return OTHER if left and not stop.is_set() else FINE

    def _look(self) -> list[Open]:
        """What is open, behind every row that was written so far."""
        found = self._lanes.write(self._desk.open_decisions).result()
        self._texts.update((asked.id, text_of(asked)) for asked in found)
        return found

    def _tell(self) -> None:
        for outcome in self._lanes.write(self._desk.deliveries_since, self._known).result():
            self._known = outcome.known
            self._say(outcome)

    def _say(self, outcome: Outcome) -> None:
        text = self._texts.get(outcome.decision, "")
        row = {"decision": outcome.decision, "ticket": outcome.ticket, "text": text, "state": outcome.state}
        reason = reason_of(outcome.state, outcome.why)
        self._told.append({**row, "why": reason})
        if not self._as_json:
            why = f": {reason}" if reason else ""
            line = f"{outcome.state:9} {outcome.ticket}  {text}{why}"
            # What a system answers may hold anything, and a terminal obeys control characters.
            print("".join(c if c.isprintable() else " " for c in line), flush=True)
