"""What a signature stands under: a link, a file with its hash, or a named statement. Pure; whoever reads files hashes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_FILE = re.compile(r"file:(?P<name>.+?)\s+sha256:(?P<hash>[0-9a-fA-F]{64})")
_SHORT_HASH = 8


@dataclass(frozen=True, slots=True)
class Artefact:
    """``kind``: link, file or statement. ``sha256``: of a file, '' else."""

    kind: str
    text: str
    sha256: str = ""

    @property
    def words(self) -> str:
        """Short enough for a row: 'guide.pdf · sha256 9f2c41aa…'."""
        return f"{self.text} · sha256 {self.sha256[:_SHORT_HASH]}…" if self.sha256 else self.text


def file_artefact(name: str, sha256: str) -> str:
    """How a file is written into a decision."""
    return f"file:{name} sha256:{sha256}"


def artefact_of(text: str) -> Artefact:
    """Read an artefact. Raises ValueError with a sentence when it is none."""
    bare = text.strip()
    if not bare:
        raise ValueError("A sign-off needs an artefact: a link, a file's hash or a named statement.")
    match = _FILE.fullmatch(bare)
    if match:
        return Artefact("file", match["name"], match["hash"].lower())
    if bare.startswith("file:"):
        raise ValueError(
            f'The file "{bare[5:]}" has no hash; name a file that can be read, so that its SHA-256 stands with it.'
        )
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", bare):
        parts = urlsplit(bare)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f'"{bare}" is no link that people can open; write it as https://host/page.')
        return Artefact("link", bare)
    return Artefact("statement", bare)
