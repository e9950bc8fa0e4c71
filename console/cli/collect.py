"""``collect``: poll the sources of a settings file into a session, without a window, with a line a source."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from console import settings as settings_file
from console.cli.answers import FINE, OTHER, UNREADABLE, UNUSABLE
from console.desk import Desk
from console.model.errors import QuestionError, SessionError, SettingsError
from console.model.health import Health
from console.present import words
from console.queries.criteria import definitions
from console.sources import registry
from console.workplace import Workplace

_LOOK_S = 0.2
_GIVE_UP_AFTER = 5


def run(given: argparse.Namespace) -> int:
    """0 when the session was written, even when a source failed; with --until-backfilled 1 when a source gave up."""
    try:
        settings = settings_file.load(Path(given.config))
        for source in settings.source:
            registry.options_of(source)
        definitions.check_settings(settings)
        if not settings.source:
            raise SettingsError(f"{given.config} names no [[source]]; add one to poll.")
    except (SettingsError, QuestionError) as error:
        print(f"hypercare: {error.message}", file=sys.stderr)
        return UNUSABLE
    stop = threading.Event()
    signal.signal(signal.SIGTERM, _Stopper(stop))
    signal.signal(signal.SIGINT, _Stopper(stop))
    workplace = Workplace()
    try:
        path = Path(given.session)
        if path.exists():
            desk = workplace.open_ours(path)
            for line in desk.sla_difference(settings):
                print(line, file=sys.stderr)
            # Other processes are answered already: what they decide is written on the same connection.
            workplace.lanes.write(desk.save_settings, settings).result()
            desk.begin()
        else:
            desk = workplace.create(settings, path)
    except SessionError as error:
        workplace.close()
        print(f"hypercare: {error.message}", file=sys.stderr)
        return UNREADABLE
    except SettingsError as error:
        workplace.close()
        print(f"hypercare: {error.message}", file=sys.stderr)
        return UNUSABLE
    try:
        return _follow(desk, given, stop, len(settings.source))
    finally:
        workplace.close()


class _Stopper:
    """A signal handler that only sets an event."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __call__(self, *_: object) -> None:
        self._stop.set()


def _follow(desk: Desk, given: argparse.Namespace, stop: threading.Event, sources: int) -> int:
    until = None if given.seconds is None else time.monotonic() + given.seconds
    said: dict[str, str] = {}
    while not stop.wait(_LOOK_S):
        health = desk.health()
        for line in health:
            _say(line, said)
        if given.until_backfilled and len(health) >= sources:
            gave_up = [h for h in health if h.failures >= _GIVE_UP_AFTER and h.last_good is None]
            if all(_filled(h) or h in gave_up for h in health):
                return OTHER if gave_up else FINE
        if until is not None and time.monotonic() >= until:
            break
    return FINE


def _filled(health: Health) -> bool:
    return health.paused or (health.last_good is not None and health.progress is None)


def _say(health: Health, said: dict[str, str]) -> None:
    if health.progress is not None:
        text = f"back-fill {health.progress.done} of {health.progress.total}"
    elif health.sentence:
        text = health.sentence
    elif health.last_good is None:
        text = "not asked yet"
    else:
        text = health.partial or f"live {health.note}".strip()
    if said.get(health.name) != text:
        said[health.name] = text
        print(f"{health.name}: {text} ({words.plural(health.rows, 'row')})", flush=True)
