"""Where the window stands: a remembered rectangle made to fit the screens that exist now. Pure, without Qt.

What one would get wrong: a screen may be gone, smaller, or have another scale since; a window whose title bar is off
screen cannot be fetched back by hand. All lengths are device-independent pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

KEY = "window"
LEAST = (960, 600)
USUAL = (1600, 900)


class Box(NamedTuple):
    """A rectangle: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def common(self, other: Box) -> int:
        """The area both share, in square pixels."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(0, across) * max(0, down)


class Display(NamedTuple):
    """A screen: its name as the system gives it, and the part of it that no task bar covers."""

    name: str
    box: Box


class Place(NamedTuple):
    """Where a window stood: its rectangle, the screen it stood on as it was then, and whether it filled it."""

    box: Box
    display: Display
    maximized: bool = False


class Preferences(Protocol):
    """Small remembered choices of this machine's user, already in memory."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...


def fit(place: Place | None, displays: Sequence[Display]) -> Box:
    """The rectangle to open with: always wholly inside one of ``displays`` (the first is the main one).

    The screen of the same name is taken first, scaled when it has another size now; then the one that shares most with
    the old rectangle; else the main one, centred. Raises ValueError without any display.
    """
    if not displays:
        raise ValueError("there is no screen to stand on")
    if place is None:
        return _centred(Box(0, 0, *USUAL), displays[0].box)
    same = next((d for d in displays if d.name == place.display.name), None)
    if same is not None:
        return inside(_carried(place.box, place.display.box, same.box), same.box)
    most = max(displays, key=lambda d: d.box.common(place.box))
    if most.box.common(place.box) == 0:
        return _centred(place.box, displays[0].box)
    return inside(place.box, most.box)


def inside(box: Box, room: Box) -> Box:
    """``box`` made no larger than ``room``, no smaller than LEAST where the room allows, and moved into it."""
    width = min(max(box.width, LEAST[0]), room.width)
    height = min(max(box.height, LEAST[1]), room.height)
    x = min(max(box.x, room.x), room.right - width)
    y = min(max(box.y, room.y), room.bottom - height)
    return Box(x, y, width, height)


def _centred(box: Box, room: Box) -> Box:
    sized = inside(box, room)
    return sized._replace(x=room.x + (room.width - sized.width) // 2, y=room.y + (room.height - sized.height) // 2)


def _carried(box: Box, old: Box, new: Box) -> Box:
    """The same share of the screen, when the screen has another size or place now."""
    if old == new or old.width <= 0 or old.height <= 0:
        return box
    across, down = new.width / old.width, new.height / old.height
    return Box(
        new.x + round((box.x - old.x) * across),
        new.y + round((box.y - old.y) * down),
        round(box.width * across),
        round(box.height * down),
    )


def remember(preferences: Preferences, place: Place) -> None:
    """Put the place into the preferences, as plain values."""
    preferences.set(
        KEY,
        {
            "box": list(place.box),
            "screen": place.display.name,
            "screen_box": list(place.display.box),
            "maximized": place.maximized,
        },
    )


def recall(preferences: Preferences) -> Place | None:
    """The remembered place; None when there is none or it makes no sense (edited by hand, another version)."""
    saved = preferences.get(KEY, None)
    if not isinstance(saved, dict):
        return None
    box, room = _box(saved.get("box")), _box(saved.get("screen_box"))
    if box is None or room is None:
        return None
    return Place(box, Display(str(saved.get("screen", "")), room), bool(saved.get("maximized", False)))


def _box(value: Any) -> Box | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    if not all(isinstance(part, int) and abs(part) < 1_000_000 for part in value):
        return None
    box = Box(*value)
    return box if box.width > 0 and box.height > 0 else None
