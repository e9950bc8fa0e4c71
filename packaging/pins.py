"""Writes the exact version of every library, for every platform, into ``[tool.uv] constraint-dependencies``.

What one would get wrong: the pins come from a lock file that resolves for all systems at once, not from the libraries
that happen to be installed here, so a library that only Windows or macOS needs is pinned too, with its marker. A
``uv.lock`` that stands beside ``pyproject.toml`` keeps its versions; ``--upgrade`` asks for the newest that the bounds
allow. The work is done on a copy, so that a failure leaves the project as it was.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_TABLE = re.compile(r"^\[tool\.uv\]\n(?:(?!\[).*\n?)*", re.MULTILINE)
_PINS = re.compile(r"^constraint-dependencies = \[\n(?:    .*\n)*\]\n", re.MULTILINE)
_LINE = re.compile(r"^[A-Za-z0-9._-]+==[^\s;]+( ; .+)?$")


def main(arguments: list[str] | None = None) -> int:
    """Rewrite the pins, or with ``--check`` only compare. 0 when they stand, 1 when they do not or uv failed."""
    parser = argparse.ArgumentParser(description="Pin the whole dependency tree in pyproject.toml.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that the bounds allow")
    parser.add_argument("--check", action="store_true", help="change nothing; 1 when a pin is missing or stale")
    given = parser.parse_args(arguments)
    project = _ROOT / "pyproject.toml"
    before = project.read_text("utf-8")
    try:
        pins = resolve(before, None if given.upgrade else _ROOT / "uv.lock", keep=given.check)
    except subprocess.CalledProcessError as error:
        print(f"uv could not resolve the tree: {error.stderr.strip()}", file=sys.stderr)
        return 1
    if given.check:
        stale = versions(tomllib.loads(before)["tool"]["uv"].get("constraint-dependencies", [])) ^ versions(pins)
        print(f"these pins are stale: {', '.join(sorted(stale))}; run: uv run poe pins" if stale else "the pins stand")
        return int(bool(stale))
    project.write_text(with_pins(before, pins), "utf-8")
    print(f"{len(pins)} libraries pinned")
    return 0


def resolve(document: str, lock: Path | None, *, keep: bool) -> list[str]:
    """The whole tree as ``name==version ; marker``, sorted. ``keep``: the pins of the document bind the answer."""
    with tempfile.TemporaryDirectory(prefix="pins-") as folder:
        copy = Path(folder)
        (copy / "pyproject.toml").write_text(document if keep else with_pins(document, []), "utf-8")
        for name in ("README.md", "LICENSE"):
            (copy / name).write_text("", "utf-8")
        if lock is not None and lock.exists():
            shutil.copy(lock, copy / "uv.lock")
        _uv(["lock"], copy)
        listed = _uv(
            ["export", "--no-hashes", "--all-groups", "--no-emit-project", "--no-annotate", "--no-header", "--frozen"],
            copy,
        )
    lines = [line.strip() for line in listed.splitlines() if line.strip()]
    strange = [line for line in lines if not _LINE.match(line)]
    if strange:
        raise ValueError(f"an export line that is no exact pin: {strange[0]}")
    return sorted(lines, key=str.lower)


def versions(pins: list[str]) -> set[str]:
    """The pins without their markers, which each version of uv writes in its own way."""
    return {pin.partition(" ;")[0] for pin in pins}


def with_pins(document: str, pins: list[str]) -> str:
    """The document with exactly these constraints; everything else in ``[tool.uv]`` stays."""
    table = _TABLE.search(document)
    if table is None:
        raise ValueError("pyproject.toml has no [tool.uv]")
    bare = _PINS.sub("", table.group()).rstrip("\n") + "\n"
    quoted = "".join(f'    "{_escaped(pin)}",\n' for pin in pins)
    block = f"constraint-dependencies = [\n{quoted}]\n" if pins else ""
    rest = document[table.end() :]
    return document[: table.start()] + bare + block + ("\n" if rest else "") + rest


def _escaped(pin: str) -> str:
    return pin.replace("\\", "\\\\").replace('"', '\\"')


def _uv(arguments: list[str], folder: Path) -> str:
    done = subprocess.run(["uv", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=600)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
