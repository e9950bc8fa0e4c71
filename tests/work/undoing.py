"""Random acts, delivered or not, over restarts, all of them taken back: what stood before must stand again, here and there."""

from __future__ import annotations

import random
from pathlib import Path

from console.model.errors import QuestionError
from console.model.moment import HOUR, iso
from tests.builders import T0
from tests.work.delivering import Beside, beside

TICKETS = 8
NOTHING = "There is nothing of yours to take back."


def act_somehow(here: Beside, chance: random.Random, turn: int) -> None:
    """One act of any kind; what cannot be meant just now is refused and changes nothing."""
    keys = [f"A-{n}" for n in range(1, TICKETS + 1)]
    key, other = chance.sample(keys, 2)
    some = chance.sample(keys, chance.randint(1, TICKETS))
    act, value = chance.choice(
        [
            ("severity", chance.choice(["P1", "P2", "P3", "P4", ""])), ("assign", chance.choice(["ann", "bob", ""])),
            ("status", chance.choice(["new", "in_progress", "resolved", "closed", "reopened"])),
            ("tag", chance.choice("abcd")), ("untag", chance.choice("abcd")), ("comment", f"comment {turn}"),
            ("internal_comment", f"note {turn}"), ("stage", str(chance.randint(1, 7))), ("snooze", iso(T0 + 99 * HOUR)),
            ("wake", ""), ("duplicate_of", other), ("split", ""), ("link", f"http://x/{turn}"), ("decline", f"no {turn}"),
            ("reopen", ""), ("set", f"category={chance.choice('xyz')}"), ("set", "customer=Acme"),
            ("score", f"impact={chance.randint(0, 9)}"), ("acknowledge", ""), ("many", chance.choice(["P1", "P2", "P4"])),
            ("capture", f"call {turn}"),
        ]
    )  # fmt: skip
    try:
        if act == "many":
            here.desk.decide_many("severity", some, value)
        elif act == "capture":
            here.desk.decide("severity", here.desk.capture({"title": value}), "P2")
        else:
            here.desk.decide(act, key, value)
    except QuestionError:
        return


def done_and_undone(folder: Path, acts: int, seed: int) -> None:
    """So many acts and their undoing. Fails with what differs afterwards."""
    chance = random.Random(seed)
    with beside(folder, tickets=TICKETS) as here:
        one = here.worlds["one"]
        before, there = here.everything(), {name: dict(fields) for name, fields in one.tickets.items()}
        for turn in range(acts):
            act_somehow(here, chance, turn)
            match chance.randint(0, 40):
                case 0:
                    here.desk.delivering.stop("one")
                case 1 | 2:
                    here.bring_out()
                case 3:
                    here.rest()
                    here.poll()
                case 4 if turn % 100 > 80:
                    here.kill()
        assert here.everything() != before
        said = 0
        while here.desk.undo() != NOTHING:
            said += 1
            if said == acts // 2:
                here.kill()
        assert said > acts // 2
        here.bring_out()
        here.rest()
        here.poll()
        assert here.desk.outbox().total == 0
        assert {n: {k: v for k, v in f.items() if v} for n, f in one.tickets.items()} == there
        assert here.everything() == before
        for ticket, texts in one.said.items():
            written = [text for text in texts if not text.startswith("Correction")]
            assert len(texts) == 2 * len(written), f"each comment on {ticket} is corrected once"
