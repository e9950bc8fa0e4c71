"""The exit criteria in words: the state is told by text, not by colour alone."""

from __future__ import annotations

import pytest

from console.present.criteria import definition_of, panel, tone_of
from console.present.tone import Tone
from console.queries.criteria import Criterion


@pytest.mark.parametrize(
    ("criterion", "tone", "spoken"),
    [
        (Criterion("uptime", "unknown", "no minute judged"), Tone.UNKNOWN, "unknown"),
        (Criterion("uptime", "not_met", "6 d 5 h of 7 d", on_track=True, value=0.9999), Tone.WARN, "on track"),
        (Criterion("uptime", "not_met", "20 bad minutes", value=0.99), Tone.BAD, "not met"),
        (Criterion("p1_resolved", "met", "no P1 so far", share_of=(0, 0)), Tone.GOOD, "met, none"),
        (Criterion("handover", "waived", "waived by ann", unit="signed"), Tone.GOOD, "waived"),
    ],
)
def test_each_state_has_its_tone_and_its_words(criterion: Criterion, tone: Tone, spoken: str) -> None:
    (line,) = panel((criterion,)).lines
    assert tone_of(criterion) is tone and line.tone is tone
    assert (
        spoken in line.spoken.replace("\u00a0", " ")
        and (definition_of(criterion).short or definition_of(criterion).title) in line.spoken
    )
    assert criterion.why in line.spoken


def test_the_head_counts_each_state_once() -> None:
    states = ["met", "met", "not_met", "unknown", "waived"]
    found = panel(tuple(Criterion("uptime", state) for state in states))
    assert found.summary == "2 met · 1 not met · 1 unknown · 1 waived"
