"""A receiver of reports: in-app forms and gateway routes post here, and hear a receipt.

It listens from its first poll until it is closed. What came is on the disk before the answer, and becomes facts at the next
poll. Whoever knows the secret may send (as a bearer token, or as HMAC-SHA256 over the body); a receipt's status may be
asked by whoever holds the receipt.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import re
import sqlite3
from collections import Counter

import msgspec

from console.model.errors import SourceError, Trouble
from console.model.facts import Covered, Facts, Fetched
from console.model.moment import iso
from console.ports import Seen
from console.sources import whole
from console.sources.site import Site
from console.sources.tickets import words as w
from console.sources.tickets.rate import Rate
from console.sources.tickets.reading import sentence
from console.sources.tickets.webhook_http import Answer, Head, HttpServer
from console.sources.tickets.webhook_item import WrongReportError, facts_of, read_report
from console.sources.tickets.webhook_spool import Spool

_MOST = 500
_WRONG_SECRETS = 10
"""A minute and address; after that nobody there is listened to for a while, right or wrong."""
_RECEIPTS = 300
_RECEIPT_PATH = re.compile(r"/receipt/([a-z0-9]{8,64})")
WRONG_SECRET, FLOOD, NOT_USABLE, NOT_KEPT = "wrong secret", "over the limit", "not usable", "not kept"


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``listen``: address and port; 127.0.0.1 hears this machine alone, 0.0.0.0 the whole network.

    ``post_path``: where reports are posted. ``max_kb``: of one report, its screenshot included. ``per_minute``: reports taken.
    """

    listen: str = "127.0.0.1:8765"
    post_path: str = "/feedback"
    max_kb: int = 1_024
    per_minute: int = 120
    severity_map: dict[str, str] = msgspec.field(default_factory=dict)


class Memory(msgspec.Struct):
    """The cursor: the number of the last report the session has, of which spool, and until when it was listened."""

    number: int = 0
    spool: str = ""
    listened_to: int | None = None


def build(options: Options, site: Site) -> WebhookSource:
    """Raises SourceError for options that cannot work."""
    return WebhookSource(options, site)


class WebhookSource:
    """Implements ``console.ports.Source``. Unlike others it lives between polls: it holds the open port."""

    def __init__(self, options: Options, site: Site) -> None:
        self._host, self._port = _address(options.listen)
        if site.secret is None:
            raise SourceError(
                Trouble.SETTINGS, "A receiver needs a shared secret; set a credential, which senders must know as well."
            )
        if not options.post_path.startswith("/") or options.post_path.startswith("/receipt"):
            raise SourceError(
                Trouble.SETTINGS, f'post_path = "{options.post_path}" must begin with / and be none below /receipt.'
            )
        if options.max_kb < 1 or options.per_minute < 1:
            raise SourceError(Trouble.SETTINGS, "max_kb and per_minute must be 1 or more.")
        self._secret = site.secret.reveal().encode()
        self._options = options
        self._site = site
        self._words = w.words_for(w.EXPORT_SEVERITY, {}, severity_map=options.severity_map)
        self._server = HttpServer(self._gate, self._handle, self._refuse, options.max_kb * 1_024)
        self._spool: Spool | None = None
        self._turn = asyncio.Lock()
        self._rate = Rate(options.per_minute)
        self._receipts = Rate(_RECEIPTS)
        self._wrong = Rate(_WRONG_SECRETS)
        self._stored = 0
        self._since: int | None = None
        self._now = 0
        self._refused: Counter[str] = Counter()
        self._taken = 0
        self.port = 0

    asked_ahead = False

    async def poll(self, cursor: bytes, now: int) -> Fetched:
        """What came since. Listens from the first poll on."""
        memory = _recall(cursor)
        self._now = now
        await self._listen(now)
        assert self._spool is not None
        async with self._turn:
            newest = await whole.in_thread(self._spool.newest)
            if memory.number > newest or memory.spool not in ("", self._spool.identity):
                # A session that was renamed or restored without its folder: the numbers are not those of these reports.
                memory.number = 0
            memory.spool, self._stored = self._spool.identity, memory.number
            kept = await whole.in_thread(self._spool.after, memory.number, _MOST)
        facts = Facts()
        for one in kept:
            assert one.report is not None
            told = facts_of(self._site.name, one.receipt, f"W-{one.receipt[:7]}", one.report, self._words)
            facts.ticket_event += told.ticket_event
            facts.survey += told.survey
        number = kept[-1].number if kept else memory.number
        more = number < newest and len(kept) == _MOST
        if not more:
            before = memory.listened_to if memory.listened_to is not None else now
            start = max(before, self._since or now)
            if start < now:
                facts.covered.append(Covered(self._site.name, start, now))
            memory.listened_to = now
        memory.number = number
        return Fetched(facts, msgspec.json.encode(memory), more=more, note=self._note())

    async def look(self, now: int) -> Seen:
        """Whether the address can be listened on."""
        lines = [f"reports of up to {self._options.max_kb} kB, {self._options.per_minute} a minute"]
        if not _is_loopback(self._host):
            lines.append("the whole network can reach it: the secret is all that guards it, and it is sent unencrypted")
        try:
            server = await asyncio.start_server(lambda *_: None, self._host, self._port)
        except OSError as error:
            if self._since is None and _in_use(error):
                return Seen(f"{self._options.listen} is in use, by this source itself if it runs already", lines)
            raise self._cannot(error) from None
        server.close()
        await server.wait_closed()
        return Seen(
            f"Ready to listen at http://{self._options.listen}{self._options.post_path} since {iso(now)[11:19]}", lines
        )

    async def close(self) -> None:
        await self._server.close()
        async with self._turn:
            if self._spool is not None:
                await whole.in_thread(self._spool.close)
                self._spool = None

    async def _listen(self, now: int) -> None:
        if self._since is not None:
            return
        if self._site.folder is None:
            raise SourceError(Trouble.SETTINGS, "There is no folder beside the session to keep reports in.")
        if self._spool is None:
            self._spool = await whole.in_thread(Spool, self._site.folder)
        try:
            self.port = await self._server.start(self._host, self._port)
        except OSError as error:
            raise self._cannot(error) from None
        self._since = now

    def _cannot(self, error: OSError) -> SourceError:
        why = "another program listens there" if _in_use(error) else (error.strerror or str(error))
        return SourceError(
            Trouble.UNREACHABLE, f"Listening on {self._options.listen} is not possible ({why}); choose another port."
        )

    # -- answering ------------------------------------------------------------------------------------------------

    def _gate(self, head: Head) -> Answer | None:
        """What can be answered without the body."""
        if _RECEIPT_PATH.fullmatch(head.path):
            return None if head.method == "GET" else _said(405, "ask for a receipt with GET", allow="GET")
        if head.path != self._options.post_path:
            return _said(404, "no such address here")
        if head.method != "POST":
            return _said(405, "send reports with POST", allow="POST")
        if (pause := self._wrong.spent(head.peer)) is not None:
            self._refuse(WRONG_SECRET)
            return _said(429, "too many wrong secrets", retry_after=pause)
        if "x-hypercare-signature" in head.headers:
            return None
        # Who does not know the secret uses nothing up of what those who do may send.
        return self._unknown(head) if not self._bearer(head) else self._flood()

    def _flood(self) -> Answer | None:
        pause = self._rate.take("")
        if pause is None:
            return None
        self._refuse(FLOOD)
        return _said(429, f"at most {self._options.per_minute} reports a minute", retry_after=pause)

    async def _handle(self, head: Head, body: bytes) -> Answer:
        receipt = _RECEIPT_PATH.fullmatch(head.path)
        if receipt is not None:
            return await self._receipt(receipt[1], head)
        if "x-hypercare-signature" in head.headers:
            # A signature is over the body, so that only now it is known whose report this is.
            if not self._signed(head, body):
                return self._unknown(head)
            if (flooded := self._flood()) is not None:
                return flooded
        now = self._clock()
        try:
            report, image, unknown = read_report(body, now)
        except WrongReportError as error:
            self._refuse(NOT_USABLE)
            return _said(400 if "JSON" in str(error) else 422, str(error))
        report.key = head.headers.get("idempotency-key", "")[:200] or report.key
        mark = hashlib.blake2b(body, digest_size=16).digest()
        try:
            async with self._turn:
                if self._spool is None:
                    return _said(503, "the receiver is closing", retry_after=5)
                kept, again = await whole.in_thread(self._spool.keep, report, mark, image, now)
        except (sqlite3.Error, OSError):
            self._refuse(NOT_KEPT)
            return _said(507, "the report could not be kept; send it again later", retry_after=60)
        self._taken += not again
        document: dict[str, object] = {"receipt": kept.receipt, "state": "received", "received_at": iso(kept.at)}
        if again:
            document |= {"state": self._state(kept.number), "repeat": True}
        if unknown:
            document["ignored"] = unknown
        return Answer(200 if again else 201, document, {"location": f"/receipt/{kept.receipt}"})

    async def _receipt(self, receipt: str, head: Head) -> Answer:
        if (pause := self._receipts.take(head.peer)) is not None:
            return _said(429, "too many questions", retry_after=pause)
        try:
            async with self._turn:
                kept = None if self._spool is None else await whole.in_thread(self._spool.find, receipt)
        except sqlite3.Error:
            return _said(503, "the receipt cannot be looked up now; ask again later", retry_after=60)
        if kept is None:
            return _said(404, "no such receipt")
        document = {"receipt": receipt, "state": self._state(kept.number), "received_at": iso(kept.at)}
        if document["state"] == "stored" and self._site.status_of is not None:
            document["status"] = await self._site.status_of(receipt)
        return Answer(200, document)

    def _state(self, number: int) -> str:
        """ "received" while only the spool has it, "stored" once the session does."""
        return "stored" if number <= self._stored else "received"

    def _clock(self) -> int:
        return self._site.clock.now() if self._site.clock is not None else self._now

    def _bearer(self, head: Head) -> bool:
        scheme, _, given = head.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode("latin-1"), self._secret)

    def _signed(self, head: Head, body: bytes) -> bool:
        given = head.headers.get("x-hypercare-signature", "").removeprefix("sha256=")
        wanted = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(given.strip().lower().encode("latin-1"), wanted.encode())

    def _unknown(self, head: Head) -> Answer:
        self._wrong.take(head.peer)
        self._refuse(WRONG_SECRET)
        return _said(401, "the secret is missing or wrong", www_authenticate="Bearer")

    def _refuse(self, why: str) -> None:
        self._refused[why] += 1

    def _note(self) -> str:
        refused = ", ".join(f"{count} {why}" for why, count in self._refused.most_common(4))
        where = f"{self._host}:{self.port}" if ":" not in self._host else f"[{self._host}]:{self.port}"
        return sentence([f"listening on {where}", f"{self._taken} received", f"refused: {refused}" if refused else ""])


def _said(status: int, words: str, *, retry_after: float | None = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if retry_after is not None:
        named["retry-after"] = str(max(1, round(retry_after)))
    return Answer(status, {"error": words}, named)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        number = -1
    if not 0 <= number <= 65_535:
        raise SourceError(
            Trouble.SETTINGS, f'listen = "{listen}" is no address with a port; write it as 127.0.0.1:8765.'
        )
    return host, number


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback


def _in_use(error: OSError) -> bool:
    return "in use" in str(error).lower() or error.errno in (48, 98, 10048)


def _recall(cursor: bytes) -> Memory:
    try:
        return msgspec.json.decode(cursor, type=Memory) if cursor else Memory()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Memory()
