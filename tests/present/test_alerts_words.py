"""What was not judged is not quiet."""

from __future__ import annotations

from pathlib import Path

from console.present import alerts as words
from console.present.tone import Tone
from console.queries import alerts as query
from console.queries.shelf import TicketShelf
from tests.builders import T0, bench


def test_without_a_judgement_nobody_says_that_nothing_fires(tmp_path: Path) -> None:
    with bench(tmp_path, T0) as made:
        figure = words.word(query.ask(made.reader(), TicketShelf(), {}))
    assert (figure.summary, figure.tone) == ("Not judged", Tone.UNKNOWN)
    assert "unknown" in figure.nothing
