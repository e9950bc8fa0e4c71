"""A desk for the Exit screen: rows that change when told, and every act written down."""

from __future__ import annotations

import numpy as np

from console.model.errors import QuestionError
from console.model.moment import LIVE, Moment
from console.model.number import Number
from console.present.exit_figures import Entry, ExitFigure, ExitGroup, ExitRow, Planned
from console.present.figures import Pill
from console.present.tone import Tone
from tests.widgets.fake_desk import FakeDesk

UPTIME = ExitRow(
    "uptime", Tone.WARN, "System uptime", "> 99.9 % for 7 d", "99.94 %", 0.89, "6 d 5 h of 7 d; 3 min 12 s of budget left",
    "on track", np.array([1.0, 0.9, 1.0]), "System uptime, > 99.9 % for 7 d: on track, 99.94 %.",
    Number("availability", 0, 60_000_000, moment=LIVE), ("Reset by: 4 more bad minutes would use up the budget.",),
    (Entry("lead · D2 10:00", "edited: target > 0.999, the clock goes on – agreed"),),
    (("title", "System uptime"), ("target", "99.9 %"), ("owner", "")), "budget",
)  # fmt: skip
P1 = ExitRow(
    "p1_resolved", Tone.BAD, "P1 resolved and verified", "100 %", "11 of 12", 0.92, "11 of 12; 1 open, such as <b>PAY</b>",
    "not met", spoken="P1 resolved and verified: not met", form="resolved",
)  # fmt: skip
HANDOVER = ExitRow(
    "handover", Tone.QUIET, "Team handover", "signed by both sides", "not signed", 0.5, "signed by ann; one side is missing",
    "not met", spoken="Team handover: not met", form="signed", signed_by=("ann",),
)  # fmt: skip
OWN = ExitRow(
    "sold", Tone.UNKNOWN, "Conversion", "> 2 %", "unknown", 0.0, "no source feeds Conversion; connect a feed of measures",
    "unknown", spoken="Conversion: unknown", own=True, waived=True,
)  # fmt: skip


def figure(*rows: ExitRow, **more: object) -> ExitFigure:
    made = ExitFigure(
        "template “API launch”, version 3 · edited by lead on D2", (Pill("1 met · 2 not met · 1 unknown"),),
        (ExitGroup("Exit criteria", "", rows or (UPTIME, P1, HANDOVER, OWN)),),
        planned=(Planned("upgrade", "upgrade: Sat 22:00 to Sat 23:30 · ops: disks", False),),
        kpis=(("csat", "CSAT"), ("error_rate_5xx", "5xx rate")), me="lead",
    )  # fmt: skip
    from dataclasses import replace

    return replace(made, **more)  # type: ignore[arg-type]  # fields of the figure by name


class ExitDesk(FakeDesk):
    """``figure`` is what the next question gets; ``no`` refuses every act with its sentence."""

    def __init__(self, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        self.figure = figure()
        self.no = ""
        self.moments: list[Moment] = []

    def exit(self, moment: Moment) -> ExitFigure:
        self.moments.append(moment)
        return self.figure

    def decide_by_form(self, form: str, subject: str, fields: dict[str, str]) -> str:
        if self.no:
            raise QuestionError(self.no)
        self.acts.append((form, subject, fields))
        return "id"
