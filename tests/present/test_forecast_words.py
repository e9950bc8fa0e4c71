"""The forecast in words: the first day with 80 %, what binds, what was assumed, and unknown said as such."""

from __future__ import annotations

from console.model.criterion import Criterion, Definition
from console.model.forecast.exit import Forecast, Outcome, WhatIf
from console.model.forecast.score import Due, Score, score
from console.model.moment import DAY, LIVE, parse_instant
from console.present.forecast import word
from console.queries.forecast import ForecastAnswer

AT = parse_instant("2026-11-20T14:21:00Z")
MIDNIGHT = parse_instant("2026-11-21T00:00:00Z")
CRITERIA = (
    Criterion("error_rate_5xx", "not_met", definition=Definition("error_rate_5xx", "API 5xx rate", short="API 5xx")),
    Criterion("handover", "not_met", definition=Definition("handover", "Team handover")),
)


def answer(outcome: Outcome | None, *, blocked: str = "", since: float = 6.0, **rest: object) -> ForecastAnswer:
    ends = tuple(MIDNIGHT + i * DAY for i in range(30))
    made = Forecast(outcome, blocked=blocked, **rest)  # type: ignore[arg-type]
    return ForecastAnswer(LIVE, AT, "UTC", since, ends, CRITERIA, made)


def outcome(*start: float, low: float | None = 2.0, high: float | None = 9.0) -> Outcome:
    rest = [start[-1]] * (30 - len(start))
    return Outcome((*start, *rest), low, high)


def test_the_first_day_with_eighty_per_cent_stands_in_the_headline() -> None:
    found = word(answer(outcome(0.02, 0.04, 0.5, 0.8, 0.9), binding="error_rate_5xx"), Score())
    assert found.headline == "Ready Mon 23 Nov with 80\u00a0%"
    assert [pill.text for pill in found.pills] == [found.headline, "Binding: API 5xx"]
    assert [bar.label for bar in found.bars[:4]] == ["Fri", "Sat", "Sun", "Mon"]
    assert [bar.first for bar in found.bars[:5]] == [False, False, False, True, False]
    assert len(found.bars) == 12
    assert "between Sun 22 Nov and Sun 29 Nov" in found.notes[0]


def test_an_exit_that_may_not_come_is_said() -> None:
    found = word(answer(outcome(0.0, 0.47, high=None)), Score())
    assert found.headline == "Not ready within 30 days with 80\u00a0% (only 47\u00a0%)"
    assert found.notes[0].endswith("some not within 30 days.")
    never = word(answer(outcome(0.0, low=None, high=None)), Score())
    assert never.notes[0] == "80 % of the futures have no exit within 30 days."


def test_only_none_and_all_of_the_futures_read_0_and_100() -> None:
    texts = [bar.text for bar in word(answer(outcome(0.0, 0.001, 0.5, 0.9985, 1.0)), Score()).bars[:5]]
    assert texts == ["0\u00a0%", "<1\u00a0%", "50\u00a0%", ">99\u00a0%", "100\u00a0%"]


def test_unknown_has_no_bars() -> None:
    found = word(answer(None, blocked="CSAT is unknown (no answers)"), Score())
    assert found.unknown == "Unknown: CSAT is unknown (no answers)." and found.bars == ()
    assert [pill.text for pill in found.pills] == ["Forecast unknown"]


def test_a_young_launch_says_that_it_is_learning() -> None:
    assert word(answer(outcome(0.5), since=1.5), Score()).aside.startswith("learning from 1\u00a0d")
    assert not word(answer(outcome(0.5), since=5.0), Score()).aside.startswith("learning")


def test_what_ifs_and_assumptions_are_named() -> None:
    made = answer(
        outcome(0.1, 0.9),
        what_ifs=(
            WhatIf("closes", "PAY-1482", outcome(0.85)),
            WhatIf("stays", "error_rate_5xx", outcome(0.0), 0.004),
            WhatIf("waived", "error_rate_5xx", outcome(0.1, 0.85)),
        ),
        assumed=(("signed", ("handover",)),),
    )
    found = word(made, Score())
    assert [(line.text, line.value) for line in found.what_ifs] == [
        ("If PAY-1482 closes today", "Fri 20"),
        ("If 5xx stays at 0.40\u00a0%", "not within 30 days"),
        ("If API 5xx is waived", "Sat 21"),
    ]
    assert "Assumed signed in time: Team handover." in found.notes
    head, first, *_ = found.twin()
    assert head[:3] == ["Exit by the end of", "Probability", "If PAY-1482 closes today"]
    assert first[:3] == ["Fri 20 Nov", "10\u00a0%", "85\u00a0%"]


def test_past_forecasts_are_scored_beside_what_they_must_beat() -> None:
    told = [Due(0, 1, 0.9, True), Due(0, 2, 0.2, False)]
    found = word(answer(outcome(0.5)), score(told)).score
    assert (
        found.text
        == "Past forecasts: Brier 0.03 (always saying the usual share: 0.25) · 2\u00a0forecasts of 2\u00a0days"
    )
    assert [(p.forecast, p.came) for p in found.points] == [(0.2, 0.0), (0.9, 1.0)]
    assert word(answer(outcome(0.5)), Score()).score.text.startswith("No past forecast has come due")
