"""Which fields each form of the Exit screen has. Values only; ``form`` builds the controls."""

from __future__ import annotations

from dataclasses import dataclass

from console.present.exit_figures import ExitFigure, ExitRow

KINDS = (
    ("exit", "exit: must hold for hypercare to end"), ("entry", "entry: must hold for it to begin"),
    ("goal", "goal: wished for"),
)  # fmt: skip
SIDES = (
    ("below", "below the target"), ("above", "above the target"), ("falling", "falling"), ("rising", "rising"),
    ("not_rising", "not rising"), ("not_falling", "not falling"),
)  # fmt: skip
RESTART = (("", "choose …"), ("no", "No, the clock goes on"), ("yes", "Yes, the clock starts again"))


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """``choices``: (word, title) pairs, empty for text. ``rows`` above 1: several lines. ``words``: completions."""

    key: str
    label: str
    help: str = ""
    value: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    rows: int = 1


@dataclass(frozen=True, slots=True)
class FormSpec:
    """``sends_all``: also fields nobody changed. ``subject``: the criterion, 'session', or a window's name."""

    form: str
    subject: str
    title: str
    save: str
    fields: tuple[FieldSpec, ...]
    sends_all: bool = True
    note: str = ""


WHY = FieldSpec("why", "Why", "It stands with the decision and is read on exit day.", rows=2)
_LABELS = {
    "title": ("Title", ""),
    "kind": ("Kind", ""),
    "target": ("Target", "99.9 % or 0.999 for a share; a plain number in the KPI's unit else."),
    "side": ("The value must be", ""),
    "window": ("Window", 'How much time one judgement looks at: "7 d", "1 h"; "go-live": since then.'),
    "sustained": (
        "Sustained for",
        'The same as the window: it must be full. Longer: each window in a row. "0": no clock.',
    ),
    "coverage": ("Least coverage", "Below it the answer is unknown."),
    "evidence": ("Least evidence", "Calls, tickets, answers or minutes; fewer prove nothing."),
    "sides": ("Sides that sign", ""),
    "owner": ("Owner", ""),
    "rationale": ("Rationale", ""),
}


def edit(row: ExitRow) -> FormSpec:
    fields = tuple(_field(key, value) for key, value in row.fields)
    restart = FieldSpec(
        "restart", "Does the clock start again?", "Your choice is part of the decision.", choices=RESTART
    )
    return FormSpec("edit", row.key, f"Edit: {row.title}", "Decide", (*fields, restart, WHY), sends_all=False)


def new(figure: ExitFigure) -> FormSpec:
    kpis = (("", "none: it is signed"), *((name, f"{title} ({name})") for name, title in figure.kpis))
    fields = (
        FieldSpec("title", "Title"),
        FieldSpec("kind", "Kind", choices=KINDS, value="exit"),
        FieldSpec("kpi", "KPI", choices=kpis),
        FieldSpec("side", "The value must be", choices=SIDES, value="below"),
        _field("target", ""),
        _field("window", "7 d"),
        _field("sustained", "0"),
        FieldSpec("route", "Route", "Only this one; empty: all.", hint="POST /v3/payments/confirm"),
        FieldSpec("severity", "Severity", choices=(("", "all"), *((p, p) for p in ("P1", "P2", "P3", "P4")))),
        _field("coverage", "99 %"),
        _field("evidence", "1"),
        _field("owner", ""),
        _field("rationale", ""),
    )
    return FormSpec("new", "", "New criterion", "Decide", (*fields, WHY))


def sign(row: ExitRow, me: str) -> FormSpec:
    fields = (
        FieldSpec("artefact", "Artefact", "A link, a statement, or the path of a file, whose SHA-256 is kept.",
                  hint="https://wiki/… or /home/me/runbook.pdf"),
        FieldSpec("by", "Signed by", "Whose name it is.", value=me),
        FieldSpec("side", "For", 'The side that signs, such as "operations"; a handover needs two.'),
        FieldSpec("why", "Remark"),
    )  # fmt: skip
    return FormSpec("sign", row.key, f"Sign off: {row.title}", "Sign", fields)


def withdraw(row: ExitRow) -> FormSpec:
    names = tuple((name, name) for name in row.signed_by)
    fields = (FieldSpec("by", "Whose signature", choices=names, value=names[0][0] if names else ""), WHY)
    return FormSpec("withdraw", row.key, f"Withdraw a signature: {row.title}", "Withdraw", fields)


def waive(row: ExitRow) -> FormSpec:
    fields = (FieldSpec("until", "Until", "In the session's zone.", hint="2026-11-28 18:00"), WHY)
    return FormSpec("waive", row.key, f"Waive: {row.title}", "Waive", fields)


def end_waiver(row: ExitRow) -> FormSpec:
    return FormSpec("end_waiver", row.key, f"End the waiver: {row.title}", "End it", (WHY,))


def remove(row: ExitRow) -> FormSpec:
    return FormSpec("remove", row.key, f"Remove: {row.title}", "Remove", (WHY,))


def maintenance() -> FormSpec:
    fields = (
        FieldSpec("name", "Name", hint="database upgrade"),
        FieldSpec("from", "From", "In the session's zone; it is planned ahead.", hint="2026-11-21 22:00"),
        FieldSpec("to", "To", hint="2026-11-21 23:30"),
        WHY,
    )
    note = "Uptime, errors, response times and their clocks leave this time out, and say so."
    return FormSpec("maintenance", "", "Plan maintenance", "Plan", fields, note=note)


def end_maintenance(figure: ExitFigure) -> FormSpec:
    names = tuple((p.name, p.words) for p in figure.planned if not p.over)
    fields = (FieldSpec("name", "Which", choices=names, value=names[0][0] if names else ""), WHY)
    return FormSpec("end_maintenance", "", "End maintenance now", "End it", fields)


def leave(figure: ExitFigure) -> FormSpec:
    if figure.exited:
        return FormSpec("resume", "session", "Take hypercare up again", "Take up", (WHY,))
    note = (
        "Every exit criterion is met or waived."
        if figure.ready
        else "Not every exit criterion is met: ending hypercare over them needs why, and names them."
    )
    return FormSpec("exit", "session", "End hypercare", "Declare the exit", (WHY,), note=note)


def _field(key: str, value: str) -> FieldSpec:
    label, help_text = _LABELS[key]
    choices = KINDS if key == "kind" else SIDES if key == "side" else ()
    return FieldSpec(key, label, help_text, value, choices=choices, rows=2 if key == "rationale" else 1)
