"""The Sources screen and the list of sessions in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from console.model.freshness import Freshness
from console.present import words
from console.present.figures import SourceLine, SourcesFigure
from console.present.tone import Tone
from console.queries.sources import SourceAnswer, SourcesAnswer

_STATE = {
    Freshness.LIVE: ("live", Tone.GOOD),
    Freshness.EMPTY: ("live, nothing there", Tone.GOOD),
    Freshness.PARTIAL: ("partial", Tone.WARN),
    Freshness.LATE: ("late", Tone.WARN),
    Freshness.LOST: ("lost", Tone.BAD),
    Freshness.WAITING: ("waiting", Tone.UNKNOWN),
    Freshness.PAUSED: ("paused", Tone.QUIET),
}


def word(answer: SourcesAnswer, now: int, zone: ZoneInfo) -> SourcesFigure:
    """One line a source, in the order of the settings."""
    total = len(answer.sources)
    summary = f"{answer.live} of {words.plural(total, 'source')} live" if total else "No sources yet"
    return SourcesFigure(summary, tuple(_line(s, now, zone) for s in answer.sources))


def _line(answer: SourceAnswer, now: int, zone: ZoneInfo) -> SourceLine:
    standing, health = answer.standing, answer.standing.health
    source = standing.source
    state, tone = _STATE[answer.freshness]
    address = str(source.options.get("url") or source.options.get("path") or source.options.get("listen") or "")
    good = health.last_good or answer.last_good
    last = "no answer yet" if good is None else f"{words.clock(good, zone, seconds=True)} · {words.age(good, now)}"
    if source.paused:
        coming = "paused"
    elif health.asking:
        coming = "asking now"
    elif health.next_due is None:
        coming = ""
    else:
        coming = words.age(health.next_due, now) if health.next_due > now + 1_000_000 else "now"
    progress, progress_words = None, ""
    if health.progress is not None:
        progress_words = health.progress.words
        progress = health.progress.done / health.progress.total if health.progress.total else 0.0
    trouble = health.sentence or answer.error or health.partial
    return SourceLine(
        source.name, source.kind, standing.kind_title, state, tone, address, last, coming, trouble, health.note, progress,
        progress_words, source.paused, words.plural(answer.rows, "row"),
    )  # fmt: skip
