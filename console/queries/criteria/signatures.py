"""Sign-offs: who put a name under which artefact. Another side is another name; one name twice is one."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from console.model.criterion import Criterion, Definition
from console.queries.decisions import Decision, decided
from console.queries.reader import Reader


@dataclass(frozen=True, slots=True)
class Signature:
    """``by`` signs; ``who`` wrote it down. ``side``: for whom, '' when it was not said."""

    by: str
    artefact: str
    side: str
    who: str
    at: int


def standing(reader: Reader, key: str) -> list[Signature]:
    """The signatures under a criterion that were not withdrawn, oldest first."""
    found: dict[str, Signature] = {}
    for decision in decided(reader, "sign_off", "withdraw_sign_off"):
        if decision.subject != key:
            continue
        signature = signature_of(decision)
        if decision.act == "sign_off":
            found.pop(signature.by, None)
            found[signature.by] = signature
        else:
            found.pop(decision.value.strip() or decision.who, None)
    return list(found.values())


def signature_of(decision: Decision) -> Signature:
    """Plain text is the artefact, signed by who wrote it; JSON may name ``by`` and ``side`` beside ``artefact``."""
    artefact, by, side = decision.value, decision.who, ""
    if decision.value.lstrip().startswith("{"):
        try:
            document = msgspec.json.decode(decision.value, type=dict[str, str])
        except (msgspec.DecodeError, msgspec.ValidationError):
            document = {}
        artefact = document.get("artefact", artefact)
        by, side = document.get("by") or by, document.get("side", "")
    return Signature(by, artefact, side, decision.who, decision.at)


def judge(reader: Reader, d: Definition) -> Criterion:
    """Met with as many sides as the criterion asks for; two who name the same side are one side."""
    signed = standing(reader, d.key)
    sides = {s.side or s.by for s in signed}
    names = ", ".join(f"{s.by} for {s.side}" if s.side else s.by for s in signed)
    count = len(sides)
    if count >= d.sides:
        return Criterion(d.key, "met", f"signed by {names}", n=count, coverage=1.0, unit="signed", definition=d)
    missing = "not signed"
    if signed:
        rest = d.sides - count
        missing = f"signed by {names}; " + ("the other side is missing" if rest == 1 else f"{rest} sides are missing")
    return Criterion(d.key, "not_met", missing, n=count, coverage=1.0, unit="signed", definition=d)
