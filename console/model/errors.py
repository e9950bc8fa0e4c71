"""The world's faults, as values that carry a sentence for the user. Our own bugs are ordinary exceptions and stay loud."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """What kind of fault it is; decides freshness and how soon we ask again."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS = "tls"
    REFUSED = "refused"
    """Credentials missing, wrong or without the right (401, 403): not hammered, retried after a long pause."""
    THROTTLED = "throttled"
    """429, or a documented rate limit in other clothes."""
    NOT_FOUND = "not_found"
    SERVER = "server"
    """5xx."""
    UNREADABLE = "unreadable"
    """An answer we cannot make sense of: HTML for JSON, cut, binary, too large, wrong shape."""
    SETTINGS = "settings"
    """The settings cannot work as they are; asking again changes nothing."""
    DECLINED = "declined"
    """A write the remote understood and will not do: a transition, a value, a field of its own. Asking again changes nothing."""
    CONFLICT = "conflict"
    """A write whose guard failed: the ticket changed there since it was read. Read again, compare, then decide."""


class ConsoleError(Exception):
    """A fault of the world with one sentence for the user: what happened, what it means, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SourceError(ConsoleError):
    """A poll that gave nothing usable. ``retry_after_s``: the remote's own wish, None when it had none."""

    def __init__(self, trouble: Trouble, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[type[SourceError], tuple[Trouble, str, float | None]]:
        """A fault found in a worker process comes home whole."""
        return SourceError, (self.trouble, self.message, self.retry_after_s)


class SettingsError(ConsoleError):
    """Settings that cannot be used; nothing was changed."""


class SessionError(ConsoleError):
    """A session file that cannot be used; nothing in it was touched."""


class QuestionError(ConsoleError):
    """A question with a name or argument that does not exist; offers the nearest word."""
