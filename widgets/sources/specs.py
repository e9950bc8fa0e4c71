"""The fields of a source's form, read off the typed options of its kind. Pure but for the import of a kind's module.

That import can take a while (an HTTP client, parsers): ``form_of`` belongs on the read lane. A field of a nested
struct has a dotted name, "map.requests"; a dict is edited as "key = value" lines, a list as one entry a line.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import msgspec.inspect as shapes

from console.model.errors import SettingsError
from console.settings import SourceSettings
from console.sources.registry import kinds
from console.sources.tickets.preview import can_preview
from widgets.refused import RefusedError

Shape = Literal["text", "integer", "number", "flag", "choice", "map", "lines"]

HELP = {
    "url": "The full address, such as http://127.0.0.1:9091/metrics.",
    "flavour": "Which product answers there; it decides the names that are read.",
    "auth": "How the credential is sent: bearer (usual), basic, or header:NAME.",
    "user": "The login name or e-mail that goes with the credential.",
    "headers": "Further headers, one a line: Name = value. No secrets here.",
    "ca_file": "A file with the certificates to trust, when yours are not public.",
    "timeout_s": "Seconds to wait for an answer.",
    "tenant": "Sent as X-Scope-OrgID to servers with tenants.",
    "matchers": 'Label matchers added to every query, such as job="apisix".',
    "path": "The file on this machine; it may be written or replaced meanwhile.",
    "map": "Our field = the column or expression it is taken from, one a line, such as title = Subject.",
    "time_zone": "Of times written without one, such as Europe/Berlin; the session's when empty.",
    "date_order": "dmy or mdy, where 03/04/2026 could be two days; found out by itself where it can be.",
    "encoding": "Such as utf-8 or cp1252; found out by itself when empty.",
    "listen": "Address and port: 127.0.0.1:8765 hears this machine alone, 0.0.0.0:8765 the whole network.",
    "post_path": "Where reports are posted, below that address.",
    "max_kb": "The largest report taken, its screenshot included.",
    "per_minute": "Reports taken a minute; more hear when to come back.",
    "items": "JMESPath of the list of tickets in an answer, such as data.tickets; found by itself when there is one list.",
    "paging": "How the pages follow each other: none, page, offset, cursor, or the Link header.",
    "next": "JMESPath of the next page's cursor or address.",
    "since_param": "The parameter that narrows the answer to what changed since; left empty, all is read each time.",
    "write_url": "Our field = method and address, one a line, such as severity = PATCH https://host/tickets/{id}.",
    "write_body": 'Our field = JSON, one a line, such as severity = {"priority": {value}}.',
    "find_url": "comment = the address where a comment can be found again, such as https://host/tickets/{id}/comments.",
    "delimiter": "One character, such as ; found out by itself when empty.",
    "jql": "Which tickets to read, such as project = PAY.",
    "severity_map": "The remote's word = P1, P2, P3 or P4, one a line; nothing after the = leaves it unset.",
    "status_map": "The remote's word = new, acknowledged, in_progress, resolved or closed, one a line.",
    "fields": "Our field = the remote's field, one a line, such as browser = customfield_10010.",
    "deployment": "cloud or datacenter; found out by itself when empty.",
    "project": "The project whose tickets are read.",
    "task_project": "Where development tasks are made; the ticket's own project when empty.",
    "task_type": "The issue type of a development task.",
    "expect_status": "The status code that counts as up.",
    "expect_text": "A text the answer must hold to count as up.",
    "map.requests": "The counter of calls, by its name on the page.",
    "map.status": "Its label with the status: a code (404), a digit (4) or a class (4xx).",
    "map.route": "Its label with the route.",
    "map.method": "Its label with the method, where there is one.",
    "map.consumer": "Its label with the consumer, where there is one.",
    "map.histogram": "The latency histogram, without _bucket.",
    "map.unit": "The unit of its bounds.",
    "map.kind": "What it measures, when it measures one thing.",
    "map.kind_label": "Its label that tells total, upstream and gateway apart.",
    "map.kinds": "The label's word = total, upstream or gateway, one a line.",
    "map.histogram_route": "The histogram's label with the route, when it has another name there.",
    "map.only": "Only series with these labels: label = value, one a line.",
    "map.never": "Never series with these labels: label = value, one a line.",
    "handler": "For Caddy: the handler whose calls count.",
    "slow_ms": "Calls slower than this are kept one by one.",
}

CHOICES = {
    "flavour": {
        "scrape": (
            "apisix", "kong", "apinto", "envoy", "traefik", "haproxy", "nginx-vts", "caddy", "node", "custom",
        ),
        "calllog": ("apisix", "kong", "traefik", "caddy", "nginx-json", "haproxy"),
    },
}  # fmt: skip

FRONT = (
    "url", "path", "listen", "items", "map", "flavour", "jql", "project", "user", "severity_map", "status_map", "fields", "auth",
)  # fmt: skip
"""Shown before the others, in this order; required fields always come first."""

_FILES = ("calllog", "csv")
_ACRONYMS = {"url": "Address", "ca_file": "Certificate file", "jql": "JQL", "slo_ms": "SLO"}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field. ``default`` applies when it is left empty; ``choices`` are the words offered."""

    name: str
    label: str
    shape: Shape
    required: bool
    default: Any
    choices: tuple[str, ...] = ()
    help: str = ""

    @property
    def custom(self) -> bool:
        """A part of the mapping that only the flavour "custom" reads."""
        return "." in self.name or self.name.startswith(("map_", "custom_", "metric_", "label_"))


@dataclass(frozen=True, slots=True)
class KindForm:
    """A kind with its fields. ``period_s`` applies when the period is left empty. ``about``: lines on its keys."""

    kind: str
    title: str
    speaks: str
    period_s: float
    fields: tuple[FieldSpec, ...]
    takes_credential: bool
    about: str = ""
    maps: bool = False
    """Whether its mapping can be looked at on real tickets."""

    def field(self, name: str) -> FieldSpec | None:
        return next((f for f in self.fields if f.name == name), None)


@dataclass(frozen=True, slots=True)
class KindName:
    """What the choice of a kind shows, before its module is imported."""

    kind: str
    title: str
    speaks: str


def kind_names() -> list[KindName]:
    """The kinds known here, by what they feed and then in the registry's order. Imports none of them."""
    order = ("gateway", "tickets", "probe", "feed")
    known = [KindName(kind.name, kind.title, kind.speaks) for kind in kinds().values()]
    return sorted(known, key=lambda k: order.index(k.speaks) if k.speaks in order else len(order))


def offer(kind: str) -> tuple[list[KindName], KindForm]:
    """The kinds to choose from and the form of one, '' for the first. Searches installed packages: for the read lane."""
    names = kind_names()
    return names, form_of(kind or names[0].kind)


def form_of(kind: str) -> KindForm:
    """The form of a kind. Raises SettingsError when the kind is unknown or its module cannot be imported."""
    known = kinds().get(kind)
    if known is None:
        raise SettingsError(f'The kind of source "{kind}" is not known here; choose one of: {", ".join(kinds())}.')
    try:
        module = importlib.import_module(known.module)
    except ImportError as error:
        sentence = f"The connector for {known.title} cannot be loaded ({error}); it may not be installed."
        raise SettingsError(sentence) from None
    options: type[msgspec.Struct] = module.Options
    fields = _fields_of(options, kind, "")
    fields.sort(key=_place)
    about = inspect.cleandoc(options.__doc__ or "")
    return KindForm(
        kind, known.title, known.speaks, known.period_s, tuple(fields), kind not in _FILES, about, can_preview(kind)
    )


def _place(field: FieldSpec) -> tuple[bool, int]:
    return (not field.required, FRONT.index(field.name) if field.name in FRONT else len(FRONT))


def _fields_of(struct: type[msgspec.Struct], kind: str, prefix: str) -> list[FieldSpec]:
    described = shapes.type_info(struct)
    assert isinstance(described, shapes.StructType)
    helps = _helps(struct)
    fields: list[FieldSpec] = []
    for field in described.fields:
        inner = _without_none(field.type)
        name = prefix + field.encode_name
        if isinstance(inner, shapes.StructType):
            fields += _fields_of(inner.cls, kind, name + ".")
            continue
        default = _default(field)
        shape, choices = _shape(inner)
        offered = choices or CHOICES.get(name, {}).get(kind, ())
        help_text = HELP.get(name) or helps.get(field.encode_name) or HELP.get(field.encode_name, "")
        required = field.required and not prefix
        fields.append(FieldSpec(name, label_of(name), shape, required, default, offered, help_text))
    return fields


def _helps(struct: type[msgspec.Struct]) -> dict[str, str]:
    """What the class docstring says of a field: its lines "name: what it is" or "``name`` what it is"."""
    text = inspect.cleandoc(struct.__doc__ or "")
    found = re.findall(r"^[-*\s]*`{0,2}([a-z][a-z0-9_]*)`{0,2}\s*[:—–]\s+(.+)$", text, re.MULTILINE)
    return {name: words.strip().replace("``", "") for name, words in found}


def _without_none(kind: shapes.Type) -> shapes.Type:
    if isinstance(kind, shapes.UnionType):
        rest = [part for part in kind.types if not isinstance(part, shapes.NoneType)]
        if len(rest) == 1:
            return rest[0]
        if rest and all(isinstance(part, (shapes.IntType, shapes.FloatType)) for part in rest):
            return shapes.FloatType()
    return kind


def _default(field: shapes.Field) -> Any:
    if field.default_factory is not msgspec.NODEFAULT and field.default_factory is not None:
        return field.default_factory()
    return None if field.default is msgspec.NODEFAULT else field.default


def _shape(kind: shapes.Type) -> tuple[Shape, tuple[str, ...]]:
    match kind:
        case shapes.LiteralType(values=values):
            return "choice", tuple(str(value) for value in values)
        case shapes.BoolType():
            return "flag", ()
        case shapes.IntType():
            return "integer", ()
        case shapes.FloatType():
            return "number", ()
        case shapes.DictType():
            return "map", ()
        case shapes.ListType() | shapes.CollectionType():
            return "lines", ()
    return "text", ()


def label_of(name: str) -> str:
    """'expect_status' → 'Expect status', 'timeout_s' → 'Timeout (seconds)', 'mapping.routes' → 'Mapping: routes'."""
    if name in _ACRONYMS:
        return _ACRONYMS[name]
    text, unit = name, ""
    for ending, words in (("_s", " (seconds)"), ("_ms", " (ms)"), ("_days", " (days)")):
        if name.endswith(ending):
            text, unit = name.removesuffix(ending), words
    text = text.replace(".", ": ").replace("_", " ")
    return text[:1].upper() + text[1:] + unit


def to_text(value: Any) -> str:
    """A stored value as the field shows it; '' for None and for an empty dict or list."""
    if value is None or value == {} or value == []:
        return ""
    if isinstance(value, Mapping):
        return "\n".join(f"{key} = {inner}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return "\n".join(str(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def from_text(spec: FieldSpec, text: str) -> Any:
    """What was typed as a value; None when it was left empty. Raises RefusedError."""
    text = text.strip()
    if not text:
        return None
    match spec.shape:
        case "integer":
            if not re.fullmatch(r"[+-]?\d+", text):
                raise RefusedError(spec.name, f"{spec.label} is a whole number, such as {spec.default or 10}.")
            return int(text)
        case "number":
            try:
                value = float(text)
            except ValueError:
                raise RefusedError(spec.name, f"{spec.label} is a number, such as {spec.default or 10}.") from None
            if value != value or abs(value) == float("inf"):
                raise RefusedError(spec.name, f"{spec.label} is a finite number.")
            return value
        case "flag":
            return True
        case "map":
            return pairs_of(spec.name, text)
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
    return text


def pairs_of(field: str, text: str) -> dict[str, str]:
    """'key = value' lines. Raises RefusedError, naming the line."""
    pairs: dict[str, str] = {}
    for place, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        key = key.strip()
        if not equals or not key:
            raise RefusedError(field, f'Line {place} needs the form "key = value".')
        if key in pairs:
            raise RefusedError(field, f'Line {place} names "{key}" a second time.')
        pairs[key] = value.strip()
    return pairs


def with_pair(text: str, key: str, value: str) -> str:
    """'key = value' lines with this key's value; '' takes the line out. The other lines stay as they were typed."""
    lines = text.splitlines()
    mine = [place for place, line in enumerate(lines) if line.partition("=")[0].strip().casefold() == key.casefold()]
    line = f"{key} = {value}"
    if mine and value:
        lines[mine[0]] = line
    elif value:
        lines.append(line)
    kept = [line for place, line in enumerate(lines) if place not in mine[1 if value else 0 :]]
    return "\n".join(kept)


def options_from(form: KindForm, typed: Mapping[str, str]) -> dict[str, Any]:
    """The options of all fields that were filled in. Raises RefusedError for the first that cannot be used."""
    options: dict[str, Any] = {}
    for spec in form.fields:
        value = from_text(spec, typed.get(spec.name, ""))
        if value is None:
            if spec.required:
                raise RefusedError(spec.name, f"{spec.label} is needed.")
            if spec.shape != "flag" or not spec.default:
                continue
            value = False
        *outer, last = spec.name.split(".")
        place = options
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return options


def typed_from(form: KindForm, source: SourceSettings) -> dict[str, str]:
    """The texts a form shows for a source that exists. Options the kind does not know are left out."""
    typed: dict[str, str] = {}
    for spec in form.fields:
        value: Any = source.options
        for part in spec.name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None and spec.shape == "flag":
            value = spec.default
        typed[spec.name] = to_text(value)
    return typed
