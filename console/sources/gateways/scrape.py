"""The kind ``scrape``: a gateway's own metrics page, read directly and differenced by us.

One would get wrong that one page says nothing about a time: the first poll only remembers, facts begin with the second.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Fetched
from console.model.moment import SECOND
from console.ports import Seen
from console.sources.gateways.flavours import flavour
from console.sources.gateways.mapping import Calls, Durations, Kind, Mapping
from console.sources.gateways.page import Asked, Refused, digest
from console.sources.gateways.preview import preview
from console.sources.http import Http, HttpOptions, Reply
from console.sources.site import Site

_ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


class MetricsMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The user's own page (``flavour = "custom"``): names of metrics and labels.

    ``requests``: counter of calls; ``status``: its label with a code (404), a digit (4) or a class (4xx). ``route``,
    ``method``, ``consumer``: labels, '' for none. ``histogram``: without ``_bucket``; its ``unit`` "s" or "ms";
    ``kind`` what it measures, or ``kind_label`` with ``kinds`` (label value → total, upstream, gateway) where one
    histogram holds several. ``histogram_route``: its route label where it differs. ``only`` and ``never``: label →
    values to keep or to leave out.
    """

    requests: str = ""
    status: str = "code"
    route: str = "route"
    method: str = ""
    consumer: str = ""
    histogram: str = ""
    unit: Literal["s", "ms"] = "s"
    kind: Kind = "total"
    kind_label: str = ""
    kinds: dict[str, Kind] = {}
    histogram_route: str | None = None
    only: dict[str, list[str]] = {}
    never: dict[str, list[str]] = {}


class Options(HttpOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of ``scrape``. ``flavour``: a name of ``FLAVOURS``, or custom with ``map``.

    ``handler``: for Caddy, the handler whose calls count (default: for each server subroute where there is one), or
    several that never see the same call.
    """

    flavour: str = "custom"
    map: MetricsMap | None = None
    handler: str | list[str] | None = None


def mapping_of(options: Options) -> Mapping:
    """The mapping the options mean. Raises SourceError (settings) for an unknown flavour or an unusable combination."""
    if options.flavour == "custom":
        if options.map is None or not (options.map.requests or options.map.histogram):
            raise SourceError(
                Trouble.SETTINGS,
                'flavour = "custom" needs map = { requests = "…", status = "…", route = "…" }; '
                "name the counter of calls, or set the flavour of a known gateway.",
            )
        return custom(options.map)
    mapping = flavour(options.flavour)
    if options.map is not None:
        raise SourceError(Trouble.SETTINGS, f'map belongs to flavour = "custom"; "{options.flavour}" brings its own.')
    if options.handler is not None:
        if mapping.one_of is None:
            raise SourceError(
                Trouble.SETTINGS, f'handler belongs to flavour = "caddy"; remove it for "{options.flavour}".'
            )
        return _of_handlers(mapping, mapping.one_of.label, options.handler)
    return mapping


def _of_handlers(mapping: Mapping, label: str, handler: str | list[str]) -> Mapping:
    only = ((label, (handler,) if isinstance(handler, str) else tuple(handler)),)
    return replace(
        mapping,
        calls=tuple(tuple(replace(rule, only=rule.only + only) for rule in group) for group in mapping.calls),
        durations=tuple(tuple(replace(rule, only=rule.only + only) for rule in group) for group in mapping.durations),
        one_of=None,
        attempts=None,
    )


def custom(words: MetricsMap) -> Mapping:
    """A user's map as a mapping. A missing ``+Inf`` bucket or label is answered by fewer facts, never by an error."""
    only = tuple((label, tuple(values)) for label, values in sorted(words.only.items()))
    never = tuple((label, tuple(values)) for label, values in sorted(words.never.items()))
    route = (words.route,) if words.route else ()
    slow_route = route if words.histogram_route is None else (words.histogram_route,) if words.histogram_route else ()
    calls = Calls(words.requests, words.status, route, words.method, words.consumer, only, never)
    durations = Durations(
        words.histogram,
        words.unit,
        words.kind,
        words.kind_label,
        tuple(sorted(words.kinds.items())),
        slow_route,
        only,
        never,
    )
    return Mapping(
        title="Custom",
        calls=((calls,),) if words.requests else (),
        durations=((durations,),) if words.histogram else (),
        start=("process_start_time_seconds",),
        hint=f'check the name requests = "{words.requests}" and its label status = "{words.status}"',
    )


def build(options: Options, site: Site) -> Scrape:
    """Raises SourceError (settings) when the options cannot work."""
    return Scrape(options, site)


class Scrape:
    """Implements ``ports.Source``; all its memory is in the cursor."""

    def __init__(self, options: Options, site: Site) -> None:
        mapping = mapping_of(options)
        self._asked = Asked(site.name, mapping, round(site.period_s * SECOND), options.flavour == "custom")
        self._workshop = site.workshop
        self._http = Http(options, site.secret, transport=site.transport)

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """Facts since the last page; none at the first, which is only remembered."""
        reply = await self._page()
        answer = await self._workshop.run(
            len(reply.content), digest, reply.content, reply.headers.get("content-type", ""), self._asked, cursor, now
        )
        if isinstance(answer, Refused):
            raise SourceError(answer.trouble, answer.message)
        answer.seen_bytes = reply.wire_bytes
        return answer

    async def look(self, now: int) -> Seen:  # noqa: ARG002 - the port hands it to every source
        reply = await self._page()
        answer = await self._workshop.run(
            len(reply.content), preview, reply.content, reply.headers.get("content-type", ""), self._asked
        )
        if isinstance(answer, Refused):
            raise SourceError(answer.trouble, answer.message)
        return answer

    async def close(self) -> None:
        await self._http.close()

    async def _page(self) -> Reply:
        return await self._http.get(headers={"accept": _ACCEPT})
