"""What an append changed, as flags: announced without data, so that whoever shows such things asks again."""

from __future__ import annotations

from enum import Flag, auto


class Change(Flag):
    NONE = 0
    TRAFFIC = auto()
    TICKETS = auto()
    FEEDBACK = auto()
    RELEASES = auto()
    CRITERIA = auto()
    DECISIONS = auto()
    SOURCES = auto()
    SETTINGS = auto()
    RESOURCES = auto()
    ALERTS = auto()

    @classmethod
    def everything(cls) -> Change:
        return ~cls.NONE
