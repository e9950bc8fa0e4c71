"""Patterns of routes as people write them: ``*`` is any text, ``?`` any one character, all else stands for itself.

What one would get wrong: brackets and backslashes stand in real routes ("/orders/[id]"), so they mean nothing here. The
macro ``is_internal`` says the same in SQL, and a test holds the two together.
"""

from __future__ import annotations

import re
from functools import lru_cache


def is_internal(route: str, patterns: list[str]) -> bool:
    """Patterns may name the method or not: ``/health*`` and ``GET /health*`` both meet ``GET /health``."""
    method, _, path = route.partition(" ")
    bare = path if method.isascii() and method.isalpha() and method.isupper() and " " in route else route
    return any(_expression(p).fullmatch(route) or _expression(p).fullmatch(bare) for p in patterns)


@lru_cache(maxsize=1_000)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(letter) or re.escape(letter) for letter in pattern), re.DOTALL)
