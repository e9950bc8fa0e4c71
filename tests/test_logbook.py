"""What is logged names no secret, and nobody else can read it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import logbook

SECRET = "s3cr3t-Value.42"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    found = logging.getLogger()
    before, level = list(found.handlers), found.level
    yield found
    for handler in [h for h in found.handlers if h not in before]:
        found.removeHandler(handler)
        handler.close()
    found.setLevel(level)


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {SECRET}",
        f"authorization=Basic {SECRET}==",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        f'{{"password": "{SECRET}", "user": "ann"}}',
        f"'api_key': '{SECRET}'",
        f"X-Api-Key: {SECRET}",
        f"PRIVATE-TOKEN: {SECRET}",
        f"GET https://x.test/a?token={SECRET}&b=1",
        f"GET https://x.test/a?access_token={SECRET}",
        f"HYPERCARE_SECRET_EDGE={SECRET}",
        f"Cookie: session={SECRET}",
        f"postgres://ann:{SECRET}@db.test/x",
        f"the header was bearer {SECRET}",
    ],
)
def test_what_looks_like_a_credential_is_blanked_out(line: str) -> None:
    assert SECRET not in logbook.redact(line)


@pytest.mark.parametrize(
    "line", ["the key A-1 is ambiguous", "tokens: none seen", "edge: live 12 rows", "https://x.test/a@b"]
)
def test_ordinary_words_stay(line: str) -> None:
    assert logbook.redact(line).split(":")[0] == line.split(":")[0]


def test_the_file_is_private_also_after_it_turned_over(tmp_path: Path, root: logging.Logger) -> None:
    old = os.umask(0o022)
    try:
        logbook.start(tmp_path / "logs")
        logging.getLogger("t").info("first")
        (handler,) = [h for h in root.handlers if isinstance(h, logging.handlers.RotatingFileHandler)]
        handler.doRollover()
        logging.getLogger("t").info("second")
    finally:
        os.umask(old)
    files = sorted((tmp_path / "logs").iterdir())
    assert [f.name for f in files] == ["console.log", "console.log.1"]
    assert [stat.S_IMODE(f.stat().st_mode) for f in files] == [0o600, 0o600]


def test_a_secret_in_an_exception_is_blanked_too(tmp_path: Path, root: logging.Logger) -> None:
    logbook.start(tmp_path)
    try:
        raise ValueError(f"token={SECRET}")
    except ValueError:
        logging.getLogger("t").exception("it failed with password=%s", SECRET)
    text = (tmp_path / "console.log").read_text("utf-8")
    assert "ValueError" in text and SECRET not in text


def test_lines_of_the_http_client_stay_out_because_they_carry_addresses(tmp_path: Path, root: logging.Logger) -> None:
    logbook.start(tmp_path, loud=True)
    logging.getLogger("httpx").info("GET https://x.test/secret-path")
    logging.getLogger("ours").info("kept")
    text = (tmp_path / "console.log").read_text("utf-8")
    assert "secret-path" not in text and "kept" in text
