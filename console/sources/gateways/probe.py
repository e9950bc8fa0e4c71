"""The kind ``probe``: ask an address as a user would; note whether it answered rightly, how fast, and its certificate.

One would get wrong that a target that fails is an answer, not a fault of the source: the poll succeeds and says 0. Only
settings that cannot work are a fault. A probe speaks for the time since the last one, never for a silence of its own.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass

import httpx
import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Facts, Fetched, Gauge
from console.model.moment import SECOND, from_seconds, iso
from console.ports import Seen
from console.sources.http import tls
from console.sources.site import Site

_MAX_READ = 1024 * 1024
"""Bytes of the body that are searched for ``expect_text``; more is not read."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of ``probe``. ``timeout_s`` bounds the whole answer.

    ``expect_status``: the one right status; redirects are not followed, so 301 can be right. ``expect_text``: must
    stand in the first MB of the body. ``ca_file``: PEM with the authorities to trust.
    """

    url: str
    expect_status: int = 200
    expect_text: str | None = None
    timeout_s: float = 10.0
    headers: dict[str, str] = {}
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at the target. ``why``: '' when right. ``elapsed_ms``: to the last byte read, None without any answer.

    ``expires``: end of the certificate in epoch seconds, None without TLS or when none was shown.
    """

    why: str
    elapsed_ms: float | None = None
    status: int | None = None
    expires: int | None = None
    size: int = 0


def build(options: Options, site: Site) -> Probe:
    """Raises SourceError (settings) for an unusable url, status, time-out or ca_file."""
    return Probe(options, site)


class Probe:
    """Implements ``ports.Source``. The cursor is the instant of the last probe."""

    def __init__(self, options: Options, site: Site) -> None:
        self._options = options
        self._site = site
        _check(options)
        # A connection a probe: the handshake is part of what is measured, and a kept connection hides a dead listener.
        self._client = httpx.AsyncClient(
            headers={"user-agent": "hypercare-console", **options.headers, **_credential(site)},
            timeout=httpx.Timeout(options.timeout_s),
            follow_redirects=False,
            verify=tls(options.ca_file),
            transport=site.transport,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """Gauges ``probe_up``, ``probe_ms`` and, over TLS, ``tls_expires``; never fails because the target does."""
        sight = await self._look_once()
        name = self._site.name
        facts = Facts(gauge=[Gauge(now, name, "probe_up", "{}", 0.0 if sight.why else 1.0)])
        if sight.elapsed_ms is not None:
            facts.gauge.append(Gauge(now, name, "probe_ms", "{}", sight.elapsed_ms))
        if sight.expires is not None:
            facts.gauge.append(Gauge(now, name, "tls_expires", "{}", float(sight.expires)))
        since = _since(cursor, now, round(self._site.period_s * SECOND))
        if since < now:
            facts.covered.append(Covered(name, since, now))
        return Fetched(facts, cursor=msgspec.msgpack.encode(now), seen_bytes=sight.size, note=_note(sight))

    async def look(self, now: int) -> Seen:
        sight = await self._look_once()
        lines = [_note(sight)]
        if sight.expires is not None:
            days = (from_seconds(sight.expires) - now) / (86_400 * SECOND)
            lines.append(f"Certificate ends {iso(from_seconds(sight.expires))}, in {days:.0f} days")
        return Seen("down" if sight.why else "up", lines)

    async def close(self) -> None:
        await self._client.aclose()

    async def _look_once(self) -> Sight:
        options = self._options
        begun = time.perf_counter()
        expires: int | None = None
        try:
            async with asyncio.timeout(options.timeout_s), self._client.stream("GET", options.url) as response:
                expires = _expires(response)
                body = await _some(response, options.expect_text is not None)
                elapsed_ms = (time.perf_counter() - begun) * 1000.0
        except (httpx.TimeoutException, TimeoutError):
            return Sight(f"no answer within {options.timeout_s:g} s")
        except httpx.DecodingError:
            return Sight("a compressed body that is damaged", expires=expires)
        except httpx.RemoteProtocolError:
            return Sight("the connection was closed before the answer was whole", expires=expires)
        except httpx.TransportError as error:
            return Sight(_reason(error), expires=expires)
        why = ""
        if response.status_code != options.expect_status:
            why = f"status {response.status_code} instead of {options.expect_status}"
        elif options.expect_text is not None and options.expect_text not in body.decode(
            response.encoding or "utf-8", "replace"
        ):
            why = f'the text "{options.expect_text}" is not in the answer'
        return Sight(why, elapsed_ms, response.status_code, expires, response.num_bytes_downloaded)


def _check(options: Options) -> None:
    try:
        url = httpx.URL(options.url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise SourceError(Trouble.SETTINGS, f'"{options.url}" is no usable address; write it as https://host/path.')
    if url.userinfo:
        raise SourceError(
            Trouble.SETTINGS, "The url holds a user or password; remove it and name a credential instead."
        )
    if not 100 <= options.expect_status <= 599:
        raise SourceError(Trouble.SETTINGS, f"expect_status = {options.expect_status} is no HTTP status (100 to 599).")
    if not options.timeout_s > 0:
        raise SourceError(Trouble.SETTINGS, "timeout_s must be more than 0 seconds.")


def _credential(site: Site) -> dict[str, str]:
    return {"authorization": f"Bearer {site.secret.reveal()}"} if site.secret is not None else {}


def _since(cursor: bytes, now: int, period_us: int) -> int:
    """From when this probe speaks: the last one where it was at most two periods ago, else one period back."""
    try:
        last = msgspec.msgpack.decode(cursor, type=int) if cursor else None
    except msgspec.DecodeError:
        last = None
    if last is None or now - last > 2 * period_us:
        return now - period_us
    return min(last, now)


async def _some(response: httpx.Response, wanted: bool) -> bytes:
    """The body, read to its end so that a cut answer shows, kept only as far as it is searched."""
    kept = bytearray()
    read = 0
    async for chunk in response.aiter_bytes():
        read += len(chunk)
        if wanted and len(kept) < _MAX_READ:
            kept += chunk
        if read > _MAX_READ:
            break
    return bytes(kept[:_MAX_READ])


def _expires(response: httpx.Response) -> int | None:
    stream = response.extensions.get("network_stream")
    shown = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate = shown.getpeercert() if isinstance(shown, ssl.SSLObject | ssl.SSLSocket) else None
    end = certificate.get("notAfter") if certificate else None
    return ssl.cert_time_to_seconds(end) if isinstance(end, str) else None


def _reason(error: httpx.TransportError) -> str:
    text = str(error) or type(error).__name__
    lowered = text.lower()
    if "certificate" in lowered or "ssl" in lowered:
        return f"the certificate is not trusted here ({text})"
    if (
        "name or service" in lowered
        or "getaddrinfo" in lowered
        or "nodename" in lowered
        or "name resolution" in lowered
    ):
        return "its name is not known to DNS"
    return f"cannot be reached ({text})"


def _note(sight: Sight) -> str:
    if sight.why:
        return f"down: {sight.why}"
    return f"up, {sight.status} in {sight.elapsed_ms:.0f} ms"
