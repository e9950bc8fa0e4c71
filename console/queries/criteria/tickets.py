"""Criteria over tickets: critical ones resolved and verified, major ones resolved or deferred, known issues decided upon."""

from __future__ import annotations

from typing import Any

from console.model.coverage import share
from console.model.criterion import Criterion, Definition
from console.model.moment import Span
from console.queries.criteria import signatures
from console.queries.criteria import undelivered as owed
from console.queries.criteria.window import percent, ticket_coverage, to_come
from console.queries.decisions import decided
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.store.columns import repr_text

NOT_READ = "not every ticket source has been read to its end yet"
_MINOR = ("P3", "P4")
_NAMED = 3
"""A sentence names so many tickets; the rest are counted."""


def severities(reader: Reader, table: str) -> dict[str, tuple[int, int, str | None]]:
    """For P1 and P2: how many defects there are, how many are done, and the key of an open one."""
    if "severities" not in reader.answers:
        reader.answers["severities"] = reader.rows(_severities_sql(table))
    return {severity: (int(n), int(done), key) for severity, n, done, key in reader.answers["severities"]}


def prepare(reader: Reader, shelf: TicketShelf) -> None:
    """Ask what only tickets change once for as long as they stay as they are, not once a question."""
    table = shelf.fill(reader)
    reader.answers["severities"] = shelf.rows(reader, _severities_sql(table))
    reader.answers["issues"] = shelf.rows(reader, _issues_sql(reader, table))
    owed.prepare(reader, shelf, table)


def _severities_sql(table: str) -> str:
    return (
        "SELECT severity, count(*), count(*) FILTER (WHERE is_done(status)), min(key) FILTER (WHERE NOT is_done(status)) "
        f"FROM {table} WHERE severity IN ('P1', 'P2') AND kind <> 'enhancement' GROUP BY severity"
    )


def _issues_sql(reader: Reader, table: str) -> str:
    put_off = ", ".join(repr_text(key) for key in sorted(deferred(reader)))
    silent = f" AND NOT list_contains([{put_off}], source || ':' || key)" if put_off else ""
    return (
        "SELECT count(*), count(*) FILTER (WHERE bare), min(key) FILTER (WHERE bare) FROM (SELECT key, "
        f"workaround IS NULL{silent} AS bare FROM {table} WHERE NOT is_done(status) AND severity IN {_MINOR})"
    )


def resolved(reader: Reader, table: str, d: Definition) -> Criterion:
    """Share of the defects of a severity that are done: of P1 also verified where a reproduction ran, of others deferred."""
    early = to_come(reader, d)
    if early is not None:
        return early
    assert d.above is not None
    severity, target = d.part.severity or "P1", d.above
    spans = ticket_coverage(reader)
    if not spans:
        return Criterion(d.key, "unknown", NOT_READ, target=target, definition=d)
    total, done, example = severities(reader, table).get(severity, (0, 0, None))
    unverified = unverified_of(reader, table, severity) if target >= 1 else []
    done -= len(unverified)
    covered = share(spans, Span(reader.go_live, reader.at)) if reader.at > reader.go_live else 1.0
    value = done / total if total else None
    shared: dict[str, Any] = {
        "value": value, "target": target, "n": total, "coverage": covered, "share_of": (done, total),
        "example": example or (unverified[0] if unverified else ""), "definition": d,
    }  # fmt: skip
    if value is not None and not (value >= 1.0 if target >= 1.0 else value > target):
        still = total - done - len(unverified)
        parts = [f"{still} open, such as {example}"] if still else []
        if unverified:
            parts.append(f"{len(unverified)} resolved, not verified: {_listed(unverified)}")
        return Criterion(d.key, "not_met", f"{done} of {total}; {'; '.join(parts)}", **shared)
    if covered < d.coverage:
        why = f"only {percent(covered)} of the time since go-live known"
        return Criterion(d.key, "unknown", f"{done} of {total}; {why}" if total else why, **shared)
    if total < d.evidence and total:
        return Criterion(d.key, "unknown", f"only {total} of the {d.evidence} needed to judge", **shared)
    verdict = Criterion(d.key, "met", f"{done} of {total}" if total else f"no {severity} so far", **shared)
    if done < total:
        verdict = _rest_deferred(reader, table, severity, d, shared)
    return owed.limited(verdict, _rests_on(reader, table, severity, d, (done, total)), owed.RESOLVE)


def _rests_on(
    reader: Reader, table: str, severity: str, d: Definition, share_of: tuple[int, int]
) -> list[owed.Undelivered]:
    """Tickets without whose undelivered words the criterion would not be met; none when it is met all the same."""
    waiting = owed.undelivered(reader, table)
    assert d.above is not None
    # Where each must be verified, one that joins counts as open: nobody asked yet whether it is.
    opened = [one for one in waiting if one.opens(severity) or (d.above >= 1 and one.joins(severity))]
    left = [one for one in waiting if one.leaves(severity) and one not in opened]
    if not opened and not left:
        return []
    done, total = share_of
    done -= len(left) + sum(1 for one in opened if one.now.counts(severity))
    total += sum(1 for one in opened if not one.now.counts(severity)) - len(left)
    kept = not total or (total >= d.evidence and (done == total if d.above >= 1 else done / total > d.above))
    put_off = deferred(reader) if opened else set()
    return [] if kept and all(one.row_key in put_off for one in opened) else [*opened, *left]


def _rest_deferred(reader: Reader, table: str, severity: str, d: Definition, shared: dict[str, Any]) -> Criterion:
    """Enough are resolved: what is left must be put off by a decision each, not by silence."""
    rows = reader.rows(
        f"SELECT source || ':' || key, key FROM {table} WHERE severity = '{severity}' AND kind <> 'enhancement' "
        "AND NOT is_done(status) ORDER BY key"
    )
    put_off = deferred(reader)
    silent = [key for full, key in rows if full not in put_off]
    done, total = shared["share_of"]
    if silent:
        why = f"{done} of {total}; {len(silent)} of the rest without a decision: {_listed(silent)}"
        return Criterion(d.key, "not_met", why, on_track=True, **shared)
    return Criterion(d.key, "met", f"{done} of {total}; {len(rows)} deferred, each with a decision", **shared)


def deferred(reader: Reader) -> set[str]:
    """Tickets (SOURCE:KEY) that are put off by a decision that stands."""
    found: set[str] = set()
    for decision in decided(reader, "defer", "end_deferral"):
        (found.add if decision.act == "defer" else found.discard)(decision.subject)
    return found


def unverified_of(reader: Reader, table: str, severity: str) -> list[str]:
    """Resolved ones whose reproduction ran and did not end verified, or did so only before a fix that was taken back."""
    ran = reader.rows(
        "SELECT ticket, arg_max(verdict, happened_at), epoch_us(max(happened_at)) FROM run "
        f"WHERE happened_at <= make_timestamp({reader.at}) AND known_at <= {reader.known_sql} GROUP BY ticket"
    )
    if not ran:
        return []
    verdicts = {ticket: (verdict, at) for ticket, verdict, at in ran}
    rows = reader.rows(
        f"SELECT ticket, key, source || ':' || key, reopens, epoch_us(first_resolved_at) FROM {table} "
        f"WHERE severity = '{severity}' AND kind <> 'enhancement' AND is_done(status) ORDER BY key"
    )
    found = []
    for ticket, key, full, reopens, first in rows:
        verdict, at = next((verdicts[name] for name in (full, key, ticket) if name in verdicts), ("verified", None))
        if verdict != "verified" or (at is not None and reopens and first is not None and at < first):
            found.append(str(key))
    return found


def known_issues(reader: Reader, table: str, d: Definition) -> Criterion:
    """Not met while an open P3 or P4 has neither a documented workaround nor a decision; then a signature."""
    early = to_come(reader, d)
    if early is not None:
        return early
    if not ticket_coverage(reader):
        return Criterion(d.key, "unknown", NOT_READ, unit="signed", definition=d)
    if "issues" not in reader.answers:
        reader.answers["issues"] = reader.rows(_issues_sql(reader, table))
    total, bare, example = reader.answers["issues"][0]
    if bare:
        why = f"{bare} open P3/P4 without a documented workaround or a decision, such as {example}"
        return Criterion(
            d.key, "not_met", why, n=int(total), coverage=1.0, unit="signed", example=str(example), definition=d
        )
    put_off = deferred(reader)
    bared = [one for one in owed.undelivered(reader, table) if one.bares(_MINOR) and one.row_key not in put_off]
    return owed.limited(signatures.judge(reader, d), bared, owed.ISSUES)


def _listed(keys: list[str]) -> str:
    rest = len(keys) - _NAMED
    return ", ".join(keys[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
