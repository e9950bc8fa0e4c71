"""When something last happened about a ticket, for every question about silence.

What one would get wrong: a change of a field is not all that happens. A comment, an acknowledgement or a note here is
somebody's attention too; what was derived from the settings is nobody's.
"""

from __future__ import annotations

from console.queries.reader import Reader


def attention(reader: Reader, tickets: str, moment: str, some: str = "true") -> str:
    """A statement with a row a ticket that was spoken of or decided about: ``source, ticket, last``, and ``commented``,
    whether its system told of a comment.

    The later of ``last`` and the shelf's ``updated_at`` is when something last happened. ``tickets``: the shelf's table;
    ``some``: which of its rows, by source and ticket.
    """
    bound = f"happened_at <= ({moment})['at'] AND known_at <= {reader.known_sql}"
    return (
        "SELECT source, ticket, max(happened_at) AS last, bool_or(said) AS commented FROM ("
        f"SELECT source, ticket, happened_at, true AS said FROM comment WHERE {bound} AND {some} UNION ALL "
        f"SELECT source, ticket, happened_at, false FROM decided_change WHERE {bound} AND {some} UNION ALL "
        f"SELECT t.source, t.ticket, d.happened_at, false FROM (SELECT subject, happened_at FROM decision WHERE {bound}) d "
        f"JOIN (SELECT source, ticket, key FROM {tickets} WHERE {some}) t ON d.subject = t.source || ':' || t.key"
        ") GROUP BY source, ticket"
    )
