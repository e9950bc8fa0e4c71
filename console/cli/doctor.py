"""``doctor``: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from console import settings as settings_file
from console.model.errors import ConsoleError
from console.model.moment import DAY
from console.paths import places
from console.present import words
from console.settings import SourceSettings
from console.sources import registry
from console.sources.site import Site
from console.store.session import SystemClock
from console.vault import KeyringVault
from console.work.lanes import ProcessWorkshop

QT_PACKAGES = "libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
INSTALL_LINE = f"apt-get install -y {QT_PACKAGES}"
_LIBRARIES = ("PySide6-Essentials", "pyqtgraph", "httpx", "duckdb", "keyring", "msgspec", "numpy", "pyarrow")


QT_TRIAL = "import PySide6.QtWidgets, PySide6.QtGui"
"""What a process is asked to do to learn whether Qt loads. A bundle has no Python for it and answers by itself."""


def qt_fault() -> str:
    """Why Qt cannot be loaded here, with the line that installs what it lacks; '' when it can.

    Asked in a process of its own, because a failed import leaves this one half loaded.
    """
    if importlib.util.find_spec("PySide6") is None:
        return "PySide6 is not installed; run: uv sync"
    tried = subprocess.run([sys.executable, "-c", QT_TRIAL], capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return ""
    last = (tried.stderr.strip().splitlines() or ["unknown"])[-1]
    return f"Qt lacks system libraries ({last}); install them: {INSTALL_LINE}"


def run(given: argparse.Namespace) -> int:
    """Print the findings. 0 always, unless the settings named cannot be read (2)."""
    findings: list[dict[str, Any]] = [
        _finding("python", True, platform.python_version()),
        *(_finding(name, True, importlib.metadata.version(name)) for name in _LIBRARIES),
    ]
    fault = qt_fault()
    findings.append(_finding("qt", not fault, fault or "loads"))
    findings.append(_keyring())
    findings.append(_writable())
    if given.config:
        try:
            settings = settings_file.load(Path(given.config))
            findings.extend(asyncio.run(_reachable(settings.source)))
        except ConsoleError as error:
            print(f"hypercare: {error.message}", file=sys.stderr)
            return 2
    if given.json:
        print(msgspec.json.format(msgspec.json.encode(findings), indent=2).decode())
    else:
        for finding in findings:
            print(f"{'✓' if finding['fine'] else '✕'} {finding['what']:20} {finding['words']}")
    return 0


def _finding(what: str, fine: bool, text: str) -> dict[str, Any]:
    return {"what": what, "fine": fine, "words": text}


def _keyring() -> dict[str, Any]:
    name = KeyringVault().backend()
    if name.lower().startswith(("fail", "null", "no ")):
        return _finding("keyring", False, f"none ({name}): credentials last for one run; or set HYPERCARE_SECRET_NAME")
    return _finding("keyring", True, name)


def _writable() -> dict[str, Any]:
    folder = places().sessions
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = folder / ".trial"
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        return _finding("sessions", False, f"{folder} cannot be written ({error.strerror})")
    return _finding("sessions", True, f"{folder}, {words.bytes_of(shutil.disk_usage(folder).free)} free")


async def _reachable(sources: list[SourceSettings]) -> list[dict[str, Any]]:
    found = []
    vault, now = KeyringVault(), SystemClock().now()
    for source in sources:
        try:
            secret = vault.get(source.credential) if source.credential else None
            site = Site(source.name, ProcessWorkshop(), registry.period_of(source), now, now - DAY, secret)
            remote = registry.build(source, site)
            try:
                seen = await remote.look(now)
            finally:
                await remote.close()
            found.append(_finding(f"source {source.name}", True, seen.headline))
        except ConsoleError as error:
            found.append(_finding(f"source {source.name}", False, error.message))
    return found
