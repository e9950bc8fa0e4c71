"""The time zone of this machine, for sessions that name none."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo


def local_zone() -> str:
    """This machine's zone by name, UTC when it has none."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        link = Path("/etc/localtime")
        parts = str(link.resolve()).split("zoneinfo/") if link.exists() else []
        name = parts[1] if len(parts) == 2 else "UTC"
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return "UTC"
    return name
