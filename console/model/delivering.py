"""Three versions of a field judged: what the person saw, what they decided, what the system says at this instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.model.taking_back import merged
from console.model.ticket_acts import DONE, NEAREST, SETS, keys_of, members


class Step(StrEnum):
    """``STANDS``: it is so already. ``WRITE``: ask for it. ``ASK``: a person must say which version shall stand."""

    STANDS = "stands"
    WRITE = "write"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Judgement:
    step: Step
    value: str = ""


def judge(field: str, base: str, wished: str, there: str | None, ours: Sequence[str] = ()) -> Judgement:
    """What is to be done about a field. ``there``: None where the system does not tell it, so nothing can be compared.

    ``ours``: other values that are no news, since what we did ourselves brought them about.
    """
    if there is None:
        return Judgement(Step.WRITE, wished)
    if same(field, there, wished):
        return Judgement(Step.STANDS, wished)
    if any(same(field, there, known) or same(field, known, there) for known in (base, *ours)):
        return Judgement(Step.WRITE, wished)
    value = merged(field, base, wished, there)
    if value is None:
        return Judgement(Step.ASK, there)
    return Judgement(Step.STANDS if same(field, there, value) else Step.WRITE, value)


def alike(field: str, one: str, other: str) -> bool:
    """Whether two words of a field are the same one: their case, spaces and the order of several values mean nothing."""
    if field in SETS:
        return keys_of(field, members(one)) == keys_of(field, members(other))
    return one.casefold().split() == other.casefold().split()


def same(field: str, there: str, word: str) -> bool:
    """Whether what a system says is what our word means.

    Few systems have a state "reopened": to them it is an open one that was closed before, which a single reading cannot
    know. The other way round it says nothing: one that is re-opened there is not in progress yet.
    """
    if field == "status" and word == "reopened":
        return there not in DONE
    return alike(field, there, word)


def perhaps(field: str, there: str, word: str) -> bool:
    """Whether what a system says may be how it took our word, where it has none of its own for it."""
    return field == "status" and there in NEAREST.get(word, ())


_FOLLOWS = ("status", "assignee")
"""What systems change by themselves when somebody writes; anything else that moved meanwhile was another person."""


def moved(before: Mapping[str, str], after: Mapping[str, str], wished: str) -> dict[str, tuple[str, str]]:
    """What else a request changed: a comment may open a new ticket. By field, before and after; ``wished`` is left out."""
    return {
        field: (before[field], after[field])
        for field in _FOLLOWS
        if field != wished and field in before and field in after and not alike(field, before[field], after[field])
    }


def possible(base: str, withdrawn: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What else than ``base`` the system may have said when a decision was made, given the earlier ones that never came.

    Each is (base, new) of the same field, oldest first: what somebody saw may have been a decision that was taken back since.
    """
    found = [base]
    for before, new in reversed(withdrawn):
        if new in found and before not in found:
            found.append(before)
    return tuple(found[1:])
