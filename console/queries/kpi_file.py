"""One KPI file: a head that says what a number means, and the statement that makes it.

A head line reads ``-- name: text``. The statement may use the parameters of ``statement.PARAMETERS``; it returns one row
with the column ``value`` and any other of ``COLUMNS``. Of method bootstrap, it has a CTE ``samples`` with the column ``ms``
(whole milliseconds), so that sums are exact. After a line ``-- parts:`` a second statement may give the parts of a
distribution: rows of a label and a count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from console.model.errors import QuestionError
from console.model.nearest import did_you_mean
from console.queries.statement import PARAMETERS

_HEAD = re.compile(r"--\s*(\w+):\s*(.*)")
_PARTS = re.compile(r"(?m)^--\s*parts:\s*$")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NEEDED = ("title", "unit", "direction", "feeds", "means")

CATEGORIES = (
    "availability", "performance", "errors", "resources", "security", "experience", "support", "business", "cost",
)  # fmt: skip
UNITS = ("share", "ms", "s", "per_second", "bytes_per_second", "count", "score")
SLICES = ("route", "consumer", "severity", "kind", "area", "channel", "segment", "release")
COLUMNS = ("value", "n", "k", "mean", "median", "p90", "sd", "unknown", "silent", "usual")
CHOICES = {
    "category": CATEGORIES,
    "unit": UNITS,
    "direction": ("up", "down", "none"),
    "feeds": ("gateway", "latency", "availability", "tickets", "survey", "gauge", "measure"),
    "method": ("wilson", "poisson", "bootstrap", "normal", "none"),
    "trend": ("share", "rate", "count", "mean", "normal", "none"),
}
_TREND_OF = {"wilson": "share", "poisson": "rate", "bootstrap": "mean", "normal": "normal"}


@dataclass(frozen=True, slots=True)
class Kpi:
    """``feeds``: gateway, latency, availability, tickets, survey, gauge or measure: whose coverage decides.

    ``method`` of the interval: wilson, poisson, bootstrap, normal or none; ``trend`` says how two windows are compared.
    ``target`` None: none by default. ``empty``: why there is no value where the statement gives none; '' for the usual
    words. ``parts``: the statement of a distribution, '' for none. ``own``: the user's file, not ours.
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
    source: str = ""
    edge: str = ""
    empty: str = ""
    trend: str = "none"
    parts: str = ""
    own: bool = False

    @property
    def spares_maintenance(self) -> bool:
        """Whether planned maintenance does not count: what is promised to users is not promised for that time."""
        if self.feeds == "gateway":
            return self.category in ("availability", "errors")
        return self.feeds in ("availability", "latency")


def parse(name: str, text: str, *, own: bool = False) -> Kpi:
    """Read one KPI file. Raises QuestionError with what is wrong."""
    if own and not _NAME.fullmatch(name):
        raise QuestionError("the name of the file must be lower-case letters, digits and _, such as lost_carts.sql")
    main, *rest = _PARTS.split(text)
    if len(rest) > 1:
        raise QuestionError('there may be one "-- parts:" only')
    head, body = _read(main)
    for key in _NEEDED:
        if not head.get(key):
            raise QuestionError(f'the head lacks "-- {key}: …"')
    sql = _statement(body)
    parts = _statement(_read(rest[0])[1]) if rest else ""
    for key, known in CHOICES.items():
        if head.get(key, known[0]) not in known:
            raise QuestionError(
                f'"{head[key]}" is no {key}; it is one of {", ".join(known)}.{did_you_mean(head[key], known)}'
            )
    target = head.get("target", "none")
    try:
        goal = None if target in ("", "none") else float(target)
        evidence = int(head.get("evidence", "1") or 1)
    except ValueError:
        raise QuestionError("target and evidence must be numbers") from None
    slices = tuple(s.strip() for s in head.get("slices", "").split(",") if s.strip())
    for wrong in (s for s in slices if s not in SLICES):
        raise QuestionError(f'"{wrong}" is no slice.{did_you_mean(wrong, SLICES)}')
    method = head.get("method", "none")
    return Kpi(
        name, head["title"], head.get("category", "business"), head["unit"], head["direction"], goal, head["feeds"],
        method, evidence, slices, head["means"], head.get("formula", ""), sql, head.get("source", ""),
        head.get("edge", ""), head.get("empty", ""), head.get("trend", _TREND_OF.get(method, "none")), parts, own,
    )  # fmt: skip


def _read(text: str) -> tuple[dict[str, str], list[str]]:
    head: dict[str, str] = {}
    body: list[str] = []
    for line in text.splitlines():
        match = _HEAD.match(line)
        if match and not body:
            head[match.group(1)] = match.group(2).strip()
        elif line.strip() and (body or not line.startswith("--")):
            body.append(line)
    return head, body


def _statement(body: list[str]) -> str:
    sql = "\n".join(body).rstrip().rstrip(";")
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise QuestionError(f"the statement cannot be read ({str(error).splitlines()[0]})") from None
    if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
        raise QuestionError("the statement must be a single SELECT that only reads")
    for name in re.findall(r"\$(\w+)", re.sub(r"'[^']*'", "''", sql)):
        if name not in PARAMETERS:
            raise QuestionError(f"there is no parameter ${name}.{did_you_mean(name, PARAMETERS)}")
    return sql


def read_own(text: str) -> tuple[dict[str, str], str, str]:
    """Head, statement and the parts' statement of a file, right or wrong: what an editor shows."""
    main, *rest = _PARTS.split(text)
    head, body = _read(main)
    return head, "\n".join(body).strip(), "\n".join(_read("\n".join(rest))[1]).strip()


def written(head: dict[str, str], sql: str, parts: str = "") -> str:
    """The text of a KPI file. A value of the head is one line; an empty one is left out."""
    lines = [f"-- {key}: {' '.join(value.split())}" for key, value in head.items() if value.strip()]
    tail = f"-- parts:\n{parts.strip()}\n" if parts.strip() else ""
    return "\n".join(lines) + f"\n{sql.strip()}\n{tail}"
