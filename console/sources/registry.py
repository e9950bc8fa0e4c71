"""Kind → typed options → source. Third parties join by the entry point group ``hypercare.sources``.

A kind is imported only when it is asked for, so that a start pays for what it uses.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import msgspec

from console.model.errors import SettingsError
from console.model.nearest import did_you_mean
from console.ports import Source, TicketWriter
from console.settings import SourceSettings
from console.sources.site import Site


@dataclass(frozen=True)
class Kind:
    """A sort of source. ``module`` holds ``Options`` (a msgspec Struct) and ``build(options, site)``."""

    name: str
    module: str
    title: str
    period_s: float
    speaks: str
    """What it feeds: gateway, tickets, probe or feed."""
    rank: int = 9
    """Among sources of one gateway the smallest rank counts, minute by minute."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("scrape", "console.sources.gateways.scrape", "Gateway metrics page", 15, "gateway", rank=2),
        Kind("prometheus", "console.sources.gateways.prometheus", "Prometheus server", 30, "gateway", rank=3),
        Kind("calllog", "console.sources.gateways.calllog", "Access log file", 5, "gateway", rank=1),
        Kind("probe", "console.sources.gateways.probe", "Availability probe", 30, "probe"),
        Kind("jira", "console.sources.tickets.jira", "Jira", 60, "tickets"),
        Kind("roundup", "console.sources.tickets.roundup", "Roundup", 60, "tickets"),
        Kind("zendesk", "console.sources.tickets.zendesk", "Zendesk", 90, "tickets"),
        Kind("csv", "console.sources.tickets.csv_file", "CSV file", 300, "tickets"),
        Kind("redmine", "console.sources.tickets.redmine", "Redmine", 60, "tickets"),
        Kind("rest", "console.sources.tickets.rest", "JSON API (REST)", 60, "tickets"),
        Kind("webhook", "console.sources.tickets.webhook", "Receiver (webhook)", 5, "tickets"),
        Kind("feed", "console.sources.feeds.feed", "JSON feed", 60, "feed"),
    )
}


@cache
def kinds() -> dict[str, Kind]:
    """All kinds known here, with those that installed packages bring."""
    known = dict(KINDS)
    for entry in entry_points(group="hypercare.sources"):
        known.setdefault(entry.name, Kind(entry.name, entry.module, entry.name, 60, "feed"))
    return known


def kind_of(source: SourceSettings) -> Kind:
    """Raises SettingsError for an unknown kind, offering the nearest."""
    known = kinds()
    if source.kind not in known:
        raise SettingsError(
            f'Source "{source.name}" has the unknown kind "{source.kind}", which is not installed here.'
            f"{did_you_mean(source.kind, known)}"
        )
    return known[source.kind]


def shown_kind(source: SourceSettings) -> Kind:
    """What screens call the kind of a source that is in the settings.

    Its package may be gone, or never was on this machine: the session stays readable and its other sources go on, while
    asking this one raises what ``kind_of`` says.
    """
    known = kinds().get(source.kind)
    return known or Kind(source.kind, "", f"{source.kind} (not installed here)", 60, "feed")


def period_of(source: SourceSettings) -> float:
    """Seconds between two polls."""
    return source.period_s if source.period_s is not None else shown_kind(source).period_s


def options_of(source: SourceSettings) -> Any:
    """The typed options. Raises SettingsError for an unknown key (nearest offered) or a wrong type."""
    module = importlib.import_module(kind_of(source).module)
    known = {f.encode_name for f in msgspec.structs.fields(module.Options)}
    for key in source.options:
        if key not in known:
            raise SettingsError(
                f'Source "{source.name}" ({source.kind}) has the unknown key "{key}".{did_you_mean(key, known)}'
            )
    try:
        return msgspec.convert(source.options, module.Options)
    except msgspec.ValidationError as error:
        raise SettingsError(f'Source "{source.name}": {error}.') from None


def build(source: SourceSettings, site: Site) -> Source:
    """The source itself, ready for the network lane. Raises SettingsError, or SourceError for options that cannot work."""
    options = options_of(source)
    module = importlib.import_module(kind_of(source).module)
    make: Callable[[Any, Site], Source] = module.build
    return make(options, site)


def writes(source: SourceSettings) -> frozenset[str]:
    """What can be written to a source: fields of a ticket, ``comment``, ``internal_comment``, ``task``; empty when only read.

    A module's ``WRITES``, or its ``writes(options)`` where that depends on what is mapped.
    """
    kind = kinds().get(source.kind)
    if kind is None or kind.speaks != "tickets":
        return frozenset()
    module = importlib.import_module(kind.module)
    found: frozenset[str] = getattr(module, "WRITES", frozenset())
    of_options: Callable[[Any], frozenset[str]] | None = getattr(module, "writes", None)
    if of_options is None:
        return found
    try:
        return of_options(options_of(source))
    except SettingsError:
        return found


def build_writer(source: SourceSettings, site: Site) -> TicketWriter:
    """The writing side of a source that ``writes`` something. Raises as ``build``."""
    options = options_of(source)
    module = importlib.import_module(kind_of(source).module)
    make: Callable[[Any, Site], TicketWriter] = module.build_writer
    return make(options, site)
