"""The editor's fields of a rule over tickets: what one types, and the document it comes to. Texts in, texts out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from console.model.rules import ACT, PROPOSE
from console.present.alert_form import RuleField

_KINDS = (
    "bug", "crash", "data", "interface", "integration", "database", "performance", "security", "usability",
    "documentation", "training", "question", "enhancement",
)  # fmt: skip
FRESH = {"mode": PROPOSE, "enabled": "yes", "order": "100", "stop": ""}
_WHEN = ("any", "all", "none")
_THEN = ("category", "severity", "impact", "kind", "area", "team", "assign", "stage", "reply")
LINES = ("any", "all", "none", "reply")
"""Fields of several lines."""


def fields() -> tuple[RuleField, ...]:
    """In the order of the form."""
    unset = ("", "leave it")
    return (
        RuleField("title", "Title", "What people read where the rule speaks.", "Payments and checkout"),
        RuleField("name", "Name", "Small letters, digits, - and _; taken from the title when it is empty.", "from the title"),
        RuleField("any", "Says any of", "Words or phrases of title and text, one a line: “pay” is in “payments”.", "payment"),
        RuleField("all", "And all of", "", ""),
        RuleField("none", "And none of", "", "test"),
        RuleField(
            "filter", "And meets",
            "The queue's words: channel, segment, category, kind, source, route, reporter, severity, status, is: and has:.",
            "channel:portal segment:enterprise",
        ),
        RuleField("category", "Category"),
        RuleField("severity", "Severity", "", "", (unset, *((s, s) for s in ("P1", "P2", "P3", "P4")))),
        RuleField("impact", "Impact", "", "", (unset, *((i, i) for i in ("one user", "segment", "all users")))),
        RuleField("kind", "Kind", "", "", (unset, *((k, k) for k in _KINDS))),
        RuleField("area", "Area"),
        RuleField("team", "Team"),
        RuleField("assign", "Assign to"),
        RuleField("tag", "Tags", "Several by comma.", "payments, vip"),
        RuleField("stage", "Stage", "", "", (unset, *((str(n), str(n)) for n in range(1, 8)))),
        RuleField("reply", "Draft of a reply", "Always a draft: nobody is written to without a person. {key} is the ticket."),
        RuleField("mode", "When it matches", "", "", ((PROPOSE, "it proposes"), (ACT, "it acts by itself"))),
        RuleField("enabled", "Asked", "", "", (("yes", "on"), ("", "off"))),
        RuleField("order", "Order", "Smaller numbers are asked first; the first rule that sets a field decides it.", "100"),
        RuleField("stop", "Afterwards", "", "", (("", "ask the next rules"), ("yes", "ask no further rule"))),
    )  # fmt: skip


def document(texts: Mapping[str, str]) -> dict[str, Any]:
    """The rule as it stands in the settings; ``model.rules.read`` judges it."""
    given = {key: text.strip() for key, text in texts.items()}
    when: dict[str, Any] = {key: found for key in _WHEN if (found := _lines(given.get(key, "")))}
    if given.get("filter"):
        when["filter"] = given["filter"]
    then: dict[str, Any] = {key: given[key] for key in _THEN if given.get(key)}
    tags = [tag.strip() for tag in given.get("tag", "").split(",") if tag.strip()]
    if tags:
        then["tag"] = tags if len(tags) > 1 else tags[0]
    made: dict[str, Any] = {"name": given.get("name") or _slug(given.get("title", ""))}
    if given.get("title"):
        made["title"] = given["title"]
    order = given.get("order") or "100"
    return {
        **made, "when": when, "then": then, "mode": given.get("mode") or PROPOSE, "enabled": given.get("enabled") == "yes",
        "order": int(order) if re.fullmatch(r"\d{1,9}", order) else order, "stop": given.get("stop") == "yes",
    }  # fmt: skip


def texts(held: Mapping[str, Any]) -> dict[str, str]:
    """The fields' texts of a rule as it is written."""
    when, then = held.get("when", {}), held.get("then", {})
    found = {"name": str(held["name"]), "title": str(held.get("title", ""))}
    for key in _WHEN:
        listed = when.get(key, [])
        found[key] = "\n".join([listed] if isinstance(listed, str) else listed)
    found["filter"] = str(when.get("filter", ""))
    for key in _THEN:
        found[key] = str(then.get(key, ""))
    found["severity"] = found["severity"].upper()
    tag = then.get("tag", [])
    found["tag"] = ", ".join([tag] if isinstance(tag, str) else tag)
    found["mode"] = str(held.get("mode", PROPOSE))
    found["enabled"] = "yes" if held.get("enabled", True) else ""
    found["order"] = str(held.get("order", 100))
    found["stop"] = "yes" if held.get("stop", False) else ""
    return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:48]
