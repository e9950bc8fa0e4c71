"""The seven stages as columns of cards."""

from __future__ import annotations

from console.model.stages import STAGES
from console.present.queue import one_line
from console.present.tone import Tone
from console.present.triage import left_tone, left_words, severity_words
from console.present.triage_figures import BoardCard, BoardColumn, BoardFigure
from console.queries.triage import TriageRow
from console.queries.triage_board import BoardAnswer


def word(answer: BoardAnswer) -> BoardFigure:
    return BoardFigure(
        tuple(
            BoardColumn(
                stage.number, stage.title, answer.totals[stage.number], stage.outcome,
                tuple(_card(row) for row in answer.rows[stage.number]),
            )
            for stage in STAGES
        )
    )  # fmt: skip


def _card(row: TriageRow) -> BoardCard:
    """Beside the title: the time left, or who works on it."""
    aside = left_words(row.left_s) if row.left_s is not None else one_line(row.assignee or "", 30)
    tone = left_tone(row) if row.left_s is not None else Tone.MUTED
    return BoardCard(
        row.row_key, severity_words(row.severity, row.kind), one_line(row.key, 40), one_line(row.title, 160), aside, tone,
        row.pending > 0,
    )  # fmt: skip
