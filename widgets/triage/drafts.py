"""What was typed and not decided, kept in the preferences: an Escape, a crash or a restart loses none of it."""

from __future__ import annotations

from widgets.geometry import Preferences

KEY = "triage drafts"
_MOST = 40


class Drafts:
    """One text for each act and what it is about; the oldest of too many go."""

    def __init__(self, preferences: Preferences | None) -> None:
        self._preferences = preferences
        saved = preferences.get(KEY, None) if preferences is not None else None
        good = isinstance(saved, dict) and all(isinstance(k, str) and isinstance(v, str) for k, v in saved.items())
        self._texts: dict[str, str] = dict(saved) if good and saved is not None else {}

    def of(self, act: str, subject: str) -> str:
        return self._texts.get(f"{act}|{subject}", "")

    def keep(self, act: str, subject: str, text: str) -> None:
        """'' forgets it."""
        name = f"{act}|{subject}"
        before = self._texts.pop(name, "")
        if text.strip():
            self._texts[name] = text
        while len(self._texts) > _MOST:
            del self._texts[next(iter(self._texts))]
        if before != text and self._preferences is not None:
            self._preferences.set(KEY, dict(self._texts))

    def newest(self) -> tuple[str, str] | None:
        """The act and subject of the text typed last; None without any."""
        if not self._texts:
            return None
        act, _, subject = list(self._texts)[-1].partition("|")
        return act, subject
