"""Logging: one rotating file a user, secrets blanked out, and the same lines on stderr for commands."""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
from io import TextIOWrapper
from pathlib import Path

_SECRETS = re.compile(
    r"(?i)((?:authorization|token|password|passwd|secret|api[-_]?key|cookie)\w*[\"']?\s*[:=]\s*)"
    r"(?:\"[^\"]*\"|'[^']*'|(?:bearer |basic )?[^\s,;\"'&]+)"
)
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s@\"']+@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")


def redact(text: str) -> str:
    """Blank out what looks like a credential."""
    return _USERINFO.sub(r"\1••••@", _BEARER.sub(r"\1 ••••", _SECRETS.sub(r"\1••••", text)))


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """Only this user may read it, also after it turned over: redaction knows no customer's names."""

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        os.chmod(self.baseFilename, 0o600)
        return super()._open()


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def start(folder: Path | None, *, loud: bool = False) -> None:
    """Log to ``folder`` (None: nowhere) and, when ``loud``, to stderr. Request lines of the HTTP client stay out."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    for name in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    form = _Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = _PrivateFile(folder / "console.log", maxBytes=2_000_000, backupCount=3, encoding="utf-8")
        file.setFormatter(form)
        root.addHandler(file)
    if loud:
        stream = logging.StreamHandler()
        stream.setFormatter(form)
        stream.setLevel(logging.WARNING)
        root.addHandler(stream)
