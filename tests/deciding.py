"""Decisions as rows, for stories that need their state and no desk: one field changed, and how far its delivery is."""

from __future__ import annotations

from console.store.append import append_rows, instant
from tests.builders import Bench


def change(
    made: Bench, key: str, field: str, new: str, *, act: str = "set", base: str = "", remote: bool = False, state: str = "",
    why: str = "", comment: str = "", who: str = "lead", value: str | None = None, source: str = "jira",
) -> str:  # fmt: skip
    """Returns the decision's id. ``state`` '': no delivery row yet."""
    now = made.clock.now()
    identity = f"{now:x}{field}{key}"
    said = new if value is None else value
    decision = (identity, act, f"{source}:{key}", said, who, comment, instant(now))
    append_rows(made.session, made.write, "decision", [decision], now)
    row = (identity, source, f"id-{key}", field, base, new, remote, instant(now))
    append_rows(made.session, made.write, "decided_change", [row], now)
    if state:
        delivered(made, identity, state, why)
    return identity


def delivered(made: Bench, identity: str, state: str, why: str = "") -> None:
    now = made.clock.now()
    append_rows(made.session, made.write, "delivery", [(identity, 1, state, why, instant(now))], now)
