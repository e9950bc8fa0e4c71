"""Where the proof of a number is shown: in the screen's own panel where it has one, else in the sheet over any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from console.model.number import Number, from_link
from widgets.proof.links import LinkFinder

if TYPE_CHECKING:
    from widgets.proof.panel import ProofPanel
    from widgets.proof.sheet import ProofSheet
    from widgets.window import MainWindow


class Proofs(QObject):
    """``sheet`` is made with the first proof that needs it, and anew for another session."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.sheet: ProofSheet | None = None
        self.links = LinkFinder(self)
        self.links.chosen.connect(self.open_link)

    def show(self, number: Number) -> None:
        window = self._window
        if window.desk is None:
            return
        panel = self._own_panel()
        if panel is not None:
            panel.show_number(number)
            return
        if self.sheet is None:
            from widgets.proof.sheet import ProofSheet

            self.sheet = ProofSheet(window.bridge, window.desk, window)
        self.sheet.lie_between(window.status, window.timeline)
        self.sheet.open(number)

    @property
    def sheet_shown(self) -> bool:
        return self.sheet is not None and self.sheet.isVisible()

    def close_sheet(self) -> None:
        if self.sheet is not None:
            self.sheet.close_up()

    def let_go(self) -> None:
        """The session is left."""
        if self.sheet is not None:
            self.sheet.close_up()
            self.sheet.deleteLater()
            self.sheet = None

    def panel(self) -> ProofPanel | None:
        """The proof on show, None when there is none."""
        if self.sheet is not None and self.sheet.isVisible():
            return self.sheet.panel
        return self._own_panel()

    def _own_panel(self) -> ProofPanel | None:
        panel: ProofPanel | None = getattr(self._window.built(self._window.current), "proof", None)
        return panel if panel is not None and panel.isVisible() else None

    # -- actions --------------------------------------------------------------------------------------------------

    def has_proof(self) -> bool:
        panel = self.panel()
        return panel is not None and panel.figure is not None

    def copy_link(self) -> None:
        self._do("copy_link")

    def copy_text(self) -> None:
        self._do("copy_text")

    def copy_markdown(self) -> None:
        self._do("copy_markdown")

    def save_rows(self) -> None:
        self._do("save_rows")

    def _do(self, name: str) -> None:
        panel = self.panel()
        if panel is not None:
            getattr(panel, name)()

    # -- links ----------------------------------------------------------------------------------------------------

    def open_link(self, text: str) -> None:
        """Open the number a link names; one of another session is only told about."""
        window = self._window
        try:
            session, number = from_link(text)
        except ValueError as error:
            window.say(f"{error}.".replace("..", "."))
            return
        if window.desk is not None and session == window.desk.session_id:
            self.show(number)
            return
        window.bridge.ask("link", self._say_whose, window.workplace.name_of, session, failed=window.say)

    def _say_whose(self, name: str) -> None:
        whose = f'the session "{name}"; open it in Sessions first' if name else "a session that is not known here"
        ending = ", then paste the link again." if name else "."
        self._window.say(f"This link is about {whose}{ending}")
