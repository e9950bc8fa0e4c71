"""Saved views of the queue: a name for a filter and an order. This user's own, beside the few that come with the console."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from widgets.geometry import Preferences

KEY = "triage views"


@dataclass(frozen=True, slots=True)
class View:
    name: str
    filter: str
    sort: str = "rank"
    descending: bool = False


SHIPPED = (
    View("all open", ""),
    View("urgent", "severity:P1,P2"),
    View("breached", "is:breached"),
    View("acknowledged and forgotten", "is:forgotten"),
    View("resolved without article", "is:unwritten"),
    View("snoozed", "is:snoozed"),
)


class Views:
    """A kept view of a shipped one's name stands before it."""

    def __init__(self, preferences: Preferences | None) -> None:
        self._preferences = preferences
        self._own = [view for view in map(_view, _saved(preferences)) if view is not None]

    def names(self) -> tuple[str, ...]:
        own = [view.name for view in self._own]
        return (*own, *(view.name for view in SHIPPED if view.name not in own))

    def find(self, name: str) -> View | None:
        wanted = name.strip().casefold()
        return next((view for view in (*self._own, *SHIPPED) if view.name.casefold() == wanted), None)

    def keep(self, view: View) -> None:
        self.forget(view.name)
        self._own.insert(0, view)
        self._save()

    def forget(self, name: str) -> bool:
        """False where there is no own view of that name; a shipped one stays."""
        wanted = name.strip().casefold()
        left = [view for view in self._own if view.name.casefold() != wanted]
        gone = len(left) != len(self._own)
        self._own = left
        if gone:
            self._save()
        return gone

    def of(self, filter_text: str, sort: str, *, descending: bool) -> str:
        """The name of the view on show, '' when it is none."""
        shown = (filter_text.strip(), sort, descending)
        return next(
            (v.name for v in (*self._own, *SHIPPED) if (v.filter.strip(), v.sort, v.descending) == shown), ""
        )  # fmt: skip

    def _save(self) -> None:
        if self._preferences is not None:
            self._preferences.set(KEY, [asdict(view) for view in self._own])


def _saved(preferences: Preferences | None) -> list[object]:
    saved = preferences.get(KEY, None) if preferences is not None else None
    return list(saved) if isinstance(saved, list) else []


def _view(saved: object) -> View | None:
    """None for what was spoiled by hand or by another version."""
    if not isinstance(saved, dict):
        return None
    name, text, sort = saved.get("name"), saved.get("filter"), saved.get("sort", "rank")
    if not (isinstance(name, str) and name and isinstance(text, str) and isinstance(sort, str)):
        return None
    return View(name, text, sort, saved.get("descending") is True)
