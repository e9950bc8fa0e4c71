"""Logs that rotation has packed. What our standard library unpacks is read like any other file; the rest is named.

What one would get wrong: a packed file has no size to compare with a place in it, it must be read to learn that; and one
that is still being packed, or was cut, ends in the middle.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_OPENERS: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
FOREIGN = frozenset({".zst", ".lz4", ".Z"})
"""Packed in a way that cannot be read here."""
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
"""What reading raises when the file is cut or no such file at all, beside the OSError with which ``bz2`` says it."""


def is_packed(path: Path) -> bool:
    """Whether it is packed in a way that can be read here."""
    return path.suffix in _OPENERS


def open_log(path: Path) -> IO[bytes]:
    """The log's plain bytes. Raises OSError; reading a packed one may raise ``DAMAGED``."""
    if not is_packed(path):
        return path.open("rb")
    unpacked: IO[bytes] = _OPENERS[path.suffix](path)
    return unpacked
