"""The forecast of the exit in words and bars."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from console.model.forecast.exit import READY, Outcome, WhatIf
from console.model.forecast.score import Score
from console.model.moment import DAY, to_datetime
from console.present import words
from console.present.figures import Pill
from console.present.forecast_figures import Bar, ForecastFigure, Point, ScoreFigure, WhatIfLine
from console.present.tone import Tone
from console.queries.forecast import ForecastAnswer

TITLE = "When may we stop?"
_BARS = 12
_LEARNING = 3.0
"""Days since go-live under which the forecast says that it is still learning."""
_ASSUMED = {
    "signed": "signed in time: {}",
    "deferred": "what is left is deferred by decision in time: {}",
    "verified": "what is resolved is verified in time: {}",
    "waived": "waivers end when they say: {}",
    "plain": "without a model, taken as it stands: {}",
}


def word(answer: ForecastAnswer, score: Score) -> ForecastFigure:
    """Everything the card shows."""
    aside = f"{words.count(answer.forecast.futures)} simulated futures"
    told = word_score(score)
    outcome = answer.forecast.outcome
    if outcome is None:
        sentence = f"Unknown: {answer.forecast.blocked}."
        pill = Pill("Forecast unknown", Tone.UNKNOWN, spoken=f"The forecast is unknown: {answer.forecast.blocked}")
        return ForecastFigure(TITLE, "", unknown=sentence, score=told, pills=(pill,), spoken=f"{TITLE} {sentence}")
    if answer.since < _LEARNING:
        aside = f"learning from {words.duration(answer.since * 86_400)} · {aside}"
    binding = answer.titles.get(answer.forecast.binding, answer.forecast.binding)
    headline = _headline(answer, outcome)
    pills = [Pill(headline, Tone.GOOD if answer.ready_now else Tone.NEUTRAL)]
    if binding and not answer.ready_now:
        pills.append(Pill(f"Binding: {binding}", spoken=f"What most often comes last is {binding}"))
    bars = _bars(answer, outcome)
    spoken = f"{TITLE} {headline}. " + ", ".join(f"{bar.label} {bar.text}" for bar in bars)
    return ForecastFigure(
        TITLE, aside, bars, READY, words.share(READY, 0), headline,
        tuple(_what_if(answer, line) for line in answer.forecast.what_ifs), _notes(answer, outcome), score=told,
        pills=tuple(pills), spoken=spoken,
    )  # fmt: skip


def word_score(score: Score) -> ScoreFigure:
    """The Brier score beside what it must beat, and the calibration points."""
    if score.brier is None:
        text = "No past forecast has come due yet; each is kept and scored once its day has passed."
        return ScoreFigure(text, spoken=text)
    text = (
        f"Past forecasts: Brier {score.brier:.2f} (always saying the usual share: {score.usual or 0:.2f}) · "
        f"{words.plural(score.n, 'forecast')} of {words.plural(score.days, 'day')}"
    )
    points = tuple(Point(b.forecast, b.came, b.low, b.high, b.n) for b in score.bins)
    groups = "; ".join(
        f"said {words.share(b.forecast, 0)}, came {words.share(b.came, 0)} of {words.count(b.n)}" for b in score.bins
    )
    return ScoreFigure(text, points, f"{text}. Calibration: {groups}")


def _bars(answer: ForecastAnswer, outcome: Outcome) -> tuple[Bar, ...]:
    zone = ZoneInfo(answer.zone)
    ready = outcome.ready
    found = []
    for i, (end, share) in enumerate(zip(answer.ends, outcome.probability, strict=True)):
        if i >= _BARS:
            break
        # Midnight belongs to the day that ends with it.
        local = to_datetime(end - DAY // 24).astimezone(zone)
        found.append(Bar(f"{local:%a}", _date(answer, i), share, _percent(share), i == ready))
    return tuple(found)


def _percent(share: float) -> str:
    """Whole per cent; only none and all of the futures read 0 and 100."""
    if 0 < share < 0.005:
        return f"<{words.share(0.01, 0)}"
    if 0.995 <= share < 1:
        return f">{words.share(0.99, 0)}"
    return words.share(share, 0)


def _date(answer: ForecastAnswer, index: int) -> str:
    local = to_datetime(answer.ends[index] - DAY // 24).astimezone(ZoneInfo(answer.zone))
    return f"{local:%a} {local.day} {local:%b}"


def _headline(answer: ForecastAnswer, outcome: Outcome) -> str:
    if answer.ready_now:
        return "Ready now"
    if outcome.ready is not None:
        return f"Ready {_date(answer, outcome.ready)} with {words.share(READY, 0)}"
    best = outcome.probability[-1] if outcome.probability else 0.0
    return f"Not ready within {len(answer.ends)} days with {words.share(READY, 0)} (only {_percent(best)})"


def _day_words(answer: ForecastAnswer, outcome: Outcome) -> str:
    if outcome.ready is None:
        return f"not within {len(answer.ends)} days"
    return _date(answer, outcome.ready).rsplit(" ", 1)[0]


def _what_if(answer: ForecastAnswer, line: WhatIf) -> WhatIfLine:
    title = answer.titles.get(line.subject, line.subject)
    match line.kind:
        case "closes":
            text = f"If {line.subject} closes today"
        case "stays":
            text = f"If {title.removeprefix('API ')} stays at {words.share(line.value)}"
        case _:
            text = f"If {title} is waived"
    value = _day_words(answer, line.outcome)
    return WhatIfLine(text, value, _bars(answer, line.outcome), f"{text}: ready {value} with {words.share(READY, 0)}")


def _notes(answer: ForecastAnswer, outcome: Outcome) -> tuple[str, ...]:
    found = []
    if not answer.ready_now:
        found.append(_interval(answer, outcome))
    for what, keys in answer.forecast.assumed:
        named = ", ".join(answer.titles.get(key, key) for key in keys)
        found.append(f"Assumed {_ASSUMED[what].format(named)}.")
    return tuple(found)


def _interval(answer: ForecastAnswer, outcome: Outcome) -> str:
    zone = ZoneInfo(answer.zone)

    def on(days: float) -> str:
        local = to_datetime(answer.at + round(days * DAY)).astimezone(zone)
        return f"{local:%a} {local.day} {local:%b}"

    if outcome.low is None:
        return f"80 % of the futures have no exit within {len(answer.ends)} days."
    if outcome.high is None:
        return f"80 % of the futures end after {on(outcome.low)}, some not within {len(answer.ends)} days."
    return f"80 % of the futures end between {on(outcome.low)} and {on(outcome.high)}."
