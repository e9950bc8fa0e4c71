"""What takes a decision back: nothing but its withdrawal while no system was asked, the inverse decision afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from console.model.ticket_acts import NEW_TASK, SAID, SETS, joined, key_of, keys_of, members, united

_QUOTED = 300


def withdrawn(remote: bool, state: str, sent: int) -> bool:
    """Whether a decision can simply cease to count: no system can have heard of it, or it said no.

    ``sent``: how often a request was begun. One without an outcome may have been obeyed.
    """
    return not remote or not sent or state in ("refused", "conflict")


def inverse(field: str, base: str | None, new: str, standing: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The change that takes one back: field, what it expects to find, what it sets. None where nothing can be undone there.

    What was said cannot be unsaid; a second comment corrects it. A task that exists stays in its tracker.
    """
    if field in SAID:
        quoted = new if len(new) <= _QUOTED else new[:_QUOTED] + " …"
        return field, "", f"Correction: please disregard our comment “{quoted}”."
    if field == NEW_TASK:
        return None
    if field in SETS:
        there = members(standing.get(field, ""))
        before, after = members(base or ""), members(new)
        was, came = keys_of(field, before), keys_of(field, after)
        kept = [value for value in there if key_of(field, value) in was or key_of(field, value) not in came]
        return (
            field,
            joined(there),
            united(field, kept, (value for value in before if key_of(field, value) not in came)),
        )
    return field, new, base or ""


def overtaken(field: str, new: str, standing: Mapping[str, str]) -> bool:
    """Whether somebody changed a field since it was decided: the inverse of the decision would undo their word instead."""
    return field not in SAID and field not in SETS and standing.get(field, "").casefold() != new.casefold()


def merged(field: str, base: str, wished: str, remote: str) -> str | None:
    """Three versions of a field as one: what was seen, what was decided, what the system says now. None: a person must say.

    A field of several values merges by what was added and what was taken away.
    """
    if remote in (base, wished):
        return wished
    if field not in SETS:
        return None
    before, after, there = members(base), members(wished), members(remote)
    was, stays = keys_of(field, before), keys_of(field, after)
    kept = [value for value in there if key_of(field, value) in stays or key_of(field, value) not in was]
    return united(field, kept, (value for value in after if key_of(field, value) not in was))
