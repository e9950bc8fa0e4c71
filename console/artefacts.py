"""Files that a signature stands under, hashed. Blocks while it reads: never on the GUI thread."""

from __future__ import annotations

import hashlib
from pathlib import Path

from console.model.artefact import file_artefact
from console.model.errors import QuestionError


def signed_file(path: Path) -> str:
    """The artefact's text: name and SHA-256, not the path, which is nobody else's business. Raises QuestionError."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise QuestionError(f"The file {path} cannot be read ({error.strerror}); check the path.") from None
    return file_artefact(path.name, digest)
