"""Vendors' words in ours: severity, status, kind and channel (sections 6 and 7 of the contract).

A word nobody mapped is unset (''), never a middle value: a ticket without priority is not a P3. Status goes by the
name first ("Resolved" is resolved, whatever category a site put it in), then by the vendor's category.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

from console.model.errors import SourceError, Trouble
from console.model.moment import iso
from console.model.nearest import did_you_mean
from console.model.ticket_acts import NEAREST
from console.sources.formats.plain_text import clean
from console.sources.tickets.reading import instant_of

SEVERITIES = ("P1", "P2", "P3", "P4")
STATUSES = ("new", "acknowledged", "in_progress", "resolved", "closed", "reopened")
OPEN = frozenset({"new", "acknowledged", "in_progress", "reopened"})
CHANNELS = (
    "support_phone", "support_chat", "support_email", "portal", "in_app", "survey", "outreach", "social",
    "store_review", "forum", "analytics", "sales", "development", "qa", "operations", "monitoring",
)  # fmt: skip
KINDS = (
    "bug", "crash", "data", "interface", "integration", "database", "performance", "security", "usability",
    "documentation", "training", "question", "enhancement",
)  # fmt: skip
ENHANCEMENT = "enhancement"

STATUS_NAMES = {
    "new": "new",
    "open": "new",
    "to do": "new",
    "acknowledged": "acknowledged",
    "triaged": "acknowledged",
    "in progress": "in_progress",
    "in review": "in_progress",
    "resolved": "resolved",
    "done": "resolved",
    "fixed": "resolved",
    "closed": "closed",
    "cancelled": "closed",
    "canceled": "closed",
    "declined": "closed",
    "reopened": "reopened",
}
KIND_NAMES = {
    **{kind: kind for kind in KINDS},
    "defect": "bug",
    "incident": "bug",
    "[system] incident": "bug",
    "problem": "bug",
    "[system] problem": "bug",
    "vulnerability": "security",
    "service request": "question",
    "[system] service request": "question",
    "support": "question",
    "improvement": ENHANCEMENT,
    "new feature": ENHANCEMENT,
    "feature": ENHANCEMENT,
    "feature request": ENHANCEMENT,
    "story": ENHANCEMENT,
    "epic": ENHANCEMENT,
    "suggestion": ENHANCEMENT,
}
CHANNEL_NAMES = {
    **{channel: channel for channel in CHANNELS},
    "phone": "support_phone",
    "chat": "support_chat",
    "email": "support_email",
    "mail": "support_email",
    "web": "portal",
    "jira": "development",
    "app": "in_app",
    "app store": "store_review",
    "twitter": "social",
}

JIRA_SEVERITY = {
    "highest": "P1", "blocker": "P1", "critical": "P1", "high": "P2", "medium": "P3", "low": "P4", "lowest": "P4",
}  # fmt: skip
JIRA_CATEGORIES = {"new": "new", "indeterminate": "in_progress", "done": "resolved"}
ROUNDUP_SEVERITY = {"critical": "P1", "urgent": "P2", "bug": "P3", "minor": "P4"}
ROUNDUP_KINDS = {"feature": ENHANCEMENT, "wish": ENHANCEMENT, **dict.fromkeys(ROUNDUP_SEVERITY, "bug")}
ROUNDUP_STATUS = {
    "unread": "new",
    "deferred": "acknowledged",
    "chatting": "in_progress",
    "need-eg": "in_progress",
    "in-progress": "in_progress",
    "testing": "in_progress",
    "done-cbb": "resolved",
    "resolved": "resolved",
}
EXPORT_SEVERITY = {
    "critical": "P1", "blocker": "P1", "urgent": "P1", "highest": "P1", "1": "P1", "high": "P2", "major": "P2", "2": "P2",
    "medium": "P3", "normal": "P3", "3": "P3", "low": "P4", "lowest": "P4", "minor": "P4", "4": "P4",
}  # fmt: skip
ZENDESK_SEVERITY = {"urgent": "P1", "high": "P2", "normal": "P3", "low": "P4"}
ZENDESK_STATUS = {
    "new": "new",
    "open": "in_progress",
    "pending": "in_progress",
    "hold": "in_progress",
    "solved": "resolved",
    "closed": "closed",
    "deleted": "closed",
}
ZENDESK_CHANNELS = {
    "web": "portal",
    "email": "support_email",
    "voice": "support_phone",
    "sms": "support_chat",
    "chat": "support_chat",
    "native_messaging": "support_chat",
    "web_messaging": "support_chat",
    "whatsapp": "support_chat",
    "web_widget": "in_app",
    "mobile": "in_app",
    "mobile_sdk": "in_app",
    "twitter": "social",
    "facebook": "social",
    "instagram_dm": "social",
    "any_channel": "social",
    "forum": "forum",
    "help_center": "portal",
}
REDMINE_SEVERITY = {"immediate": "P1", "urgent": "P1", "high": "P2", "normal": "P3", "low": "P4"}
REDMINE_STATUS = {"feedback": "in_progress", "assigned": "acknowledged", "rejected": "closed"}
REDMINE_CATEGORIES = {"first": "new", "open": "in_progress", "closed": "closed"}


@dataclass(slots=True)
class Met:
    """The vendor's words that were met, field by field, and the tables they were looked up in."""

    words: dict[str, Counter[str]] = field(default_factory=dict)
    by: Words | None = None


MET: ContextVar[Met | None] = ContextVar("met", default=None)
"""Set while a mapping is previewed, which happens beside the polling of other sources on the same loop. Every connector
tells its words in its own place; only here do all of them pass."""


@dataclass(frozen=True, slots=True)
class Words:
    """The tables of one source. Keys are compared folded and without outer space; build with ``words_for``."""

    severities: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=lambda: KIND_NAMES)
    channels: Mapping[str, str] = field(default_factory=lambda: CHANNEL_NAMES)

    def severity(self, word: str) -> str:
        """P1–P4, '' where the word is empty or unknown. A value that already is ours ("p1") stays."""
        self._meet("severity", word)
        return self.severities.get(fold(word)) or (word.strip().upper() if word.strip().upper() in SEVERITIES else "")

    def status(self, name: str, category: str = "") -> str:
        """One of six states by name, else by category; a category nobody knows is in_progress, no word at all is ''."""
        if not name.strip() and not category.strip():
            return ""
        self._meet("status", name)
        return self.statuses.get(fold(name)) or self.categories.get(fold(category)) or "in_progress"

    def knows_status(self, name: str, category: str = "") -> bool:
        """Whether ``status`` had a table to go by."""
        return fold(name) in self.statuses or fold(category) in self.categories

    def kind(self, word: str) -> str:
        self._meet("kind", word)
        return self.kinds.get(fold(word), "")

    def channel(self, word: str) -> str:
        self._meet("channel", word)
        return self.channels.get(fold(word), "")

    def _meet(self, name: str, word: str) -> None:
        met = MET.get()
        if met is not None and word.strip():
            met.words.setdefault(name, Counter())[word.strip()] += 1
            met.by = self


@lru_cache(maxsize=4_096)
def fold(word: str) -> str:
    """How two words of a vendor are compared."""
    return word.strip().casefold()


def words_for(
    severities: Mapping[str, str],
    statuses: Mapping[str, str],
    *,
    categories: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
    severity_map: Mapping[str, str] | None = None,
    status_map: Mapping[str, str] | None = None,
) -> Words:
    """The defaults of a vendor with the user's own words over them.

    Raises SourceError (settings) for a target that is none of our words, offering the nearest. An empty target unsets.
    """
    return Words(
        severities={**severities, **_own(severity_map or {}, SEVERITIES, "severity_map")},
        statuses={**STATUS_NAMES, **statuses, **_own(status_map or {}, STATUSES, "status_map")},
        categories=categories or {},
        kinds={**KIND_NAMES, **(kinds or {})},
    )


def meaning(words: Words, name: str, text: str) -> str:
    """A vendor's text as the value of our field ``name``."""
    if name == "severity":
        return words.severity(text)
    if name == "status":
        return words.status(text)
    if name == "kind":
        return words.kind(text)
    if name == "channel":
        return words.channel(text)
    if name.endswith("_at"):
        at = instant_of(text)
        return "" if at is None else iso(at)
    return clean(text)


_WAITING = ("wait", "pending", "hold", "blocked", "need-eg", "feedback")


def waiting(name: str) -> str:
    """The vendor's word for a state in which it waits for somebody else, folded; '' for any other.

    Our six states cannot tell it, and an SLA clock may stop for it.
    """
    folded = fold(name)
    return folded if any(part in folded for part in _WAITING) else ""


def entering(before: str, after: str) -> str:
    """The state after a change: an open state entered from resolved or closed is ``reopened``."""
    return "reopened" if before in ("resolved", "closed") and after in OPEN else after


def status_name(words: Words, wish: str, states: Iterable[tuple[str, str]]) -> str:
    """Which of a system's states (name, category) to write for our word; '' where none comes near.

    The one called exactly so wins, then those whose name means it, then those whose category does. A system that has no
    such state at all gets the nearest it has: few know "acknowledged" or "reopened".
    """
    known = list(states)
    for target in (wish, *NEAREST.get(wish, ())):
        fitting = [pair for pair in known if words.status(*pair) == target]
        if fitting:
            return min(fitting, key=lambda pair: _strangeness(words, target, pair))[0]
    return ""


def severity_name(words: Words, wish: str, names: Iterable[str]) -> str:
    """Which of a system's priorities to write for ours; '' where none means it. The first in their order wins."""
    fitting = [name for name in names if words.severity(name) == wish]
    return next((name for name in fitting if fold(name) == fold(wish)), fitting[0] if fitting else "")


def _strangeness(words: Words, target: str, state: tuple[str, str]) -> int:
    name, category = fold(state[0]), fold(state[1])
    if name.replace("-", "_").replace(" ", "_") == target:
        return 0
    return 1 if name in words.statuses else 2 if category in words.categories else 3


def _own(table: Mapping[str, str], ours: tuple[str, ...], option: str) -> dict[str, str]:
    known = {fold(word): word for word in ours}
    for word, target in table.items():
        if target and fold(target) not in known:
            hint = did_you_mean(target, ours)
            raise SourceError(Trouble.SETTINGS, f'{option} maps "{word}" to "{target}", none of our words.{hint}')
    return {fold(word): known.get(fold(target), "") for word, target in table.items()}
