"""Uptime: a share of minutes over a full window, with a budget of bad ones. Planned maintenance does not count."""

from __future__ import annotations

import math
from typing import Any

from console.model.criterion import Criterion, Definition
from console.model.lengths import days_words, length_words
from console.model.moment import SECOND
from console.queries.catalogue import catalogue
from console.queries.criteria.numbers import hour_words
from console.queries.criteria.window import filling, percent, to_come, unfed, window
from console.queries.kpi import ask as ask_kpi
from console.queries.literals import stamp
from console.queries.reader import Reader
from console.queries.unfolded import table as gateway_table


def judge(reader: Reader, d: Definition) -> Criterion:
    """Bad minutes within the budget over the whole window: met; too many: not met, whatever is unknown."""
    early = to_come(reader, d)
    if early is not None:
        return early
    kpi = catalogue().get(d.kpi)
    assert d.above is not None
    judged = window(reader, d, spare=True)
    answer = ask_kpi(reader, kpi, judged.span.start, judged.span.end, d.part, interval=False)
    full = float(d.sustained_s or d.window_s)
    shared: dict[str, Any] = {
        "target": d.above, "clock_s": min(judged.counted_s, full), "sustained_s": full, "n": answer.n, "definition": d,
        "start": judged.span.start, "end": judged.span.end, "left_out_s": judged.left_out_s,
    }  # fmt: skip
    if answer.value is None:
        return Criterion(d.key, "unknown", answer.why if answer.sources else unfed(kpi), **shared)
    bad = round(answer.n * (1 - answer.value)) * 60.0
    # 1 - 0.9 is a crumb below 0.1: the last bad minute of a budget must not be refused for it.
    left = round((1 - d.above) * full - bad, 6)
    coverage = min(1.0, answer.n * 60 / max(60.0, judged.counted_s - judged.counted_s % 60))
    more = math.floor(left / 60 + 1e-9) + 1
    shared |= {"value": answer.value, "budget_left_s": left, "coverage": coverage}
    if left < 0:
        back = _back_within(reader, d, judged.span.start, math.ceil(-left / 60 - 1e-9))
        why = f"{bad / 60:.0f} bad minutes; the budget of {days_words(full)} is used up{back}"
        return Criterion(d.key, "not_met", why, **shared)
    shared["resets"] = f"{more} more bad {'minute' if more == 1 else 'minutes'} would use up the budget"
    clock = filling(judged.counted_s, full)
    if judged.counted_s < full:
        enough = coverage >= d.coverage
        why = (
            f"{clock}; {length_words(left)} of budget left"
            if enough
            else f"{clock}, only {percent(coverage)} of it known"
        )
        return Criterion(d.key, "not_met", why, on_track=enough, **shared)
    if coverage < d.coverage:
        return Criterion(d.key, "unknown", f"only {percent(coverage)} of {days_words(full)} known", **shared)
    if answer.n < d.evidence:
        return Criterion(d.key, "unknown", f"only {answer.n} of the {d.evidence} minutes needed to judge", **shared)
    return Criterion(d.key, "met", f"{clock}; {length_words(left)} of budget left", **shared)


def _back_within(reader: Reader, d: Definition, start: int, excess: int) -> str:
    """When the budget holds again if nothing more fails: as enough bad minutes have left the window."""
    if not d.window_s:
        return ""
    source = gateway_table(reader.judged, "judged_minutes", start, reader.at)
    row = reader.one(
        f"SELECT epoch_us(max(minute)) FROM (SELECT minute FROM {source} WHERE state = 'bad' ORDER BY minute LIMIT {excess}) "
        f"WHERE minute >= {stamp(start)}"
    )
    if row is None or row[0] is None:
        return ""
    return f"; within it again from {hour_words(int(row[0]) + 60 * SECOND + d.window_s * SECOND)} if nothing more fails"
