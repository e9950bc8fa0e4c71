"""A number as it was asked: which KPI, over which window, of which part, at which moment.

A tile, a chart point, a table cell and a criterion carry one, so that each can open its proof and be linked to.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode

from console.model.moment import LIVE, Known, Moment, iso, parse_instant

SCHEME = "hypercare://session?"


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of the facts is asked for; None is all of it."""

    route: str | None = None
    consumer: str | None = None
    severity: str | None = None
    kind: str | None = None
    area: str | None = None
    channel: str | None = None
    segment: str | None = None
    release: str | None = None

    def given(self) -> dict[str, str]:
        """Only what narrows, by name."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}


@dataclass(frozen=True, slots=True)
class Number:
    """``start`` and ``end`` bound the window [start, end) in instants. ``kpi`` '': a criterion that no KPI stands behind.

    ``criterion``: the exit criterion that is judged by this number, '' for none; its proof also says how it was judged.
    A figure that may be linked to carries a moment that is ``pinned``: what is live moves on.
    """

    kpi: str
    start: int
    end: int
    part: Slice = Slice()
    moment: Moment = LIVE
    criterion: str = ""

    def pinned(self, instant: int) -> Number:
        """The same number for good: a live one stands at ``instant`` from now on, as known then."""
        return replace(self, moment=Moment(instant, Known.THEN)) if self.moment.live else self

    def link(self, session: str) -> str:
        """``hypercare://session?…``; ``session`` is the id of the session it is about."""
        parts = {"id": session, "kpi": self.kpi, "from": iso(self.start), "to": iso(self.end), **self.part.given()}
        if self.criterion:
            parts["criterion"] = self.criterion
        if self.moment.at is not None:
            parts |= {"at": iso(self.moment.at), "known": self.moment.known.value}
        return SCHEME + urlencode(parts)


def is_link(text: str) -> bool:
    """Whether a text is meant as a link of ours, also a damaged one."""
    return text.strip().startswith(SCHEME.partition("?")[0])


def from_link(text: str) -> tuple[str, Number]:
    """The session's id and the number. Raises ValueError with a sentence when the text is no such link."""
    if not text.strip().startswith(SCHEME):
        raise ValueError(f"This is no link of the console; it begins with {SCHEME}")
    given = dict(parse_qsl(text.strip()[len(SCHEME) :]))
    for key in ("id", "kpi", "from", "to"):
        if key not in given and not (key == "kpi" and "criterion" in given):
            raise ValueError(f"The link is cut: it lacks {key}=…")
    at = parse_instant(given["at"]) if "at" in given else None
    try:
        known = Known(given.get("known", "now"))
    except ValueError:
        raise ValueError(f'The link says known={given["known"]}; it must be "then" or "now".') from None
    part = Slice(**{f.name: given.get(f.name) for f in fields(Slice)})
    return given["id"], Number(
        given.get("kpi", ""), parse_instant(given["from"]), parse_instant(given["to"]), part, Moment(at, known),
        given.get("criterion", ""),
    )  # fmt: skip
