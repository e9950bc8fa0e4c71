"""A real Redmine on loopback, on a database of its own: what is installed on this machine is neither read nor touched.

Debian's package is code below ``/usr/share/redmine``; it is copied into the test's folder, since its settings lie in the
same tree. A start takes seconds: one server a module, or a session, and issues of one's own in each story.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stories.servers import binary, free_ports, running, until

_CODE = Path("/usr/share/redmine")
_SETUP = Path(__file__).with_name("redmine.rb")


@dataclass(frozen=True)
class Redmine:
    """``key``: the administrator's API key; ``ada``: a developer's; ``rosa``: a reporter's, who may set few states and no
    private notes. Issues are in ``care``, tasks in ``dev``.

    ``ids``: name → id of ``statuses``, ``priorities``, ``trackers``, ``users`` (by login) and custom ``fields``.
    """

    url: str
    key: str
    ada: str
    rosa: str
    ids: dict[str, dict[str, Any]]
    project: str = "care"
    tasks: str = "dev"

    def make(self, subject: str, **values: Any) -> str:
        """Create an issue. Returns its id."""
        made = self.ask("POST", "issues.json", {"issue": {"project_id": self.project, "subject": subject, **values}})
        return str(made["issue"]["id"])

    def change(self, issue: str, key: str = "", **values: Any) -> None:
        self.ask("PUT", f"issues/{issue}.json", {"issue": values}, key)

    def delete(self, issue: str) -> None:
        self.ask("DELETE", f"issues/{issue}.json")

    def issue(self, issue: str) -> dict[str, Any]:
        """The issue with its journals, as Redmine tells it."""
        told: dict[str, Any] = self.ask("GET", f"issues/{issue}.json?include=journals,attachments")["issue"]
        return told

    def issues(self) -> list[dict[str, Any]]:
        """All issues of the project, open and closed."""
        found: list[dict[str, Any]] = []
        while True:
            asked = f"issues.json?project_id={self.project}&status_id=*&limit=100&offset={len(found)}&sort=id"
            page = self.ask("GET", asked)
            found += page["issues"]
            if len(found) >= page["total_count"]:
                return found

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"X-Redmine-API-Key": key or self.key}
        answer = httpx.request(method, f"{self.url}/{path}", json=body, headers=headers, trust_env=False, timeout=30)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


@contextmanager
def redmine(home: Path, issues: int = 0, at_once: int = 4) -> Iterator[Redmine]:
    """A Redmine with three people, two projects and ``issues`` tickets already in ``care``.

    ``at_once``: requests it works at side by side. With SQLite two changes at a time can stop it for the whole time-out: who
    waits for the lock lets no other thread run, so not the one either that holds it.
    """
    if not _CODE.exists():
        if os.environ.get("HYPERCARE_REAL_SERVERS") == "required":
            pytest.fail("redmine is not installed, and HYPERCARE_REAL_SERVERS asks for it")
        pytest.skip("redmine is not installed; install redmine, redmine-sqlite and puma to check against the real one")
    server, ruby = binary("puma"), binary("ruby")
    (port,) = free_ports(1)
    root = home / "redmine"
    _copy(root)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("BUNDLE_", "GEM_", "RUBY"))},
        "RAILS_ENV": "production", "REDMINE_ROOT": str(root), "REDMINE_ISSUES": str(issues), "HOME": str(home),
    }  # fmt: skip
    setup = subprocess.run(
        [ruby, str(_SETUP)], capture_output=True, timeout=240, cwd=root, env=environment, check=False
    )
    assert setup.returncode == 0, setup.stderr.decode("utf-8", "replace")
    told = json.loads(setup.stdout.splitlines()[-1])
    command = [
        server, "-b", f"tcp://127.0.0.1:{port}", "-e", "production", "-t", f"1:{at_once}", "--dir", str(root),
        str(root / "config.ru"),
    ]  # fmt: skip
    with running(command, port, home, seconds=90):
        url = f"http://127.0.0.1:{port}"
        made = Redmine(
            url, told["admin"], told["ada"], told["rosa"], {k: v for k, v in told.items() if isinstance(v, dict)}
        )
        until(lambda: httpx.get(f"{url}/issues.json?limit=1", trust_env=False, timeout=30).is_success, "no issues", 60)
        yield made


def _copy(root: Path) -> None:
    for part in ("app", "lib", "db", "extra", "config"):
        shutil.copytree(_CODE / part, root / part, ignore=shutil.ignore_patterns("database.yml"))
    for part in ("config.ru", "Gemfile"):
        shutil.copy(_CODE / part, root / part)
    (root / "public").symlink_to(_CODE / "public")
    database = (
        f"production:\n  adapter: sqlite3\n  database: {root / 'redmine.sqlite'}\n  encoding: utf8\n  timeout: 20000\n"
    )
    own = root / "instances" / "default"
    for folder in ("config", "tmp", "log", "files", "public"):
        (own / folder).mkdir(parents=True)
    (own / "config" / "secret_key.txt").write_text("of-no-use-to-anybody" * 4)
    for place in (root / "config", own / "config"):
        (place / "database.yml").write_text(database)
    # Debian's Gemfile looks for the database's kind in Debian's own folder.
    gemfile = root / "Gemfile"
    gemfile.write_text(gemfile.read_text().replace("/usr/share/redmine/{", f"{root}/{{"))
