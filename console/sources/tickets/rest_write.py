"""Writing to any JSON API by the templates of the settings. A field without a template is read only.

``{value}`` and its kin become JSON, whatever stands in them, so a template names them without quotes; in addresses they are
escaped. An ETag of the answer guards the change where there is one, else what was read is compared once more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from console.model.errors import SourceError, Trouble
from console.model.nearest import did_you_mean
from console.ports import COMMENT, INTERNAL_COMMENT, RemoteTicket, Wish, marker
from console.sources.http import Http, Reply
from console.sources.site import Site
from console.sources.tickets import rest_item
from console.sources.tickets import words as w
from console.sources.tickets.column_map import MAPPABLE, Plan
from console.sources.tickets.reading import decode
from console.sources.tickets.writing import EXPECTED, as_wished, check, conflict, declined

_WHO = "The API"
_PLACE = re.compile(r"\{(value|number|id|key|version|decision)\}")
_METHODS = ("PUT", "PATCH", "POST", "DELETE")
_SAID = (COMMENT, INTERNAL_COMMENT)
_WRITABLE = (MAPPABLE - {"id", "key", "url", "created_at", "updated_at"}) | set(_SAID)
_ODD_ID = re.compile(r"[\x00-\x20\x7f]|^\.{0,2}$|/|\\|\?|#|%")


class Templates(msgspec.Struct, frozen=True):
    """``write_url``: field → "METHOD address"; ``find_url``: comment → where what was said can be read."""

    base: str
    read_url: str
    read_item: str
    write_url: Mapping[str, str]
    write_body: Mapping[str, str]
    find_url: Mapping[str, str]

    @property
    def writes(self) -> frozenset[str]:
        """What can be written so that it can be checked: a field by reading it again, a comment by finding it."""
        if not self.read_url:
            return frozenset()
        return frozenset(field for field in self.write_url if field not in _SAID or field in self.find_url)


def check_templates(templates: Templates) -> None:
    """Raises SourceError (settings) for what could never work, or would send the credential elsewhere."""
    for field, line in templates.write_url.items():
        method, _, address = line.strip().partition(" ")
        if method not in _METHODS or not address:
            raise _wrong(
                f'write_url for {field} must be a method and an address, such as "PATCH https://host/tickets/{{id}}"'
            )
        if field not in _WRITABLE:
            raise _wrong(
                f'write_url names "{field}", which cannot be written{did_you_mean(field, _WRITABLE).rstrip(".?")}'
            )
        _same_host(templates.base, address.strip())
        if field in _SAID and field not in templates.find_url:
            raise _wrong(f"a {field} needs a find_url as well: a lost answer would be sent twice without it")
    for address in (templates.read_url, *templates.find_url.values()):
        if address:
            _same_host(templates.base, address)
    if templates.write_url and not templates.read_url:
        raise _wrong("writing needs read_url: what was written is read again")
    for field, body in templates.write_body.items():
        trial = _PLACE.sub("0", body)
        try:
            msgspec.json.decode(trial)
        except msgspec.DecodeError:
            raise _wrong(f"write_body for {field} is no JSON; write {{value}} without quotes") from None
    rest_item.check_expressions({"read_item": templates.read_item})


class RestWriter:
    """Implements ``console.ports.TicketWriter``. ``own``: field → the vendor's word → ours."""

    def __init__(
        self,
        http: Http,
        site: Site,
        templates: Templates,
        fields: Mapping[str, str],
        plan: Plan,
        own: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._http = http
        self._site = site
        self._templates = templates
        self._fields = dict(fields)
        self._plan = plan
        self._own = own

    async def read(self, ticket: str) -> RemoteTicket:
        url = _address(self._templates.read_url, {"id": _usable(ticket)})
        reply = await self._http.get(url, expect=EXPECTED)
        document = await self._whole(reply, ticket)
        item = rest_item.search(self._templates.read_item, document)
        told = rest_item.told(self._plan, self._fields, [item])
        if not told.rows:
            raise SourceError(
                Trouble.UNREADABLE, f"{_WHO} answered without ticket {ticket}; check read_url and read_item."
            )
        row = told.rows[0]
        if row.id != ticket:
            raise SourceError(
                Trouble.UNREADABLE, f"{_WHO} answered with ticket {row.id} instead of {ticket}; check read_url."
            )
        version = (
            reply.headers.get("etag") or blake2b(msgspec.json.encode(item, order="sorted"), digest_size=12).hexdigest()
        )
        return RemoteTicket(row.id, row.values["key"], row.values, version, row.values.get("url", ""))

    async def write(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket:
        if wish.field not in self._templates.writes:
            raise declined(_WHO, f'there is no template for "{wish.field}"; add it under write_url in Sources.')
        now = await self.read(remote.ticket)
        if wish.field in _SAID:
            await self._send(now, wish, f"{wish.value}\n\n{marker(wish.decision)}")
            if not await self._found(now, wish):
                raise declined(_WHO, f"it took the {wish.field} without showing it; check write_body and find_url.")
            return await self.read(remote.ticket)
        if now.fields.get(wish.field, "") == wish.value:
            return now
        if now.version != remote.version:
            raise conflict(_WHO, now.key)
        await self._send(now, wish, self._word(wish))
        after = await self.read(remote.ticket)
        if wish.field in self._fields and not self._as_wished(after, wish):
            raise declined(_WHO, f"it answered as if done but left {wish.field} as it was.")
        return as_wished(after, wish)

    async def done(self, remote: RemoteTicket, wish: Wish) -> RemoteTicket | None:
        """Comments by their marker; nothing else can double."""
        if wish.field not in _SAID or wish.field not in self._templates.find_url:
            return None
        return await self.read(remote.ticket) if await self._found(remote, wish) else None

    async def close(self) -> None:
        await self._http.close()

    def _as_wished(self, after: RemoteTicket, wish: Wish) -> bool:
        held = after.fields.get(wish.field, "")
        return held.split() == wish.value.split() or (
            wish.field == "status" and w.entering("resolved", held) == wish.value
        )

    def _word(self, wish: Wish) -> str:
        """Our word as the vendor's, where the settings say which."""
        own = self._own.get(wish.field)
        if own is None or not wish.value:
            return wish.value
        found = next((word for word, ours in own.items() if w.fold(ours) == w.fold(wish.value)), None)
        nearest = "in_progress" if wish.value == "reopened" else wish.value
        found = found or next((word for word, ours in own.items() if w.fold(ours) == nearest), None)
        if found is None:
            raise declined(_WHO, f'no word is set for "{wish.value}"; name one under {wish.field}_map.')
        return found

    async def _send(self, now: RemoteTicket, wish: Wish, value: str) -> None:
        method, _, address = self._templates.write_url[wish.field].strip().partition(" ")
        values = {"id": now.ticket, "key": now.key, "version": now.version, "decision": wish.decision, "value": value}
        headers = {"idempotency-key": wish.decision}
        if now.version.startswith(('"', 'W/"')):
            headers["if-match"] = now.version
        body = _body(self._templates.write_body.get(wish.field, ""), values)
        url = _address(address.strip(), values)
        reply = await self._http.send(method, url, json=body, headers=headers, expect=EXPECTED)
        await self._whole(reply, now.key)

    async def _found(self, remote: RemoteTicket, wish: Wish) -> bool:
        values = {"id": remote.ticket, "key": remote.key, "decision": wish.decision, "value": marker(wish.decision)}
        reply = await self._http.get(_address(self._templates.find_url[wish.field], values), expect=EXPECTED)
        await self._whole(reply, remote.key)
        return marker(wish.decision).encode() in reply.content

    async def _whole(self, reply: Reply, key: str) -> Any:
        """The decoded answer, None for an empty one. An error that comes with a success is none."""
        check(_WHO, key, reply, conflicts=(409, 412))
        if not reply.content.strip():
            return None
        answer = await decode(self._site, reply, Any)
        if isinstance(answer, dict) and (answer.get("error") or answer.get("errors")):
            check(_WHO, key, Reply(422, reply.headers, reply.content, reply.url, reply.wire_bytes))
        return answer


def _body(template: str, values: Mapping[str, str]) -> Any:
    if not template:
        return None

    def put(found: re.Match[str]) -> str:
        if found[1] == "number":
            return _number(values["value"])
        return msgspec.json.encode(values[found[1]]).decode()

    # Encoded and decoded once more by the client: a template can never send what is no JSON.
    return msgspec.json.decode(_PLACE.sub(put, template))


def _number(value: str) -> str:
    try:
        number = msgspec.json.decode(value)
    except msgspec.DecodeError:
        number = None
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise declined(_WHO, f'"{value[:40]}" is no number, which its template asks for.')
    return value


def _address(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: quote(values.get(found[1], ""), safe=""), template)


def _usable(ticket: str) -> str:
    """The id. Raises SourceError (declined) where it could lead elsewhere on that host."""
    if _ODD_ID.search(ticket):
        raise declined(_WHO, f'"{ticket[:40]}" is no usable id of a ticket; withdraw the decision.')
    return ticket


def _same_host(base: str, address: str) -> None:
    try:
        one, other = httpx.URL(base), httpx.URL(_PLACE.sub("0", address))
    except httpx.InvalidURL:
        raise _wrong(f'"{address}" is no usable address') from None
    if (one.scheme, one.host, one.port) != (other.scheme, other.host, other.port):
        raise _wrong(f'"{address}" lies on another host than url; the credential is not sent there')


def _wrong(words: str) -> SourceError:
    return SourceError(Trouble.SETTINGS, f"{words[:1].upper()}{words[1:]}.")
