"""A log file that is written while we read it: where we stood, what became of the file since, the whole lines after it.

What one would get wrong: taking a file for the same because its name is the same (rotation), or because its inode is
(truncation, or an inode used again). A place therefore also remembers what the file began with. Blocking:
run in a thread.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import IO

import msgspec

from console.model.errors import SourceError, Trouble
from console.sources.gateways.packed_log import DAMAGED, FOREIGN, is_packed, open_log

LONGEST_LINE = 1_000_000
_HEAD = 512
_ROTATED = re.compile(r"[._-]\d[\dT_.:+-]*(\.gz|\.bz2|\.xz|\.zst|\.lz4|\.Z)?")


class Place(msgspec.Struct, frozen=True):
    """Where reading stopped in one file. ``offset`` is the start of the first line not read.

    ``head``: hash of the file's first ``head_size`` bytes, which come after ``hole`` bytes of nothing (an emptied file whose
    writer went on where it was: HAProxy's own standard output). ``skipping``: inside a line too long to be read.
    ``grew_at``: when it was last seen to have more, in instants. ``read_out``: nothing was left after the last reading.
    ``empty_at``: when a file in which nothing was found was last written, by its own clock in ns; ``beside``: inodes of
    the rotated files that lay beside it then.
    """

    device: int
    inode: int
    offset: int = 0
    head_size: int = 0
    head: bytes = b""
    skipping: bool = False
    grew_at: int = 0
    read_out: bool = False
    hole: int = 0
    empty_at: int = 0
    beside: tuple[int, ...] = ()


class Stretch(msgspec.Struct):
    """Whole lines read from a place, and the place after them. ``rest``: bytes of an unfinished last line.

    ``size`` of the file when it was read; ``ended``: read up to its end. ``damaged``: a packed file that cannot be
    unpacked there, so that nothing more can be read of it.
    """

    place: Place
    lines: list[bytes]
    read: int
    rest: bytes
    size: int
    ended: bool
    too_long: int = 0
    damaged: bool = False


def begin(path: Path) -> Place:
    """The start of the file as it is now. Raises SourceError with what to do when there is none to read."""
    info = _stat(path)
    return Place(info.st_dev, info.st_ino)


def same(place: Place, path: Path) -> bool:
    """Whether ``path`` is still the file of ``place``, only longer: inode, size and beginning agree."""
    try:
        info = path.stat()
    except OSError:
        return False
    return (info.st_dev, info.st_ino) == (place.device, place.inode) and _continues(place, path, info.st_size)


def moved(place: Place, path: Path) -> Path | None:
    """The file of ``place`` under the name rotation gave it (renamed, copied before truncation, or packed), beside ``path``."""
    for sibling in sorted(_siblings(path), key=is_packed):
        try:
            info = sibling.stat()
        except OSError:
            continue
        if not stat.S_ISREG(info.st_mode) or (info.st_dev, info.st_ino) == _identity(path):
            continue
        renamed = (info.st_dev, info.st_ino) == (place.device, place.inode)
        if (renamed or place.head_size) and _continues(place, sibling, info.st_size):
            return sibling
    return None


def unseen(place: Place, path: Path) -> tuple[list[Place], bool]:
    """Files that came and went between the one of ``place`` and the present one, while nobody read; oldest first.

    The second value: one of them is packed in a way that cannot be read here. Only names that differ by a number or
    date count, so that a neighbour such as ``access-admin.log`` is never taken for ours.
    """
    where = moved(place, path)
    if where is None:
        return [], False
    try:
        last = where.stat().st_mtime_ns
    except OSError:
        return [], False
    later = sorted((info.st_mtime_ns, p, info) for p, info in _rotated(path) if info.st_mtime_ns > last)
    others = [(p, info) for _, p, info in later if p != where]
    foreign = [p for p, _ in others if p.suffix in FOREIGN]
    return [Place(info.st_dev, info.st_ino) for p, info in others if p.suffix not in FOREIGN], bool(foreign)


def copied(place: Place, path: Path) -> list[Place]:
    """Copies made of a file that was empty when we looked, and emptied again before we looked a second time; oldest first.

    Such a file has no beginning to be known by, so only what came beside it tells: a new file under a rotated name,
    written after the empty one, that does not begin as the present file does (that one is somebody's own copy).
    """
    if place.head_size or not place.empty_at:
        return []
    present = _beginning(path)
    found = [
        (info.st_mtime_ns, p, info)
        for p, info in _rotated(path)
        if info.st_ino not in place.beside and info.st_mtime_ns > place.empty_at
    ]
    return [
        Place(info.st_dev, info.st_ino)
        for _, p, info in sorted(found)
        if p.suffix not in FOREIGN and (begins := _beginning(p)) and begins != present
    ]


def read(place: Place, path: Path, most: int, now: int) -> Stretch:
    """Up to ``most`` bytes of whole lines after the place. Raises SourceError when the file cannot be read."""
    head, data, hole, damaged = b"", b"", place.hole, False
    try:
        with open_log(path) as file:
            info = os.fstat(file.fileno())
            try:
                file.seek(place.offset)
                data = file.read(most)
                if place.offset == hole:
                    hole += len(data) - len(data.lstrip(b"\0"))
                inside_hole = hole - place.offset == len(data)
                while b"\n" not in data and len(data) <= LONGEST_LINE and not inside_hole:
                    further = file.read(_HEAD * 128)
                    if not further:
                        break
                    data += further
                read_on = file.tell()
                if place.head_size < _HEAD and not inside_hole:
                    file.seek(hole)
                    head = file.read(_HEAD)
                    file.seek(read_on)
                size = _length(file, info.st_size, place.offset + len(data)) if is_packed(path) else info.st_size
            except (OSError, *DAMAGED):
                if not is_packed(path):
                    raise
                damaged, size = True, 0
    except OSError as error:
        raise _unreadable(path, error) from None
    read_to = place.offset + len(data)
    skipping, too_long, start = place.skipping, 0, max(0, hole - place.offset)
    if skipping:
        start = data.find(b"\n") + 1
        skipping = start == 0
        start = start or len(data)
        too_long = 0 if skipping else 1
    cut = data.rfind(b"\n") + 1
    lines: list[bytes] = []
    if cut > start:
        lines = data[start : cut - 1].split(b"\n")
        start = cut
    rest = data[start:]
    if len(rest) > LONGEST_LINE:
        skipping, rest, start = True, b"", len(data)
    kept = [line for line in lines if len(line) <= LONGEST_LINE]
    headless = not (head or place.head_size)
    after = Place(
        info.st_dev,
        info.st_ino,
        place.offset + start,
        len(head) or place.head_size,
        _hash(head) if head else place.head,
        skipping,
        now if len(data) > len(rest) else place.grew_at,
        read_to >= size and not rest and not skipping,
        hole,
        info.st_mtime_ns if headless else 0,
        tuple(found.st_ino for _, found in _rotated(path)) if headless else (),
    )
    return Stretch(
        after, kept, start, rest, max(size, read_to), read_to >= size, too_long + len(lines) - len(kept), damaged
    )


def _length(file: IO[bytes], packed: int, read_to: int) -> int:
    """Bytes of a packed log, as far as they are known: where reading stopped, and at least one more while there is one."""
    return read_to + (max(1, packed) if file.read(1) else 0)


def _continues(place: Place, path: Path, size: int) -> bool:
    """Whether the file begins as that of ``place`` did, and is no shorter than what was read of it."""
    if size < place.offset and not is_packed(path):
        return False
    try:
        with open_log(path) as file:
            file.seek(place.hole)
            return _hash(file.read(place.head_size)) == place.head if place.head_size else True
    except (OSError, *DAMAGED):
        return False


def _beginning(path: Path) -> bytes:
    """The first bytes of a log, without those of nothing before them; empty when there are none that can be read."""
    try:
        with open_log(path) as file:
            while data := file.read(_HEAD * 128):
                if begins := data.lstrip(b"\0"):
                    return begins[:_HEAD]
    except (OSError, *DAMAGED):
        pass
    return b""


def _rotated(path: Path) -> list[tuple[Path, os.stat_result]]:
    """Plain files beside the log whose name differs by a number or a date."""
    found: list[tuple[Path, os.stat_result]] = []
    for sibling in _siblings(path):
        if _ROTATED.fullmatch(_difference(sibling.name, path)):
            try:
                info = sibling.stat()
            except OSError:
                continue
            if stat.S_ISREG(info.st_mode):
                found.append((sibling, info))
    return found


def _hash(head: bytes) -> bytes:
    return blake2b(head, digest_size=8).digest()


def _difference(name: str, path: Path) -> str:
    """What rotation added to the name: ``.1``, ``-20261120.gz``."""
    rest = name.removeprefix(path.name) if name.startswith(path.name) else name.removeprefix(path.stem)
    return rest.removesuffix(path.suffix) if path.suffix else rest


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _siblings(path: Path) -> Iterator[Path]:
    """Names rotation gives: ``app.log.1``, ``app.log-20261120``, ``app-2026-11-20.log``; newest first."""
    try:
        named = [p for p in path.parent.iterdir() if p.name.startswith(path.stem) and p.name != path.name]
    except OSError:
        return iter(())
    found: list[tuple[float, Path]] = []
    for sibling in named:
        try:
            found.append((sibling.stat().st_mtime, sibling))
        except OSError:
            # One that leads nowhere, or went this moment, hides none of the others.
            continue
    return iter([sibling for _, sibling in sorted(found, reverse=True)])


def _stat(path: Path) -> os.stat_result:
    try:
        info = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(info.st_mode):
        raise SourceError(Trouble.SETTINGS, f"{path} is no plain file; set path to the access log itself.")
    return info


def _unreadable(path: Path, error: OSError) -> SourceError:
    if isinstance(error, FileNotFoundError):
        return SourceError(
            Trouble.NOT_FOUND,
            f"The log {path} does not exist, so no call is counted; check the path, or wait for the gateway.",
        )
    if isinstance(error, PermissionError):
        return SourceError(
            Trouble.REFUSED, f"The log {path} may not be read by this user; give it the right to read the file."
        )
    return SourceError(
        Trouble.UNREADABLE, f"The log {path} cannot be read ({error.strerror or error}); check the disk and the path."
    )
