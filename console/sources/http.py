"""The one HTTP client of all sources: time-outs, credentials, TLS, size limits, and the world's faults as sentences.

A credential goes to the host it was given for and to no other: redirects are followed by hand, on the same origin only.
"""

from __future__ import annotations

import email.utils
import os
import ssl
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeVar
from urllib.parse import urljoin

import httpx
import msgspec

from console.model.errors import SourceError, Trouble
from console.vault import Secret

T = TypeVar("T")

MAX_BODY = 64 * 1024 * 1024
_MAX_HOPS = 5
_REDIRECTS = {301, 302, 303, 307, 308}


class HttpOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys every HTTP source takes. ``auth``: "bearer" (default where a credential stands), "basic" or "header:NAME"."""

    url: str
    auth: str | None = None
    user: str | None = None
    headers: dict[str, str] = {}
    ca_file: str | None = None
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole. ``content`` is decompressed; ``wire_bytes`` is what came over the line."""

    status: int
    headers: httpx.Headers
    content: bytes
    url: str
    wire_bytes: int

    def json(self, kind: type[T]) -> T:
        """Decode into ``kind`` (msgspec rules: unknown fields are ignored). Raises SourceError, naming what came."""
        return decode_json(self.content, kind, self.url, self.headers.get("content-type", ""))

    @property
    def date(self) -> float | None:
        """The remote's own clock, epoch seconds, None when it does not say."""
        text = self.headers.get("date")
        if text is None:
            return None
        try:
            return email.utils.parsedate_to_datetime(text).timestamp()
        except (ValueError, TypeError):
            return None


class Http:
    """A client for one source. Lives on the network lane's loop."""

    def __init__(
        self,
        options: HttpOptions,
        secret: Secret | None = None,
        *,
        default_auth: Literal["bearer", "basic"] = "bearer",
        transport: httpx.AsyncBaseTransport | None = None,
        max_body: int = MAX_BODY,
    ) -> None:
        self._options = options
        self._max_body = max_body
        self.base = _base(options.url)
        headers = {"user-agent": "hypercare-console", **options.headers}
        auth: httpx.Auth | None = None
        if secret is not None:
            scheme = options.auth or ("basic" if options.user else default_auth)
            if scheme == "bearer":
                headers["authorization"] = f"Bearer {secret.reveal()}"
            elif scheme == "basic":
                auth = httpx.BasicAuth(options.user or "", secret.reveal())
            elif scheme.startswith("header:"):
                headers[scheme.removeprefix("header:")] = secret.reveal()
            else:
                raise SourceError(
                    Trouble.SETTINGS, f'auth = "{scheme}" is unknown; use "bearer", "basic" or "header:NAME".'
                )
        self._client = httpx.AsyncClient(
            headers=headers,
            auth=auth,
            timeout=httpx.Timeout(options.timeout_s),
            follow_redirects=False,
            verify=tls(options.ca_file),
            transport=transport,
            trust_env=True,
        )

    async def get(
        self, path: str = "", *, params: Any = None, headers: dict[str, str] | None = None, expect: tuple[int, ...] = ()
    ) -> Reply:
        """GET ``path`` below the source's URL ('' is the URL itself). Raises SourceError unless 2xx or in ``expect``."""
        return await self._send("GET", path, expect, params=params, headers=headers)

    async def post(
        self,
        path: str,
        *,
        json: Any = None,
        form: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        expect: tuple[int, ...] = (),
    ) -> Reply:
        return await self.send("POST", path, json=json, form=form, headers=headers, expect=expect)

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        expect: tuple[int, ...] = (),
    ) -> Reply:
        """Any method with a body. Raises SourceError unless 2xx or in ``expect``; a time-out leaves open whether it was done."""
        content = msgspec.json.encode(json) if json is not None else None
        sent = {**(headers or {}), **({"content-type": "application/json"} if content is not None else {})}
        return await self._send(method, path, expect, content=content, data=form, headers=sent)

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(self, method: str, path: str, expect: tuple[int, ...], **request: Any) -> Reply:
        url = str(self.base) if path == "" else urljoin(str(self.base).rstrip("/") + "/", path.lstrip("/"))
        for _ in range(_MAX_HOPS):
            reply = await self._once(method, url, **request)
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                break
            target = httpx.URL(urljoin(url, reply.headers["location"]))
            if (target.scheme, target.host, target.port) != (self.base.scheme, self.base.host, self.base.port):
                raise SourceError(
                    Trouble.UNREADABLE,
                    f"{_where(url)} redirects to another host ({target.host}); the credential was not sent there. "
                    "Set the final address as url.",
                )
            url = str(target)
            request["params"] = None
            if reply.status == 303:
                method, request = "GET", {"headers": request.get("headers")}
        else:
            raise SourceError(Trouble.UNREADABLE, f"{_where(url)} redirects in a circle; check the url.")
        if reply.status // 100 != 2 and reply.status not in expect:
            raise refusal(reply)
        return reply

    async def _once(self, method: str, url: str, **request: Any) -> Reply:
        where = _where(url)
        try:
            async with self._client.stream(method, url, **request) as response:
                content, wire = await self._body(response, where)
                return Reply(response.status_code, response.headers, content, url, wire)
        except httpx.TimeoutException:
            raise SourceError(
                Trouble.TIMEOUT, f"{where} did not answer within {self._options.timeout_s:g} s; it is slow or blocked."
            ) from None
        except httpx.ConnectError as error:
            raise _connect_error(where, error) from None
        except (httpx.DecodingError, zlib.error):
            raise SourceError(
                Trouble.UNREADABLE, f"{where} sent a compressed body that is cut or damaged; it is asked again."
            ) from None
        except httpx.RemoteProtocolError:
            raise SourceError(
                Trouble.UNREACHABLE, f"{where} closed the connection before its answer was whole; it is asked again."
            ) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            raise SourceError(
                Trouble.SETTINGS, f'"{url}" is no usable address; write it as https://host/path.'
            ) from None
        except httpx.TransportError as error:
            raise SourceError(
                Trouble.UNREACHABLE, f"{where} cannot be reached ({_reason(error)}); check network and address."
            ) from None

    async def _body(self, response: httpx.Response, where: str) -> tuple[bytes, int]:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > self._max_body:
                raise SourceError(
                    Trouble.UNREADABLE,
                    f"{where} sent more than {self._max_body // 2**20} MB; nothing of it was used. "
                    "Narrow what the address exposes.",
                )
            chunks.append(chunk)
        return b"".join(chunks), response.num_bytes_downloaded


def decode_json(content: bytes, kind: type[T], url: str, content_type: str = "") -> T:
    """msgspec decoding with faults as sentences. Pure; may run in a worker process for large bodies."""
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise SourceError(
            Trouble.UNREADABLE, f"{_where(url)} answered JSON of another shape ({error}); is this the right address?"
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        head = content[:200].lstrip().lower()
        if head.startswith((b"<!doctype", b"<html", b"<")) or "html" in content_type:
            what = "answered a web page instead of JSON; a login page or a proxy may stand in between"
        else:
            what = "answered something that is not JSON, or JSON cut short"
        raise SourceError(Trouble.UNREADABLE, f"{_where(url)} {what}. Check url and credential.") from None


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds the remote asks us to wait: a number, or an HTTP date against its own clock. None when it does not say."""
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        then = email.utils.parsedate_to_datetime(text).timestamp()
        reference = email.utils.parsedate_to_datetime(headers["date"]).timestamp()
    except (ValueError, TypeError, KeyError):
        return None
    return max(0.0, then - reference)


def refusal(reply: Reply) -> SourceError:
    """The sentence for a status that is not success."""
    where, status, pause = _where(reply.url), reply.status, retry_after(reply.headers)
    if status == 401:
        return SourceError(Trouble.REFUSED, f"{where} refuses the credential (401); enter it anew in Sources.", pause)
    if status == 403:
        return SourceError(Trouble.REFUSED, f"{where} forbids this (403); the credential lacks the right.", pause)
    if status in (404, 410):
        return SourceError(Trouble.NOT_FOUND, f"{where} knows no such address ({status}); check the url.", pause)
    if status == 429:
        return SourceError(Trouble.THROTTLED, f"{where} asks for fewer requests (429); the next poll waits.", pause)
    if status >= 500:
        return SourceError(Trouble.SERVER, f"{where} fails on its side ({status}); it is asked again.", pause)
    return SourceError(Trouble.UNREADABLE, f"{where} answered with status {status}; check url and settings.", pause)


def _base(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise SourceError(Trouble.SETTINGS, f'"{url}" is no usable address; write it as https://host/path.') from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise SourceError(Trouble.SETTINGS, f'"{url}" is no usable address; write it as https://host/path.')
    if parsed.userinfo:
        raise SourceError(
            Trouble.SETTINGS, "The url holds a user or password; remove it and name a credential instead."
        )
    return parsed


def tls(ca_file: str | None) -> ssl.SSLContext:
    """What a client trusts: the usual authorities, or those of a file. Raises SourceError (settings) when it is none."""
    if ca_file is None:
        return _usual_tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise SourceError(Trouble.SETTINGS, f"ca_file {ca_file} is no readable certificate file (PEM).") from None


@lru_cache(maxsize=4)
def _usual_tls(*_: str | None) -> ssl.SSLContext:
    """One for all sources that trust the usual authorities: reading those takes 15 ms and half a megabyte each time."""
    return httpx.create_ssl_context()


def _where(url: str) -> str:
    """Host, port and path: enough to find the fault, nothing that could hold a secret (a query may)."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "The address"
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.host}{port}{parsed.path}"


def _reason(error: Exception) -> str:
    text = str(error)
    return text or type(error).__name__


def _connect_error(where: str, error: httpx.ConnectError) -> SourceError:
    text = _reason(error)
    lowered = text.lower()
    if "certificate" in lowered or "ssl" in lowered or "tls" in lowered:
        return SourceError(
            Trouble.TLS, f"{where} shows a certificate that is not trusted here ({text}); set ca_file if it is yours."
        )
    if (
        "name or service" in lowered
        or "getaddrinfo" in lowered
        or "nodename" in lowered
        or "name resolution" in lowered
    ):
        return SourceError(Trouble.UNREACHABLE, f"The name of {where} is not known to DNS; check the address.")
    return SourceError(Trouble.UNREACHABLE, f"{where} cannot be reached ({text}); check that it runs and the port.")
