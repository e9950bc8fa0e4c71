"""A CSV file of any make: its encoding, its delimiter, its header, and its records a part at a time. Blocking.

What one would get wrong: a line is no record (quoted line breaks), a part must end where a record ends, and a quote that
is opened and never closed swallows the rest of the file, in the last column without a cell too few; such a record gives
way after its first line. A file that is still written may end in the middle of a record. The encoding is checked over the
whole file, for the first byte that is no UTF-8 may stand in the last row.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec

from console.model.errors import SourceError, Trouble

LONGEST_FIELD = 1_000_000
_SAMPLE = 262_144
_CHECKED = 1_048_576
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_SAMPLE_ROWS = 200
_HEAD = 4_096


class Identity(msgspec.Struct, frozen=True):
    """A file as it was: another value means that something about it changed."""

    inode: int = 0
    size: int = 0
    modified_ns: int = 0


class Format(msgspec.Struct, frozen=True):
    """How a file is read. ``start``: byte of the first record after the header; ``why``: how the encoding was found."""

    encoding: str
    why: str
    delimiter: str
    header: tuple[str, ...]
    start: int


class Part(msgspec.Struct):
    """Records from one byte to another. ``rows`` have the header's width; ``ragged`` counts those that had another.

    ``broken``: lines left out because a quote in them never closes. ``waiting``: behind ``end`` stands a record that may not be
    written to its end.
    """

    rows: list[list[str]]
    end: int
    ended: bool
    ragged: int = 0
    broken: int = 0
    waiting: bool = False


def identity(path: Path) -> Identity:
    """Raises SourceError with what to do where there is no file to read."""
    with _there(path):
        info = path.stat()
    if path.is_dir():
        raise SourceError(Trouble.SETTINGS, f"{path} is a folder; name the CSV file in it.")
    return Identity(info.st_ino, info.st_size, info.st_mtime_ns)


def examine(path: Path, encoding: str = "", delimiter: str = "") -> Format:
    """Find out how the file is written; what is given is not guessed. Raises SourceError where it is no CSV with a header."""
    with _there(path), path.open("rb") as file:
        head = file.read(_SAMPLE)
        found, why = (_plain(encoding, head), f"{encoding}, as set") if encoding else _encoding(head, file)
    mark = _mark(head, found)
    text = _text(head[mark:], found)
    if not text.strip():
        raise SourceError(Trouble.UNREADABLE, f"{path.name} is empty; a header row with column names is needed.")
    said = _SEPARATOR.match(text)
    if said is not None:
        delimiter = delimiter or said[1]
        mark += len(said[0].encode(found))
        text = text[said.end() :]
    delimiter = delimiter or _delimiter(text)
    start = mark
    for header, here in _records(io.StringIO(text, newline=""), delimiter, found):
        start += here
        if any(name.strip() for name in header):
            return Format(found, why, delimiter, _named(header), start)
    raise SourceError(Trouble.UNREADABLE, f"{path.name} has no header row; its first row must name the columns.")


def read_part(path: Path, form: Format, start: int, most: int, *, growing: bool = False) -> Part:
    """Whole records from byte ``start`` until about ``most`` bytes are read. ``growing``: the file may still be written, so
    that a last record without its end is left where it is. Raises SourceError where there is no file any more.
    """
    width = len(form.header)
    part = Part([], start, False)
    with _there(path), path.open("rb") as raw:
        while True:
            raw.seek(part.end)
            text = io.TextIOWrapper(raw, form.encoding, "replace", newline="")
            try:
                _fill(part, text, form, width, start + most, growing=growing)
            except _BrokenQuoteError as broken:
                part.broken += 1
                part.end = broken.end
                continue
            finally:
                text.detach()
            return part


def mark_of(path: Path, start: int, end: int) -> bytes:
    """A hash of the file's bytes just before ``end``: still the same file as far as it was read?"""
    with _there(path), path.open("rb") as file:
        file.seek(max(start, end - _HEAD))
        return blake2b(file.read(min(_HEAD, end - start)), digest_size=8).digest()


@contextmanager
def _there(path: Path) -> Iterator[None]:
    """A file that is gone or closed to us as a sentence, at whatever moment that shows."""
    try:
        yield
    except FileNotFoundError:
        raise SourceError(Trouble.NOT_FOUND, f"{path} does not exist; check the path, or export it again.") from None
    except PermissionError:
        raise SourceError(Trouble.REFUSED, f"{path} may not be read by this user.") from None
    except OSError as error:
        raise SourceError(Trouble.UNREACHABLE, f"{path} cannot be read ({error.strerror}).") from None


class _BrokenQuoteError(Exception):
    def __init__(self, end: int) -> None:
        super().__init__(end)
        self.end = end


def _fill(part: Part, text: io.TextIOWrapper, form: Format, width: int, until: int, *, growing: bool) -> None:
    lines = _Counted(text, form.encoding)
    reader = csv.reader(lines, delimiter=form.delimiter)
    base = part.end
    while base + lines.read < until:
        lines.of_record = []
        try:
            row = next(reader)
        except StopIteration:
            part.end, part.ended = base + lines.read, True
            return
        except csv.Error:
            raise _BrokenQuoteError(part.end + (lines.of_record or [1])[0]) from None
        here = part.end + sum(lines.of_record)
        if growing and not lines.closed:
            part.waiting = True
            return
        if lines.ended:
            raise _BrokenQuoteError(part.end + lines.of_record[0])
        if not any(cell.strip() for cell in row):
            part.end = here
            continue
        if len(row) != width:
            if len(lines.of_record) > 1 and len(row) < width:
                raise _BrokenQuoteError(part.end + lines.of_record[0])
            part.ragged += 1
            # Cells beyond the header have no name; a row that is too short lacks its last cells.
            row = row[:width] + [""] * (width - len(row))
        part.rows.append(row)
        part.end = here


class _Counted:
    """The lines of a text with the bytes they took. A replaced character counts as the byte it stands for.

    ``closed``: the last line has its line end and no quote open. ``ended``: a record asked for more than there is, which it does
    only inside a quote.
    """

    def __init__(self, text: io.TextIOBase, encoding: str) -> None:
        self._text = text
        # Where it holds one byte a character, a character that stands for a byte nobody knows counts as one as well.
        self._single = len("é中".encode(encoding, "replace")) == 2
        self._encoding = encoding
        self.read = 0
        self.of_record: list[int] = []
        self.closed, self.ended = True, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(4 * LONGEST_FIELD)
        if not line:
            self.closed, self.ended = not self.of_record, bool(self.of_record)
            raise StopIteration
        self.closed = line.endswith(("\n", "\r"))
        size = len(line) if self._single else len(line.encode(self._encoding, "replace"))
        self.read += size
        self.of_record.append(size)
        return line


def _records(text: io.StringIO, delimiter: str, encoding: str) -> Iterator[tuple[list[str], int]]:
    lines = _Counted(text, encoding)
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        lines.of_record = []
        try:
            row = next(reader)
        except (StopIteration, csv.Error):
            return
        yield row, sum(lines.of_record)


def _encoding(head: bytes, file: io.BufferedReader) -> tuple[str, str]:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8", "UTF-8 by its mark"
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if head.startswith(mark):
            return name, "UTF-16 by its mark"
    if b"\0" in head[:1_000]:
        even, odd = head[:1_000:2].count(0), head[1:1_000:2].count(0)
        return ("utf-16-be" if even > odd else "utf-16-le"), "UTF-16 by its zeros"
    line = _first_foreign_line(head, file)
    if line:
        return "cp1252", f"Windows-1252 taken, as line {line} is no UTF-8; check names with accents"
    return "utf-8", "UTF-8"


def _first_foreign_line(head: bytes, file: io.BufferedReader) -> int:
    """The number of the first line that is no UTF-8, 0 where all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, chunk = 1, head
    while True:
        following = file.read(_CHECKED)
        try:
            decoder.decode(chunk, final=not following)
        except UnicodeDecodeError as error:
            return lines + chunk[: error.start].count(b"\n")
        lines += chunk.count(b"\n")
        if not following:
            return 0
        chunk = following


def _plain(encoding: str, head: bytes) -> str:
    """The codec that decodes from any byte on: one that writes a mark would count it in every line."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise SourceError(Trouble.SETTINGS, f'encoding = "{encoding}" is not known; try utf-8 or cp1252.') from None
    if name == "utf-16":
        return "utf-16-be" if head.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    return name.removesuffix("-sig")


def _mark(head: bytes, encoding: str) -> int:
    marks = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    mark = marks.get(encoding, b"\0\0\0\0")
    return len(mark) if head.startswith(mark) else 0


def _text(content: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(content)


def _delimiter(text: str) -> str:
    """The one that cuts the first rows into the most columns of the same number."""

    def worth(delimiter: str) -> tuple[float, int]:
        widths = []
        for row, _ in _records(io.StringIO(text, newline=""), delimiter, "utf-8"):
            if any(row):
                widths.append(len(row))
            if len(widths) == 20:
                break
        if not widths or widths[0] < 2:
            return 0.0, 0
        same = sum(width == widths[0] for width in widths) / len(widths)
        return (1.0 if same >= 0.8 else same), widths[0]

    return max(_DELIMITERS, key=worth)


def _named(header: list[str]) -> tuple[str, ...]:
    """Column names, each once: a second "Comment" is "Comment (2)", a nameless one "column 7"."""
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = " ".join(cell.split()) or f"column {place}"
        count = sum(known == name or known.startswith(f"{name} (") for known in names)
        names.append(f"{name} ({count + 1})" if count else name)
    return tuple(names)


csv.field_size_limit(LONGEST_FIELD)
