"""The palette finds a pasted link to a number, until the system itself knows our scheme."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from console.model.number import from_link, is_link
from widgets.palette import Hit


class LinkFinder(QObject):
    """Offers to open what was pasted; ``chosen`` carries the link. A damaged link is offered too, and then says why."""

    chosen = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._text = ""

    def find(self, typed: str) -> list[Hit]:
        """As ``palette.Finder``."""
        text = typed.strip()
        if not is_link(text):
            return []
        self._text = text
        try:
            _, number = from_link(text)
        except ValueError:
            what = "Link"
        else:
            what = number.kpi or number.criterion
        return [Hit("proof.open", "Open the link", what, "", self._run)]

    def _run(self) -> None:
        self.chosen.emit(self._text)
