"""The counter of the Numbers screen: its questions on read threads, its files on the write lane. Every call blocks."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from console.model.errors import QuestionError
from console.model.moment import LIVE, Moment
from console.paths import places, write_private
from console.present import kpis as present_kpis
from console.present import words
from console.present.kpis_figures import KpiFigure, NumbersFigure, OwnKpi
from console.queries import kpis as kpis_query
from console.queries.catalogue import Catalogue, catalogue
from console.queries.kpi import ask
from console.queries.kpi_file import read_own, written
from console.queries.own_kpis import checked
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.work.limit import Limit


class KpiCounter:
    """``reader`` makes a reader at a moment on the calling thread. Own files lie in ``folder``, outside any session."""

    def __init__(self, reader: Callable[[Moment], Reader], tickets: TicketShelf, folder: Path | None = None) -> None:
        self._reader = reader
        self._tickets = tickets
        self._folder = folder

    def catalogue(self) -> Catalogue:
        return catalogue(self._folder, guard=Limit)

    def numbers(self, moment: Moment, window: str) -> NumbersFigure:
        """Every KPI over a window of ``kpis_query.WINDOWS``."""
        reader = self._reader(moment)
        make = partial(self._reader, moment)
        found = kpis_query.numbers(make, self.catalogue(), self._tickets.fill(reader), window)
        return present_kpis.word(found, reader.zone)

    def kpi(self, moment: Moment, name: str, window: str, by: str) -> KpiFigure:
        """One KPI with chart and breakdown. Raises QuestionError for an unknown name."""
        reader = self._reader(moment)
        found = kpis_query.detail(reader, self.catalogue(), self._tickets.fill(reader), name, window, by)
        return present_kpis.word_detail(found, reader.zone)

    def own(self, name: str) -> OwnKpi:
        """A user's file for the editor; also one that is wrong. Raises QuestionError when it is not there."""
        try:
            text = self._path(name).read_text("utf-8", errors="replace")
        except OSError:
            raise QuestionError(f"There is no own number {name} any more; the list is read again.") from None
        head, sql, parts = read_own(text)
        return OwnKpi(name, tuple(head.items()), sql, parts)

    def check(self, draft: OwnKpi) -> str:
        """What the draft gives now, as a sentence. Raises QuestionError with what is wrong with it."""
        kpi = checked(draft.name, written(dict(draft.head), draft.sql, draft.parts), Limit)
        answer = ask(self._reader(LIVE), kpi)
        if answer.value is None:
            return f"It can be asked; now it is unknown: {answer.why}"
        value = words.value_of(answer.unit, answer.value)
        return f"It gives {value} now, n = {words.count(answer.n)}, {answer.from_} to {answer.to}."

    def save(self, draft: OwnKpi, before: str = "") -> str:
        """Write the file, in place of ``before`` where it had another name. Raises QuestionError; then nothing is written."""
        text = written(dict(draft.head), draft.sql, draft.parts)
        checked(draft.name, text, Limit)
        path = self._path(draft.name)
        if draft.name != before and path.exists():
            raise QuestionError(f"There is an own number {draft.name} already; choose another name.")
        try:
            write_private(path, text.encode())
            if before and before != draft.name:
                self._path(before).unlink(missing_ok=True)
        except OSError as error:
            raise QuestionError(f"{path} cannot be written ({error.strerror}); check the folder.") from None
        return f"{draft.name} is saved and shown among the numbers."

    def remove(self, name: str) -> str:
        """Take an own number away; its file is kept beside as ``.removed``."""
        path = self._path(name)
        try:
            os.replace(path, path.with_suffix(".removed"))
        except OSError as error:
            raise QuestionError(f"{path.name} cannot be taken away ({error.strerror}).") from None
        return f"{name} is not asked any more; its file is kept as {path.with_suffix('.removed').name}."

    def _path(self, name: str) -> Path:
        folder = self._folder or places().kpis
        path = folder / f"{name}.sql"
        if path.parent != folder or path.name != f"{name}.sql" or "/" in name or "\\" in name:
            raise QuestionError(f'"{name}" is no name for a file.')
        return path
