"""One line of a gateway's JSON access log → one ``Record``: the same fields, in the same units, for every flavour.

What one would get wrong: the units (APISIX, Kong and HAProxy write ms, Traefik ns, Caddy and nginx s), "nothing was
proxied" (Kong and HAProxy say -1, nginx "-", the others leave the field out), nginx's lists after retries
("0.001, 0.020" is a sum of 21 ms), and the query string, which may hold secrets and never leaves this file.
A line that cannot be used is a ``Wrong`` value; no content of a line raises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from console.model.moment import SECOND, from_datetime

NO_ROUTE = "(no route)"
_LONGEST_TEXT = 300
_EARLIEST, _LATEST = 946_684_800 * SECOND, 4_102_444_800 * SECOND
"""2000 and 2100: a stamp outside them is a wrong unit or a broken clock."""


class Wrong(StrEnum):
    """Why a line is no record. ``OTHER`` is a sound line of the same log that tells of no call: nobody's fault."""

    OTHER = "it tells of no call"
    NOT_JSON = "it is not JSON"
    NO_TIME = "its time is missing or unreadable"
    NO_STATUS = "its status is missing or unreadable"
    SHAPE = "its fields are not those of this flavour"
    TOO_LONG = "it is longer than 1 MB"


class Record(NamedTuple):
    """A call as its gateway logged it.

    ``instant``: the gateway's own stamp on the line (APISIX, Kong, Traefik, HAProxy: when the call began; Caddy, nginx:
    when it ended). ``status`` 0: the caller was gone before any status was sent. Durations in ms, None where the
    gateway does not say or nothing was proxied. ``gateway_ms`` is the gateway's own figure where it writes one, else
    total − upstream, never negative. ``path`` has no query. ``consumer`` is '' when nobody is named.
    """

    instant: int
    route: str
    method: str
    path: str
    status: int
    total_ms: float | None
    upstream_ms: float | None
    gateway_ms: float | None
    consumer: str
    request_id: str


class _UnusableError(Exception):
    def __init__(self, why: Wrong) -> None:
        super().__init__(why)
        self.why = why


_decode = msgspec.json.Decoder().decode


def read_line(flavour: str, line: bytes) -> Record | Wrong:
    """Read one line (without its newline). ``flavour`` is a key of ``FLAVOURS``; an empty line is ``Wrong.OTHER``."""
    if not line.strip():
        return Wrong.OTHER
    try:
        entry = _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Wrong.NOT_JSON
    if not isinstance(entry, dict):
        return Wrong.SHAPE
    try:
        return FLAVOURS[flavour](entry)
    except _UnusableError as unusable:
        return unusable.why


def _apisix(entry: dict[str, Any]) -> Record:
    request, response = _inner(entry, "request"), _inner(entry, "response")
    if not response:
        raise _UnusableError(Wrong.SHAPE)
    route = _text(entry.get("route_name")) or _text(entry.get("route_id"))
    return _record(
        _instant(_number(entry.get("start_time")), 1_000),
        NO_ROUTE if route in ("", "no-matched") else route,
        request.get("method"),
        request.get("uri"),
        _status(response.get("status")),
        _duration(entry.get("latency")),
        _duration(entry.get("upstream_latency")),
        _duration(entry.get("apisix_latency")),
        _inner(entry, "consumer").get("username") or entry.get("consumer_name"),
        entry.get("request_id") or _inner(request, "headers").get("x-request-id"),
    )


def _kong(entry: dict[str, Any]) -> Record:
    request, latencies, route = _inner(entry, "request"), _inner(entry, "latencies"), _inner(entry, "route")
    if not request or not latencies:
        raise _UnusableError(Wrong.SHAPE)
    consumer = _inner(entry, "consumer")
    return _record(
        _instant(_number(entry.get("started_at")), 1_000),
        _text(route.get("name")) or _text(route.get("id")) or NO_ROUTE,
        request.get("method"),
        request.get("uri"),
        _status(_inner(entry, "response").get("status")),
        _duration(latencies.get("request")),
        _duration(latencies.get("proxy")),
        _duration(latencies.get("kong")),
        consumer.get("username") or consumer.get("custom_id") or consumer.get("id"),
        request.get("id"),
    )


def _traefik(entry: dict[str, Any]) -> Record:
    if "RequestMethod" not in entry:
        raise _UnusableError(Wrong.OTHER if "msg" in entry and "DownstreamStatus" not in entry else Wrong.SHAPE)
    proxied = "OriginStatus" in entry
    user = _text(entry.get("ClientUsername"))
    return _record(
        _iso(entry.get("StartUTC") or entry.get("StartLocal") or entry.get("time")),
        _text(entry.get("RouterName")) or NO_ROUTE,
        entry.get("RequestMethod"),
        entry.get("RequestPath"),
        _status(entry.get("DownstreamStatus")),
        _duration(entry.get("Duration"), 1e-6),
        _duration(entry.get("OriginDuration"), 1e-6) if proxied else None,
        _duration(entry.get("Overhead"), 1e-6),
        "" if user == "-" else user,
        entry.get("request_X-Request-Id") or entry.get("trace_id"),
    )


def _caddy(entry: dict[str, Any]) -> Record:
    request = entry.get("request")
    if not isinstance(request, dict) or "status" not in entry:
        raise _UnusableError(Wrong.OTHER if "level" in entry else Wrong.SHAPE)
    stamp = entry.get("ts")
    given = _inner(entry, "resp_headers").get("X-Request-Id")
    return _record(
        _iso(stamp) if isinstance(stamp, str) else _instant(_number(stamp), SECOND),
        "",
        request.get("method"),
        request.get("uri"),
        _status(entry.get("status")),
        _duration(entry.get("duration"), 1_000),
        None,
        None,
        entry.get("user_id"),
        given[0] if isinstance(given, list) and given else request.get("uuid"),
    )


def _nginx(entry: dict[str, Any]) -> Record:
    seconds = _number(entry.get("msec"))
    uri = _first(entry, "uri", "request_uri", "path")
    route = _text(entry.get("route"))
    user = _text(_first(entry, "user", "remote_user", "consumer"))
    return _record(
        _instant(seconds, SECOND) if seconds is not None else _iso(_first(entry, "time_iso8601", "time")),
        "" if route.startswith("/") else route,
        _first(entry, "method", "request_method"),
        uri,
        _status(entry.get("status")),
        _duration(_first(entry, "rt", "request_time"), 1_000),
        _nginx_upstream(_first(entry, "urt", "upstream_response_time")),
        None,
        "" if user == "-" else user,
        _first(entry, "request_id", "id"),
    )


def _haproxy(entry: dict[str, Any]) -> Record:
    """The log-format is the operator's own: names follow HAProxy's variables (``Ta``, ``ST``, ``HM`` …) or plain words.

    Time: ``ts`` (epoch seconds, as ``%Ts.%ms``), ISO text, or ``%tr``, which has no zone and is taken as UTC.
    """
    total, server = _duration(_first(entry, "Ta", "total_ms")), _duration(_first(entry, "Tr", "server_ms"))
    connect = _duration(_first(entry, "Tc", "connect_ms"))
    client = _duration(_first(entry, "TR", "client_ms")) or 0.0
    upstream = None if server is None else server + (connect or 0.0)
    gateway = None if total is None or upstream is None else max(0.0, total - client - upstream)
    return _record(
        _haproxy_time(_first(entry, "ts", "tr", "t", "time", "date", "timestamp")),
        _text(_first(entry, "b", "backend")).partition("/")[0] or NO_ROUTE,
        _first(entry, "HM", "method"),
        _first(entry, "HP", "HU", "path", "uri"),
        _status(_first(entry, "ST", "status")),
        total,
        upstream,
        gateway,
        _first(entry, "consumer", "user"),
        _first(entry, "ID", "request_id", "unique_id"),
    )


FLAVOURS: dict[str, Callable[[dict[str, Any]], Record]] = {
    "apisix": _apisix,
    "kong": _kong,
    "traefik": _traefik,
    "caddy": _caddy,
    "nginx-json": _nginx,
    "haproxy": _haproxy,
}


def _record(
    instant: int,
    route: str,
    method: Any,
    uri: Any,
    status: int,
    total: float | None,
    upstream: float | None,
    gateway: float | None,
    consumer: Any,
    request_id: Any,
) -> Record:
    verb = _text(method).upper()
    path = _text(uri).partition("?")[0].partition("#")[0]
    if gateway is None and total is not None and upstream is not None:
        gateway = max(0.0, total - upstream)
    named = route or folded(verb, path)
    return Record(instant, named, verb, path, status, total, upstream, gateway, _text(consumer), _text(request_id))


_ID = re.compile(
    r"\d+"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|(?=[a-fA-F]*[0-9])[0-9a-fA-F]{8,}"
    r"|(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{20,}"
)
_DEEPEST = 8


def folded(method: str, path: str) -> str:
    """A route name for a gateway that has none: "GET /orders/{id}".

    A segment of digits, a UUID, eight or more hex digits or a long token with digits in it (ULID, base64) is an id.
    Only the first eight segments count, so that a scanner cannot make endless names out of depth.
    """
    parts = ["{id}" if _ID.fullmatch(part) else part for part in path.split("/")]
    if len(parts) > _DEEPEST + 1:
        parts = [*parts[: _DEEPEST + 1], "…"]
    return f"{method} {'/'.join(parts)}".strip() or NO_ROUTE


def _inner(entry: dict[str, Any], key: str) -> dict[str, Any]:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _first(entry: dict[str, Any], *keys: str) -> Any:
    for key in keys:
        if entry.get(key) is not None:
            return entry[key]
    return None


def _text(value: Any) -> str:
    """A short string that can be stored; other kinds of value are nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text[:_LONGEST_TEXT].replace("\x00", "�")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        number = float(value) if abs(value) < 1e300 else math.inf
    elif isinstance(value, str) and len(value) < 40:
        try:
            number = float(value)
        except ValueError:
            return None
    else:
        return None
    return number if math.isfinite(number) else None


def _duration(value: Any, to_ms: float = 1.0) -> float | None:
    """Milliseconds; None for nothing, and for the negative numbers by which gateways say "never happened"."""
    number = _number(value)
    return None if number is None or number < 0 else number * to_ms


def _nginx_upstream(value: Any) -> float | None:
    """Sum of the tries ("," between servers, ":" between groups), in ms; None when nothing was proxied ("-" or '')."""
    parts = [_number(part.strip()) for part in re.split("[,:]", value)] if isinstance(value, str) else [_number(value)]
    known = [part for part in parts if part is not None and part >= 0]
    return sum(known) * 1_000 if known else None


def _status(value: Any) -> int:
    """A code 100–599, or 0 where none was sent (HAProxy -1, Caddy 0)."""
    number = _number(value)
    if number is None or number != int(number):
        raise _UnusableError(Wrong.NO_STATUS)
    status = max(0, int(number))
    if status and not 100 <= status <= 599:
        raise _UnusableError(Wrong.NO_STATUS)
    return status


def _instant(value: float | None, per_unit: int) -> int:
    if value is None or not abs(value) < 1e14:
        raise _UnusableError(Wrong.NO_TIME)
    return _checked(round(value * per_unit))


def _checked(instant: int) -> int:
    if not _EARLIEST <= instant < _LATEST:
        raise _UnusableError(Wrong.NO_TIME)
    return instant


_NANOSECONDS = re.compile(r"(\.\d{6})\d+")


def _iso(value: Any) -> int:
    if not isinstance(value, str) or len(value) > 40:
        raise _UnusableError(Wrong.NO_TIME)
    try:
        return _checked(from_datetime(datetime.fromisoformat(_NANOSECONDS.sub(r"\1", value))))
    except (ValueError, OverflowError):
        raise _UnusableError(Wrong.NO_TIME) from None


_HAPROXY_TIME = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?: ?([+-]\d{4}))?")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _haproxy_time(value: Any) -> int:
    """Months by our own table: ``strptime`` would follow the language of the desktop."""
    number = _number(value)
    if number is not None:
        return _instant(number, 1_000 if number > 1e11 else SECOND)
    match = _HAPROXY_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2] not in _MONTHS:
        return _iso(value)
    return _iso(f"{match[3]}-{_MONTHS.index(match[2]) + 1:02}-{match[1]}T{match[4]}{match[5] or 'Z'}")
