"""A receiver that is killed while forms keep sending: what was confirmed is a ticket, once."""

from __future__ import annotations

import random
from pathlib import Path

import httpx
import pytest

from tests.stories.servers import Program, free_ports, listens, until, write_settings


@pytest.mark.thorough
@pytest.mark.timeout(150)
def test_every_report_that_was_confirmed_is_a_ticket_once(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    program = Program(tmp_path / "home", {"HYPERCARE_SECRET_FORMS": "s3cret"})
    session = tmp_path / "launch.hypercare"
    source = {
        "name": "forms", "kind": "webhook", "listen": f"127.0.0.1:{port}", "credential": "forms", "period_s": 1,
        "per_minute": 100_000,
    }  # fmt: skip
    settings = write_settings(tmp_path / "settings.toml", source, name="Killed", time_zone="UTC")
    command = ("collect", "--config", settings, "--session", session)
    chance, confirmed, number = random.Random(5), dict[str, str](), 0
    for _ in range(2):
        with program.started(*command) as running:
            until(lambda: listens(port), "the receiver does not listen")
            for _ in range(chance.randint(15, 60)):
                number += 1
                _send(port, number, confirmed)
            running.kill()
    with program.started(*command) as running:
        until(lambda: listens(port), "the receiver does not listen")
        for again in list(confirmed)[:5]:
            _send(port, int(again), confirmed)
        answer = httpx.get(f"http://127.0.0.1:{port}/receipt/{next(iter(confirmed.values()))}", trust_env=False)
        assert answer.json()["state"] in ("received", "stored")
        until(
            lambda: {row["title"] for row in program.holder(session, "queue", all=True)} >= set(confirmed),
            "what was confirmed is no ticket",
        )
        assert running.stop() == 0
    titles = [row["title"] for row in program.run("queue", session, "--all", "--json").json()]
    assert sorted(title for title in titles if title in confirmed) == sorted(confirmed)
    assert len(titles) == len(set(titles))


def _send(port: int, number: int, confirmed: dict[str, str]) -> None:
    """One report; its receipt is kept, and must be the same when it is sent again."""
    answer = httpx.post(
        f"http://127.0.0.1:{port}/feedback",
        json={"id": f"r-{number}", "title": str(number)},
        headers={"authorization": "Bearer s3cret"},
        trust_env=False,
    )
    assert answer.status_code in (200, 201)
    receipt = answer.json()["receipt"]
    assert confirmed.setdefault(str(number), receipt) == receipt
