"""The chips over the queue: what is counted, and the filter that can be taken away."""

from __future__ import annotations

from console.present.queue import word
from console.queries.tickets import QueueAnswer, QueueQuestion


def chips(filter_text: str, connected: bool = True) -> list[tuple[str, str]]:
    question = QueueQuestion(filter=filter_text)
    answer = QueueAnswer(question=question, rows=(), total=0, open=3, new=1, selected_at=-1, connected=connected)
    return [(pill.text, pill.action) for pill in word(answer, 0).chips]


def test_a_filter_is_a_chip_whose_click_takes_it_away() -> None:
    assert chips("payment")[-1] == ("payment ✕", "queue.unfilter")


def test_without_a_filter_nothing_can_be_taken_away() -> None:
    assert [action for _, action in chips("")] == ["", ""]


def test_a_long_or_hostile_filter_stays_one_short_line() -> None:
    text, _ = chips("a" * 500 + "\n\u202eb", connected=False)[0]
    assert len(text) < 30
    assert "\n" not in text and "\u202e" not in text
