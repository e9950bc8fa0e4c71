"""Which KPIs there are: the bundled ones and the user's own, each checked once and again when its file changes."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from console.model.errors import QuestionError
from console.model.nearest import did_you_mean
from console.paths import places, resources
from console.queries.kpi_file import Kpi, parse
from console.queries.own_kpis import checked
from console.queries.reader import Guard

__all__ = ["Catalogue", "Kpi", "catalogue", "parse", "shipped"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All KPIs by name, and what is wrong with the files that could not be used."""

    kpis: dict[str, Kpi]
    faults: tuple[str, ...] = ()

    def get(self, name: str) -> Kpi:
        if name not in self.kpis:
            fault = next((f for f in self.faults if f.startswith(f"{name}.sql: ")), "")
            if fault:
                raise QuestionError(f"Your KPI file {fault}")
            raise QuestionError(f'There is no KPI "{name}".{did_you_mean(name, self.kpis)}')
        return self.kpis[name]


@cache
def shipped() -> Catalogue:
    """The bundled KPIs; a fault in one of them is a bug."""
    kpis = {
        path.stem: parse(path.stem, path.read_text("utf-8")) for path in sorted((resources() / "kpis").glob("*.sql"))
    }
    return Catalogue(kpis)


def catalogue(folder: Path | None = None, guard: Guard = nullcontext) -> Catalogue:
    """The bundled KPIs and the user's own; a wrong file is named and the others go on.

    Reads the folder, so never on the GUI thread; a file is read and checked again only when it changed. ``guard`` bounds
    the trial run of a file.
    """
    return _own_files(folder or places().kpis).read(guard)


@cache
def _own_files(folder: Path) -> _OwnFiles:
    return _OwnFiles(folder)


class _OwnFiles:
    """One folder of users' files with what was found in each, by its time and size. Any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._found: dict[str, tuple[tuple[int, int], Kpi | str]] = {}
        self._made: Catalogue | None = None

    def read(self, guard: Guard) -> Catalogue:
        with self._lock:
            seen = self._stamps()
            if self._made is not None and {n: s for n, (s, _) in self._found.items()} == seen:
                return self._made
            before = self._found
            self._found = {
                name: before[name] if name in before and before[name][0] == stamp else (stamp, self._look(name, guard))
                for name, stamp in seen.items()
            }
            kpis, faults = dict(shipped().kpis), []
            for name, (_, found) in sorted(self._found.items()):
                if isinstance(found, Kpi):
                    kpis[found.name] = found
                else:
                    faults.append(f"{name}: {found}")
            self._made = Catalogue(kpis, tuple(faults))
            return self._made

    def _stamps(self) -> dict[str, tuple[int, int]]:
        if not self._folder.is_dir():
            return {}
        found = {}
        for path in self._folder.glob("*.sql"):
            try:
                told = path.stat()
            except OSError:
                continue
            found[path.name] = (told.st_mtime_ns, told.st_size)
        return found

    def _look(self, name: str, guard: Guard) -> Kpi | str:
        path = self._folder / name
        try:
            return checked(path.stem, path.read_text("utf-8"), guard)
        except QuestionError as error:
            return error.message
        except UnicodeDecodeError:
            return "it is no text in UTF-8"
        except OSError as error:
            return f"it cannot be read ({error.strerror})"
