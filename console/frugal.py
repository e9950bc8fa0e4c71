"""Asks the C library to give memory back. A console runs for weeks; what a burst needed must not stay with it.

glibc keeps an arena a thread and raises its own thresholds after every large release; both are pinned here. On other
systems nothing happens, and nothing needs to.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of ``mallopt`` in malloc.h."""


def begin() -> None:
    """Call once, before threads start."""
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


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
