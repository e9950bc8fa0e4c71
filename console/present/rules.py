"""Rules over tickets in words: what each looks for and sets, what it proposes, and how a dry run ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from console.model import filter as filters
from console.model.rules import ACT, Rule
from console.present import rule_form, words
from console.present.rules_figures import RuleRow, RulesFigure, TrialFigure, TrialRow
from console.present.tone import Tone
from console.present.triage_figures import TriageDetail
from console.queries.rule_records import Open, Tally
from console.queries.rule_trial import TrialAnswer, TrialLine

FIELDS = {
    "category": "Category", "severity": "Severity", "impact": "Impact", "kind": "Kind", "area": "Area", "team": "Team",
    "assignee": "Assignee", "tags": "Tag", "stage": "Stage", "reply": "Reply",
}  # fmt: skip
_UNSET = "unset"
_ACTING = {True: "of them acts by itself", False: "of them act by themselves"}
_SHORT = 80


def when(rule: Rule) -> str:
    """'says payment or checkout, not test; channel:portal'."""
    parts = []
    if rule.any:
        parts.append(f"says {_listed(rule.any, 'or')}")
    if rule.all:
        parts.append(f"says {_listed(rule.all, 'and')}")
    if rule.none:
        parts.append(f"not {_listed(rule.none, 'or')}")
    if rule.filter.parts:
        parts.append(filters.written(rule.filter))
    return "; ".join(parts)


def _listed(keywords: Sequence[str], word: str) -> str:
    shown = [f"“{keyword}”" for keyword in keywords[:6]]
    if len(keywords) > 6:
        shown.append(f"{len(keywords) - 6} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def then(rule: Rule) -> str:
    """'Severity P2, Team payments, Tag vip'."""
    return ", ".join(f"{FIELDS[name]} {_cut(value)}" for name, value in rule.then)


def _cut(text: str) -> str:
    bare = " ".join(text.split())
    return bare if len(bare) <= _SHORT else f"{bare[: _SHORT - 1]}…"


def proposal(one: Open) -> str:
    """'Severity P2 instead of P3'."""
    if one.field == "reply":
        return f"Draft of a reply: {_cut(one.after)}"
    if one.field == "tags" or not one.before:
        return f"{FIELDS.get(one.field, one.field)} {_cut(one.after)}"
    return f"{FIELDS.get(one.field, one.field)} {_cut(one.after)} instead of {_cut(one.before)}"


def with_proposals(detail: TriageDetail, waiting: Sequence[Open]) -> TriageDetail:
    """The ticket with what rules propose for it."""
    reply = next((one.after for one in waiting if one.field == "reply"), "")
    return replace(detail, proposals=tuple((one.title, proposal(one)) for one in waiting), reply=reply)


def accepted(waiting: Sequence[Open]) -> str:
    """What was done, as a sentence."""
    done = ", ".join(proposal(one) for one in waiting)
    return f"Accepted: {done}." if waiting else "Rules propose nothing for this ticket."


def word(
    rules: Sequence[Rule],
    documents: Mapping[str, Mapping[str, Any]],
    own: frozenset[str],
    tallies: Mapping[str, Tally],
    runs: Mapping[str, int],
) -> RulesFigure:
    """Every rule, also those that are off, in the order they are asked. ``runs``: tickets of the run that can be taken back."""
    rows = tuple(
        RuleRow(
            rule.name, rule.title, "acts" if rule.mode == ACT else "proposes", when(rule), then(rule),
            _made(tallies.get(rule.name, Tally())), rule.enabled, rule.name in own, rule_form.texts(documents[rule.name]),
            words.plural(runs[rule.name], "ticket") if rule.name in runs else "",
        )
        for rule in rules
    )  # fmt: skip
    on = sum(row.on for row in rows)
    acting = sum(row.on and row.mode == "acts" for row in rows)
    summary = f"{words.plural(len(rows), 'rule')}, {on} on" + (f", {acting} {_ACTING[acting == 1]}" if acting else "")
    return RulesFigure(summary, rows)


def _made(tally: Tally) -> str:
    parts = []
    if tally.acted:
        parts.append(
            f"did {words.count(tally.acted)}" + (f", {words.count(tally.undone)} taken back" if tally.undone else "")
        )
    if tally.proposed:
        answered = f"{words.count(tally.accepted)} accepted, {words.count(tally.dismissed)} dismissed"
        parts.append(f"proposed {words.count(tally.proposed)}: {answered}")
    return "; ".join(parts) or "has said nothing yet"


def trial(answer: TrialAnswer) -> TrialFigure:
    """A dry run."""
    last = f"the last {words.plural(answer.looked, 'ticket')}"
    if not answer.looked:
        return TrialFigure(
            "There are no tickets to try it on.", "", "", Tone.UNKNOWN, (), "There are no tickets to try it on."
        )
    headline = f"{words.count(answer.hit)} of {last} would change" if answer.hit else f"None of {last} would change"
    agreement = "Nobody decided any of these fields since."
    tone = Tone.NEUTRAL
    if answer.decided:
        agreement = f"People decided the same in {words.count(answer.agreed)} of {words.count(answer.decided)}."
        tone = Tone.WARN if answer.agreed * 2 < answer.decided else Tone.GOOD
    if not answer.changes:
        agreement = ""
    several = len(answer.by_rule) > 1
    counted = ", ".join(f"{name} {words.count(n)}" for name, n in answer.by_rule if n) if several else ""
    more = answer.changes - len(answer.lines)
    note = "; ".join(
        part
        for part in (f"{words.plural(answer.changes, 'change')}" if answer.changes else "", counted,
                     f"{words.count(more)} more are not listed" if more > 0 else "")
        if part
    )  # fmt: skip
    rows = tuple(_row(list(lines)) for _, lines in groupby(answer.lines, lambda line: line.key))
    return TrialFigure(headline, agreement, note, tone, rows, f"{headline}. {agreement} {note}".strip())


def _row(lines: Sequence[TrialLine]) -> TrialRow:
    """All that would change on one ticket."""
    later = []
    for line in lines:
        if line.agrees is not None:
            same = "the same" if line.agrees else line.now or _UNSET
            later.append(f"{FIELDS.get(line.field, line.field)}: people decided {same}")
    agrees = [line.agrees for line in lines if line.agrees is not None]
    tone = Tone.NEUTRAL if not agrees else Tone.GOOD if all(agrees) else Tone.WARN
    rules = ", ".join(dict.fromkeys(line.rule for line in lines))
    changes = ", ".join(_change(line) for line in lines)
    return TrialRow(lines[0].key, _cut(lines[0].title), changes, rules, ", ".join(later), tone)


def _change(line: TrialLine) -> str:
    name = FIELDS.get(line.field, line.field)
    if line.field in ("tags", "reply"):
        return f"{name} {_cut(line.after)}"
    return f"{name} {line.before or _UNSET} → {_cut(line.after)}"


def trial_rows(answer: TrialAnswer) -> dict[str, Any]:
    """As the ``rules`` command prints a dry run."""
    return {
        "rules": list(answer.rules), "tickets": answer.looked, "changed": answer.hit, "changes": answer.changes,
        "decided": answer.decided, "agreed": answer.agreed, "by_rule": dict(answer.by_rule),
        "lines": [
            {"ticket": line.key, "title": line.title, "rule": line.rule, "field": line.field, "before": line.before or None,
             "after": line.after, "now": line.now or None, "agrees": line.agrees}
            for line in answer.lines
        ],
    }  # fmt: skip


def rule_row(rule: Rule, own: bool, tally: Tally) -> dict[str, Any]:
    """As the ``rules`` command lists one."""
    return {
        "rule": rule.name, "title": rule.title, "enabled": rule.enabled, "mode": rule.mode, "order": rule.order,
        "stop": rule.stop, "own": own, "when": when(rule), "then": [[name, value] for name, value in rule.then],
        "acted": tally.acted, "undone": tally.undone, "proposed": tally.proposed, "accepted": tally.accepted,
        "dismissed": tally.dismissed,
    }  # fmt: skip
