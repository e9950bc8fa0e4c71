"""A lead at the keyboard of a real window, with a network that is cut and a console that is killed; then what two remote
systems say about it.

The order of a few tickets in the queue is asked of the console; everything else that must come out is the plan's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from console.sources.launch.jira import CUSTOM
from console.sources.launch.process import LaunchProcess
from tests.stories.cable import Cable, cable
from tests.stories.display import Display, display
from tests.stories.redmine import Redmine, redmine
from tests.stories.servers import Program, Running, an_hour_ago, until, write_settings
from tests.stories.triage_plan import Plan, Remote, Visit, plan

CARE, SHOP = "care", "shop"
_REDMINE_SEVERITY = {"Immediate": "P1", "Urgent": "P1", "High": "P2", "Normal": "P3", "Low": "P4"}
_JIRA_SEVERITY = {"Highest": "P1", "High": "P2", "Medium": "P3", "Low": "P4"}
_PEOPLE = {CARE: ("Ada Lovelace", "Rosa Reporter"), SHOP: ("Mara Lindt", "Tom Okafor", "Ines Calvo")}
_OURS = "Hypercare Console"
_MARK = "[hc:"
# Wishes have no severity, and a security ticket is closed by its own people alone.
_LEFT_OUT = ("New Feature", "Security", "Task")
_NAME = "Two systems"
_LOOK_EVERY = 4
_PATIENCE_S = 90.0


@dataclass
class Jira:
    """The ticket system of the simulated launch, asked past the console."""

    url: str

    def tickets(self) -> list[Remote]:
        asked = {"maxResults": 1000, "expand": "changelog"}
        told = httpx.get(f"{self.url}/rest/api/2/search", params=asked, trust_env=False, timeout=60).json()
        return [_of_jira(row) for row in told["issues"] if row["fields"]["issuetype"]["name"] not in _LEFT_OUT]


def _of_jira(row: dict[str, Any]) -> Remote:
    told = row["fields"]
    items = [i for h in row["changelog"]["histories"] if h["author"]["displayName"] == _OURS for i in h["items"]]
    moves = [m for item in items if (m := _jira_move(item["field"], item["toString"] or "")) is not None]
    said = [c["body"] for c in told["comment"]["comments"] if c["author"]["displayName"] == _OURS]
    return Remote(
        SHOP, row["key"], _JIRA_SEVERITY.get((told["priority"] or {}).get("name", ""), ""),
        told["status"]["name"].lower(), (told["assignee"] or {}).get("displayName", ""), frozenset(told["labels"]),
        tuple(moves), tuple(_unmarked(text) for text in said),
    )  # fmt: skip


def _jira_move(name: str, new: str) -> tuple[str, str] | None:
    match name:
        case "priority":
            return "severity", _JIRA_SEVERITY.get(new, "")
        case "status":
            return "status", new.lower()
        case "assignee":
            return "assignee", new
    return None


def of_redmine(server: Redmine, number: str) -> Remote:
    row = server.issue(number)
    users = {str(identity): login for login, identity in server.ids["users"].items()}
    names = {"ada": "Ada Lovelace", "rosa": "Rosa Reporter"}
    words = {
        "priority_id": ("severity", {str(i): _REDMINE_SEVERITY[n] for n, i in server.ids["priorities"].items()}),
        "status_id": ("status", {str(i): n.lower() for n, i in server.ids["statuses"].items()}),
        "assigned_to_id": ("assignee", {i: names.get(login, login) for i, login in users.items()}),
    }
    details = [d for journal in row["journals"] for d in journal["details"] if d["name"] in words]
    moves = [(words[d["name"]][0], words[d["name"]][1].get(d["new_value"] or "", "")) for d in details]
    tags = next((f["value"] or "" for f in row["custom_fields"] if f["name"] == "Tags"), "")
    return Remote(
        CARE, f"#{number}", _REDMINE_SEVERITY[row["priority"]["name"]], row["status"]["name"].lower(),
        row.get("assigned_to", {}).get("name", ""), frozenset(t.strip() for t in tags.split(",") if t.strip()),
        tuple(moves), tuple(_unmarked(j["notes"]) for j in row["journals"] if j["notes"]),
    )  # fmt: skip


def _unmarked(text: str) -> str:
    assert _MARK in text, f"somebody else said {text!r}"
    return text.split(_MARK)[0].strip()


@dataclass
class Desk:
    """The window as a lead has it: what is pressed goes wherever the keyboard is; nothing is clicked."""

    shown: Display
    program: Program
    session: Path
    made: int = 0

    def decisions(self) -> list[dict[str, Any]]:
        target = self.session.with_suffix(".json")
        self.program.holder(self.session, "export", table="decision", format="json", to=str(target))
        found: list[dict[str, Any]] = json.loads(target.read_bytes())
        return sorted(found, key=lambda row: row["decision_id"])

    def take_the_keyboard(self) -> None:
        # The session's name is in the title from the moment its screens are there.
        window = until(lambda: self.shown.find(_NAME), "no window showed the session", _PATIENCE_S)
        until(lambda: self.shown.focus(window), "the window did not get the keyboard", _PATIENCE_S)
        until(lambda: self.program.holder(self.session, "queue"), "no ticket came", _PATIENCE_S)

    def visit_all(self, visits: Sequence[Visit]) -> None:
        """As fast as the keys go; what is written is looked at now and then, and where many are decided at once."""
        for place, visit in enumerate(visits, 1):
            self._press(visit)
            if visit.preview or place % _LOOK_EVERY == 0 or place == len(visits):
                until(self._agreed if visit.preview else self._done, f"not all was done up to {visit}", _PATIENCE_S)
                found = self.decisions()
                assert len(found) == self.made, f"more was done than decided, up to {visit}: {found[-6:]}"

    def _press(self, visit: Visit) -> None:
        turns = visit.walked(self._order(visit)) if visit.walk else visit.turns
        keys = [key for turn in turns for key in turn.keys]
        if visit.preview:
            # Enter is pressed until it is done, so nothing older may be missing.
            until(self._done, f"not all was done before {visit}", _PATIENCE_S)
        self.shown.play("slash", f" key:{','.join(visit.keys)}", "Return", *keys)
        self.made += sum(turn.decisions for turn in turns) + visit.preview

    def _order(self, visit: Visit) -> list[str]:
        found = self.program.holder(self.session, "queue", filter=f"key:{','.join(visit.keys)}")
        return [row["key"] for row in found]

    def _agreed(self) -> bool:
        """Enter does nothing while what it would do is still being worked out."""
        if not self._done():
            self.shown.press("Return")
        return self._done()

    def _done(self) -> bool:
        return len(self.decisions()) >= self.made

    def waiting(self, word: str) -> list[str]:
        found = self.program.holder(self.session, "queue", all=True, filter=f"is:{word}")
        return [row["key"] for row in found]


def triage(folder: Path, count: int, seed: int = 7) -> dict[str, Any]:
    """``count`` tickets, a fifth of them of the simulated launch. Returns figures; raises AssertionError."""
    begun = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        launch = LaunchProcess()
        stack.callback(launch.stop)
        jira = Jira(launch.start(seed))
        from_shop = count // 5
        first = 100 if count > 80 else 10
        server = stack.enter_context(redmine(folder / "redmine", issues=first + count - from_shop - 1, at_once=1))
        wires = {
            SHOP: stack.enter_context(cable(int(jira.url.rsplit(":", 1)[1]))),
            CARE: stack.enter_context(cable(int(server.url.rsplit(":", 1)[1]))),
        }
        shown = stack.enter_context(display())
        program = Program(
            folder / "home",
            {
                "DISPLAY": shown.name, "QT_QPA_PLATFORM": "xcb", "TMPDIR": str(folder), "WAYLAND_DISPLAY": "",
                "HYPERCARE_SECRET_CARE": server.key,
            },
        )  # fmt: skip
        session = folder / "care.hypercare"
        config = _settings(folder / "settings.toml", server, wires)
        read = program.run("collect", "--config", config, "--session", session, "--until-backfilled", seconds=300)
        assert read.code == 0, read.err
        numbers = [str(n) for n in range(first, first + count - from_shop)]
        chosen = _chosen(jira, program, session, from_shop) + [of_redmine(server, n) for n in numbers]
        decided = plan(chosen, _PEOPLE, seed)
        desk = Desk(shown, program, session)
        ready = time.monotonic()
        _work(desk, decided, wires)
        worked = time.monotonic()
        found = {(t.system, t.key): t for t in [*jira.tickets(), *(of_redmine(server, n) for n in numbers)]}
        wrong = [
            said for place, wanted in decided.wanted.items() if (said := wanted.complaint(found[place]))
        ]  # fmt: skip
        assert not wrong, "\n".join(wrong)
        return {
            "tickets": len(chosen), "decisions": decided.decisions, "prepared_s": round(ready - begun),
            "worked_s": round(worked - ready), "took_s": round(time.monotonic() - begun),
        }  # fmt: skip


def _settings(path: Path, server: Redmine, wires: dict[str, Cable]) -> Path:
    care = {
        "name": CARE, "kind": "redmine", "url": wires[CARE].url, "project": server.project, "credential": CARE,
        "period_s": 3, "timeout_s": 20, "fields": {"tags": "Tags"},
    }  # fmt: skip
    shop = {
        "name": SHOP, "kind": "jira", "url": wires[SHOP].url, "deployment": "datacenter", "jql": "", "period_s": 3,
        "timeout_s": 20, "fields": dict(CUSTOM),
    }  # fmt: skip
    return write_settings(path, care, shop, name=_NAME, go_live=an_hour_ago(), time_zone="UTC")


def _chosen(jira: Jira, program: Program, session: Path, count: int) -> list[Remote]:
    """Open tickets of the launch that the console shows by themselves."""
    shown = {row["key"] for row in program.run("queue", session, "--json").json()}
    told = [t for t in jira.tickets() if t.key in shown]
    found = [t for t in told if not any(t.key in other and t.key != other for other in shown)]
    assert len(found) >= count, f"the launch has only {len(found)} tickets for this"
    return found[-count:]


def _work(desk: Desk, decided: Plan, wires: dict[str, Cable]) -> None:
    """A third with the network, a third without it, a kill, a third after it."""
    visits = list(decided.visits)
    third = len(visits) // 3
    with _Window(desk) as running:
        desk.visit_all(visits[:third])
        for wire in wires.values():
            wire.cut()
        desk.visit_all(visits[third : 2 * third])
        assert desk.waiting("pending"), "nothing waits although there is no network"
        running.kill()
    for wire in wires.values():
        wire.restore()
    with _Window(desk) as running:
        assert len(desk.decisions()) == desk.made, "a decision did not survive the kill"
        desk.visit_all(visits[2 * third :])
        until(lambda: not desk.waiting("pending"), "not everything was delivered", 300)
        assert not desk.waiting("refused"), desk.waiting("refused")
        assert running.stop(60) == 0, running.errors
        assert not running.errors, running.errors


class _Window:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._started = desk.program.started("open", desk.session, "--size", "1600x900", "--screen", "triage")

    def __enter__(self) -> Running:
        running = self._started.__enter__()
        self._desk.take_the_keyboard()
        return running

    def __exit__(self, *error: Any) -> None:
        self._started.__exit__(*error)
