"""What the process takes for itself: memory given back to the system, and pauses of the garbage collector.

A console runs for weeks; what a burst needed must not stay with it. glibc keeps an arena a thread and raises its own
thresholds after every large release; both are pinned here. On other systems that does nothing, and nothing needs to.

The collector stops every thread while it looks through all objects there are, again and again while answers come in: half of
what the window once stood still. What was loaded and built for good is therefore left out of its rounds (``settle``), and
the rounds are fewer. Objects that are dropped without a cycle need no collector at all.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import gc
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of ``mallopt`` in malloc.h."""
_ROUNDS = (4_000, 10, 10)
"""Objects made and not dropped before the youngest are looked through; how many such rounds before the older ones are."""


def begin() -> None:
    """Call once, before threads start."""
    gc.set_threshold(*_ROUNDS)
    library = _glibc()
    if library is not None:
        library.mallopt(_ARENA_MAX, 2)
        library.mallopt(_MMAP_THRESHOLD, 128 * 1024)
        library.mallopt(_TRIM_THRESHOLD, 512 * 1024)


def give_back() -> None:
    """Return what is free to the system. A few milliseconds; any thread."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def settle() -> None:
    """What stands now is there to stay: later collections leave it out. Costs nothing; any thread."""
    gc.set_threshold(*_ROUNDS)
    gc.freeze()


def unsettle() -> None:
    """Something large was let go: look through everything once. Some 100 ms in which all threads stand still."""
    gc.unfreeze()
    gc.collect()


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
