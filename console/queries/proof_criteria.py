"""What a criterion counts that no KPI stands behind, as a statement of the same kind: tickets of a severity that are done,
open issues without a decision, flows within their promise. Its proof then has a value, a statement and rows as any other.
"""

from __future__ import annotations

from console.model.criterion import Definition, Form
from console.queries.catalogue import Kpi, parse
from console.queries.criteria import ask as ask_criteria
from console.queries.criteria.tickets import deferred, unverified_of
from console.queries.reader import Reader
from console.queries.shelf import TicketShelf
from console.store.columns import repr_text


def counted(reader: Reader, shelf: TicketShelf, key: str) -> Kpi | None:
    """What the criterion ``key`` counts at the reader's moment; None where it rests on decisions alone."""
    judged = next((c for c in ask_criteria(reader, shelf) if c.criterion == key), None)
    d = None if judged is None else judged.definition
    if d is None:
        return None
    match d.form:
        case Form.RESOLVED:
            return _resolved(reader, shelf, d)
        case Form.KNOWN_ISSUES:
            return _known_issues(reader, d)
        case Form.FLOWS if reader.settings.flow:
            return _flows(reader, d)
    return None


def _resolved(reader: Reader, shelf: TicketShelf, d: Definition) -> Kpi:
    severity = d.part.severity or "P1"
    done = "is_done(status)"
    unverified = unverified_of(reader, shelf.fill(reader), severity) if (d.above or 0) >= 1 else []
    if unverified:
        done += f" AND NOT list_contains([{_listed(unverified)}], key)"
    sql = (
        "SELECT k / nullif(n, 0) AS value, k, n FROM (\n"
        f"    SELECT count(*) FILTER (WHERE {done}) AS k, count(*) AS n FROM tickets_at($moment)\n"
        f"    WHERE severity = {repr_text(severity)} AND kind <> 'enhancement'\n)"
    )
    formula = (
        f"Resolved defects of severity {severity} by all of them; what a reproduction did not verify is not resolved."
    )
    return _made(d, "share", "up", "tickets", f"How many {severity} defects are done.", formula, sql)


def _known_issues(reader: Reader, d: Definition) -> Kpi:
    put_off = sorted(deferred(reader))
    decided = f" AND NOT list_contains([{_listed(put_off)}], source || ':' || key)" if put_off else ""
    sql = (
        f"SELECT count(*) FILTER (WHERE workaround IS NULL{decided})::DOUBLE AS value, count(*) AS n FROM tickets_at($moment)\n"
        "WHERE NOT is_done(status) AND severity IN ('P3', 'P4')"
    )
    formula = "Open P3 and P4 without a documented workaround and without a decision."
    return _made(d, "count", "down", "tickets", "How many known issues nobody decided upon.", formula, sql)


def _flows(reader: Reader, d: Definition) -> Kpi:
    flows = reader.settings.flow
    routes = _listed(sorted({route for flow in flows for route in flow.routes}))
    told = []
    for flow in flows:
        mine = f"list_contains([{_listed(list(flow.routes))}], route)"
        ms = f"(SELECT sum(sum_us) / sum(calls) / 1000 FROM sums WHERE {mine})"
        if flow.statistic != "mean":
            ms = _QUANTILE.format(mine=mine, p=int(flow.statistic[1:]) / 100)
        told.append(f"    SELECT {repr_text(flow.name)} AS flow, {flow.slo_ms!r} AS slo_ms, {ms} AS ms")
    sums = ""
    if any(flow.statistic == "mean" for flow in flows):
        sums = (
            "sums AS (SELECT route, calls, sum_us FROM latency_sum_in($window) "
            f"WHERE kind = 'total' AND route IN ({routes})),\n"
        )
    sql = (
        "WITH buckets AS (\n    SELECT route, lower_ms, upper_ms, count FROM latency_in($window)\n"
        f"    WHERE kind = 'total' AND route IN ({routes})\n),\n{sums}flows AS (\n"
        + "\n    UNION ALL\n".join(told)
        + "\n)\nSELECT count(*) FILTER (WHERE ms <= slo_ms) / count(*) AS value, count(*) AS n FROM flows"
    )
    formula = (
        "Flows whose own statistic, from the merged histograms of their routes, keeps what they promise, by all flows."
    )
    return _made(d, "share", "up", "latency", "How many core flows answer as fast as promised.", formula, sql)


_QUANTILE = """(
        SELECT CASE WHEN isinf(upper_ms) THEN lower_ms
                    ELSE lower_ms + (upper_ms - lower_ms) * ({p} * n - (upto - count)) / count END
        FROM (SELECT lower_ms, upper_ms, count, sum(count) OVER (ORDER BY upper_ms, lower_ms) AS upto, sum(count) OVER () AS n
              FROM (SELECT lower_ms, upper_ms, sum(count)::BIGINT AS count FROM buckets WHERE {mine}
                    GROUP BY lower_ms, upper_ms HAVING sum(count) > 0))
        WHERE upto >= {p} * n ORDER BY upper_ms, lower_ms LIMIT 1
    )"""


def _made(d: Definition, unit: str, direction: str, feeds: str, means: str, formula: str, sql: str) -> Kpi:
    """As if it stood in a file of its own."""
    head = {
        "title": d.title, "category": "support" if feeds == "tickets" else "performance", "unit": unit,
        "direction": direction, "feeds": feeds, "method": "none", "evidence": "0", "means": means, "formula": formula,
        "source": "The template of exit criteria.", "edge": "Nothing to count: unknown.",
    }  # fmt: skip
    return parse(d.key, "\n".join(f"-- {name}: {text}" for name, text in head.items()) + f"\n{sql}")


def _listed(values: list[str]) -> str:
    return ", ".join(repr_text(value) for value in values)
