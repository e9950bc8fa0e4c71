"""The preview of a bulk act in words."""

from __future__ import annotations

from console.model.decision import Act
from console.present.queue import one_line
from console.present.triage_figures import BulkPreview
from console.queries.triage_preview import Would

MOST_LINES = 200
_SHORT = 60
_UNNAMED = frozenset({"comment", "internal_comment", "acknowledged", "new_task"})
_TITLES = {
    Act.ACKNOWLEDGE: "Acknowledge", Act.SEVERITY: "Severity", Act.ASSIGN: "Assign to", Act.STAGE: "Stage",
    Act.STATUS: "Status", Act.COMMENT: "Comment on", Act.INTERNAL_COMMENT: "Comment inside on", Act.TAG: "Tag",
    Act.UNTAG: "Take the tag off", Act.DUPLICATE_OF: "Duplicate of", Act.SPLIT: "Split off", Act.LINK: "Link",
    Act.SNOOZE: "Snooze until", Act.WAKE: "Wake", Act.DECLINE: "Decline", Act.REOPEN: "Re-open", Act.SET: "Set",
    Act.SCORE: "Score", Act.TASK: "Development task for",
}  # fmt: skip


def word(act: Act, value: str, would: tuple[Would, ...]) -> BulkPreview:
    """``count``: tickets that would change. What stands so already is told among the refused, with that reason."""
    changing = [one for one in would if one.changes]
    refused = tuple((_name(one), one.why or "stands so already") for one in would if not one.changes)
    lines = tuple((_name(one), *_sides(one)) for one in changing[:MOST_LINES])
    return BulkPreview(f"{_TITLES[act]} {one_line(value, _SHORT)}".strip(), len(changing), lines, refused)


def _name(one: Would) -> str:
    return one_line(one.row_key.partition(":")[2], 40)


def _sides(one: Would) -> tuple[str, str]:
    """Before and after; the field is named where several change."""
    many = len(one.changes) > 1
    sides = []
    for place in (1, 2):
        texts = []
        for change in one.changes:
            told = one_line(change[place], _SHORT) or "—"
            texts.append(f"{change[0].replace('_', ' ')} {told}" if many and change[0] not in _UNNAMED else told)
        sides.append(", ".join(texts))
    return sides[0], sides[1]
