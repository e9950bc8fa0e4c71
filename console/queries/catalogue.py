"""The KPI files: heads that say what a number means, and the statement that makes it.

A head line reads ``-- name: text``. The statement may use ``$window $moment $then $from $to $at $known $covered_s $route
$severity $go_live``; it returns one row with the column ``value`` and any of ``n k mean median p90 unknown``. Of method
bootstrap, it has a CTE ``samples`` with the column ``ms`` (whole milliseconds), so that sums are exact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from console.model.errors import QuestionError
from console.model.nearest import did_you_mean
from console.paths import places, resources

_HEAD = re.compile(r"--\s*(\w+):\s*(.*)")
_NEEDED = ("title", "unit", "direction", "feeds", "means")
_CHOICES = {
    "direction": ("up", "down", "none"),
    "feeds": ("gateway", "latency", "availability", "tickets", "survey", "gauge", "measure"),
    "method": ("wilson", "poisson", "bootstrap", "none"),
}


@dataclass(frozen=True, slots=True)
class Kpi:
    """``feeds``: gateway, latency, availability, tickets, survey, gauge or measure: whose coverage decides.

    ``method`` of the interval: wilson, poisson, bootstrap or none. ``target`` None: none by default.
    """

    name: str
    title: str
    category: str
    unit: str
    direction: str
    target: float | None
    feeds: str
    method: str
    evidence: int
    slices: tuple[str, ...]
    means: str
    formula: str
    sql: str

    @property
    def spares_maintenance(self) -> bool:
        """Whether planned maintenance does not count: what is promised to users is not promised for that time."""
        if self.feeds == "gateway":
            return self.category in ("availability", "errors")
        return self.feeds in ("availability", "latency")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All KPIs by name, and what is wrong with the files that could not be used."""

    kpis: dict[str, Kpi]
    faults: tuple[str, ...] = ()

    def get(self, name: str) -> Kpi:
        if name not in self.kpis:
            raise QuestionError(f'There is no KPI "{name}".{did_you_mean(name, self.kpis)}')
        return self.kpis[name]


@cache
def shipped() -> Catalogue:
    """The bundled KPIs; a fault in one of them is a bug."""
    kpis = {
        path.stem: parse(path.stem, path.read_text("utf-8")) for path in sorted((resources() / "kpis").glob("*.sql"))
    }
    return Catalogue(kpis)


def catalogue(folder: Path | None = None) -> Catalogue:
    """The bundled KPIs and the user's own; a wrong file is named and the others go on."""
    kpis, faults = dict(shipped().kpis), []
    own = folder or places().kpis
    for path in sorted(own.glob("*.sql")) if own.is_dir() else []:
        try:
            kpis[path.stem] = parse(path.stem, path.read_text("utf-8"))
        except (QuestionError, UnicodeDecodeError, OSError) as error:
            faults.append(f"{path.name}: {error}")
    return Catalogue(kpis, tuple(faults))


def parse(name: str, text: str) -> Kpi:
    """Read one KPI file. Raises QuestionError with what is wrong."""
    head: dict[str, str] = {}
    body: list[str] = []
    for line in text.splitlines():
        match = _HEAD.match(line)
        if match and not body:
            head[match.group(1)] = match.group(2).strip()
        elif line.strip() and (body or not line.startswith("--")):
            body.append(line)
    for key in _NEEDED:
        if key not in head:
            raise QuestionError(f'the head lacks "-- {key}: …"')
    sql = "\n".join(body).rstrip().rstrip(";")
    _refuse_other_than_select(sql)
    for key, known in _CHOICES.items():
        if head.get(key, "none") not in known:
            raise QuestionError(f'"{head[key]}" is no {key}.{did_you_mean(head[key], known)}')
    target = head.get("target", "none")
    try:
        goal = None if target in ("", "none") else float(target)
        evidence = int(head.get("evidence", "1") or 1)
    except ValueError:
        raise QuestionError("target and evidence must be numbers") from None
    slices = tuple(s.strip() for s in head.get("slices", "").split(",") if s.strip())
    return Kpi(
        name, head["title"], head.get("category", "business"), head["unit"], head["direction"], goal, head["feeds"],
        head.get("method", "none"), evidence, slices, head["means"], head.get("formula", ""), sql,
    )  # fmt: skip


def _refuse_other_than_select(sql: str) -> None:
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise QuestionError(f"the statement cannot be read ({str(error).splitlines()[0]})") from None
    if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
        raise QuestionError("the statement must be a single SELECT that only reads")
