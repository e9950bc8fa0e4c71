"""What was typed cannot be used: which field, and a sentence for the user."""

from __future__ import annotations


class RefusedError(Exception):
    """``field``: the name of a field or table; ``row``: a table's row from 0, None elsewhere."""

    def __init__(self, field: str, sentence: str, row: int | None = None) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence
        self.row = row
