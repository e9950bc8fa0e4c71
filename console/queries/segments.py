"""Numbers by segment over facts that name a key or a customer: calls, answers to surveys, readings.

Who belongs to which segment is what the mapping says at the moment; it is written into the statement, so that anyone can
run it. What belongs to no segment is in none of them, and is told beside each.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from console.model.moment import Span
from console.queries.reader import Reader
from console.store.columns import repr_text
from console.store.session import macro_body

_OWNERS = "STRUCT(name VARCHAR, segment VARCHAR)[]"
_CALLS = "calls_in($window)"
_TABLE = re.compile(
    r"\bFROM\s+(?P<told>(?P<table>survey|measure)\b(?!\()|(?P<answers>answers)\(\$\w+\))(?P<alias>\s+(?:AS\s+)?(?!WHERE\b|JOIN\b|LEFT\b|INNER\b|ANTI\b|SEMI\b|CROSS\b|GROUP\b|"
    r"ORDER\b|LIMIT\b|UNION\b)[a-z]\w*)?",
    re.IGNORECASE,
)
_ANSWERED = "segments_answered($moment, $voices)"
_OF_TICKETS = ("tickets_at(", "sla_clocks(")
_WHAT = {"gateway": "calls of consumers", "survey": "answers", "measure": "readings"}
_ONE = {"gateway": "call of a consumer", "survey": "answer", "measure": "reading"}


def apart(sql: str) -> bool:
    """Whether the facts of a statement have their segment from the mapping; tickets have a segment of their own."""
    return not any(name in sql for name in _OF_TICKETS)


def told(sql: str, put: Callable[[str, str], str] = lambda _name, rows: rows) -> str:
    """The statement over the same facts with the column ``segment``. ``put`` may put something else in the place of such rows;
    it gets the name of what was read and an expression that gives them."""

    def named(match: re.Match[str]) -> str:
        name = (match["table"] or match["answers"]).lower()
        rows = "segments_measures($voices)"
        if name != "measure":
            rows = (
                f"(SELECT s.*, g.segment FROM {match['told']} s LEFT JOIN {_ANSWERED} g "
                "ON g.source = s.source AND g.customer = s.customer AND g.ticket = s.ticket)"
            )
        return f"FROM {put(name, rows)}{match['alias'] or f' AS {name}'}"

    calls = put("calls_in", "segments_calls_in($window, $owners)") if _CALLS in sql else ""
    return _TABLE.sub(named, sql.replace(_CALLS, calls))


def on_shelf(sql: str, shelf: str) -> str:
    """The same answers by tickets that were worked out already."""
    if _ANSWERED not in sql:
        return sql
    body = (
        macro_body("segments_answered").replace("ticket_fields(m)", shelf).replace("unnest(owners,", "unnest($voices,")
    )
    return sql.replace(_ANSWERED, f"({body})")


def keys(reader: Reader, segment: str = "") -> str:
    """The keys that ever called with their segments, as a literal; ``segment``: of one alone, '' for all."""
    book = reader.customers
    seen = reader.knowledge.consumers_seen(reader.rows)
    return _written([(key, of) for key in seen if (of := book.of_consumer(key).segment)], segment)


def voices(reader: Reader) -> str:
    """The customers that answers and readings name with their segments, as a literal; a customer may be named by address.

    All of them also for one segment: who is in another must not be counted by the ticket the answer is about.
    """
    if "voices" not in reader.answers:
        rows = reader.rows(
            f"SELECT customer FROM survey WHERE customer <> '' AND known_at <= {reader.known_sql} UNION "
            "SELECT CASE WHEN json_valid(labels) THEN labels ->> '$.customer' END FROM (SELECT DISTINCT labels FROM measure "
            f"WHERE contains(labels, '\"customer\"') AND known_at <= {reader.known_sql}) ORDER BY 1"
        )
        book = reader.customers
        names = [name for (name,) in rows if name]
        found = [(name, (book.named(name) or book.of_address(name)).segment) for name in names]
        reader.answers["voices"] = _written([pair for pair in found if pair[1]], "")
    return str(reader.answers["voices"])


def refusal(reader: Reader, segment: str) -> str:
    """Why calls cannot be told by segment; '' when they can. ``segment`` '': by none of them."""
    if not reader.knowledge.naming_consumers(reader.rows, reader.known):
        return "No source tells calls by consumer, so nobody knows which segment called."
    if reader.customers.calls(segment):
        return ""
    what = f'segment "{segment}"' if segment else "any segment"
    return f"No API key belongs to {what}; say in the settings whose the keys are."


def beside(reader: Reader, feeds: str, n: int, window: Span) -> str:
    """What is in no segment, in words; '' when everything is in one. ``n``: how many calls, answers or readings."""
    said = []
    if n:
        what = f"{_ONE[feeds]} that belongs" if n == 1 else f"{_WHAT[feeds]} that belong"
        said.append(f"{n:,} {what} to no segment {'is' if n == 1 else 'are'} left out.")
    if feeds == "gateway":
        naming = reader.knowledge.naming_consumers(reader.rows, reader.known)
        speaking = [s for s in reader.speakers if any(span.clip(window).length for span in s.spans)]
        silent = {s.gateway for s in speaking} - {s.gateway for s in speaking if s.source in naming}
        said += [f"{gateway} tells no calls by consumer; they are left out." for gateway in sorted(silent)]
    return " ".join(said)


def _written(pairs: list[tuple[str, str]], segment: str) -> str:
    rows = [f"{{'name': {repr_text(name)}, 'segment': {repr_text(of)}}}" for name, of in pairs if segment in ("", of)]
    return f"[{', '.join(rows)}]::{_OWNERS}"
