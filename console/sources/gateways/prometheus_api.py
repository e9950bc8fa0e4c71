"""The HTTP API of Prometheus and its relatives: the calls we make, the answers they give, their faults as sentences.

What one would get wrong: errors come in the JSON envelope with a status of their own, or as a proxy's HTML; values are
strings; and ``timestamp`` of an aggregate is the instant asked for, so raw samples are the only true instants.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import httpx
import msgspec

from console.model.errors import SourceError, Trouble
from console.model.moment import SECOND, Span
from console.sources.gateways.history import Series, Told, tell
from console.sources.gateways.mapping import BucketKey, Key, Mapping, metric_names, place, scale_of, settle
from console.sources.http import Http, Reply, refusal

Points = dict[str, list[int]]
"""Per process the ends of the steps in which it was sampled."""

_SUCCESS = re.compile(rb'\s*\{\s*"status"\s*:\s*"success"')
_ENVELOPED = (400, 422, 499, 500, 503)


class TooMuchError(SourceError):
    """The server could not answer for this span; a shorter one may do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with the status "success", not decoded yet."""

    body: bytes
    wire_bytes: int


class _Head(msgspec.Struct, rename="camel"):
    status: str = ""
    error_type: str = ""
    error: str = ""


class _Item(msgspec.Struct):
    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []
    value: tuple[float, str] = (0.0, "0")


class _Data(msgspec.Struct):
    result: list[_Item] = []


class _Envelope(msgspec.Struct, rename="camel"):
    data: _Data
    warnings: list[str] | None = None
    is_partial: bool = False


class _Build(msgspec.Struct, frozen=True):
    version: str = ""


class _BuildInfo(msgspec.Struct):
    data: _Build = _Build()


def wanted(mapping: Mapping) -> list[str]:
    """The names worth their samples: without those that tell only version or start of the process."""
    aside = {*mapping.start, *mapping.rising} | ({mapping.version[0]} if mapping.version else set())
    levels = {level.metric for level in mapping.levels}
    return [name for name in metric_names(mapping) if name not in aside or name in levels]


def selector(names: list[str], matchers: str) -> str:
    """A vector selector for all names at once, so that one answer is one coherent reading."""
    extra = matchers.strip().strip("{}").strip().strip(",")
    pattern = "|".join(re.escape(name) for name in names).replace("\\", "\\\\").replace('"', '\\"')
    return "{" + ",".join(part for part in (f'__name__=~"{pattern}"', extra) if part) + "}"


class Api:
    """The calls. Instants in µs; each raises SourceError, ``TooMuchError`` where a shorter span may help."""

    def __init__(self, http: Http, prefix: str) -> None:
        self._http = http
        self._prefix = prefix

    async def raw(self, select: str, span: Span) -> Answer:
        """Every sample in ``span``. Versions before 3 also give the one exactly at its start."""
        seconds = max(1, -(-span.length // SECOND))
        return await self.query(f"{select}[{seconds}s]", span.end - 1)

    async def query(self, query: str, at: int) -> Answer:
        return await self._ask("query", {"query": query, "time": f"{at / SECOND:.3f}"})

    async def presence(self, select: str, span: Span, step: int) -> Answer:
        """Per process and step of µs whether there were samples; the steps tile the span and end at its end."""
        seconds = step // SECOND
        first = span.end - max(0, (span.length - 1) // step) * step
        return await self._ask(
            "query_range",
            {
                "query": f"count by (job, instance) (count_over_time({select}[{seconds}s]))",
                "start": f"{first / SECOND:.3f}",
                "end": f"{span.end / SECOND:.3f}",
                "step": str(seconds),
            },
        )

    async def version(self) -> str:
        """'' where the server does not tell it."""
        try:
            reply = await self._http.get(f"{self._prefix}status/buildinfo")
        except SourceError as error:
            if error.trouble in (Trouble.NOT_FOUND, Trouble.REFUSED):
                return ""
            raise
        return reply.json(_BuildInfo).data.version

    async def _ask(self, call: str, form: dict[str, str]) -> Answer:
        try:
            reply = await self._http.get(f"{self._prefix}{call}", params=form, expect=_ENVELOPED)
        except SourceError as error:
            if error.trouble is Trouble.TIMEOUT or "sent more than" in error.message:
                raise TooMuchError(error.trouble, error.message, error.retry_after_s) from None
            raise
        if reply.status == 200 and _SUCCESS.match(reply.content):
            return Answer(reply.content, reply.wire_bytes)
        head = _head(reply)
        if reply.status // 100 != 2 or head.status == "error":
            raise _fault(reply, head)
        if head.status != "success":
            raise SourceError(
                Trouble.UNREADABLE,
                f"{_where(reply)} answered JSON that is not of Prometheus' API; check the url and its prefix.",
            )
        return Answer(reply.content, reply.wire_bytes)


def read_scalars(body: bytes) -> float:
    """The sum of an instant vector's values; 0 for an empty one."""
    values = (_float(item.value[1]) for item in _items(body))
    return sum(value for value in values if math.isfinite(value))


def presence(body: bytes) -> Points:
    return {process_of(item.metric): [round(at * 1000) * 1000 for at, _ in item.values] for item in _items(body)}


def process_of(labels: dict[str, str]) -> str:
    """Job and instance, by which scrapes belong together."""
    return f"{labels.get('job', '')}\n{labels.get('instance', '')}"


def digest(
    bodies: list[bytes], mapping: Mapping, source: str, span: Span, gauges_in: list[Span], where: str
) -> Told | str:
    """Bodies of ``raw`` → facts, or the sentence that says why not. Of module level: large bodies go to a worker."""
    try:
        answers = [msgspec.json.decode(body, type=_Envelope) for body in bodies]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return f"{where} answered JSON of another shape or cut short ({error}); it is asked again."
    items = [item for answer in answers for item in answer.data.result]
    seen: dict[str, list[dict[str, str]]] = {}
    for item in items:
        seen.setdefault(item.metric.get("__name__", ""), []).append(item.metric)
    settled = settle(mapping, seen)
    samples: dict[tuple[str, str], dict[int, float]] = {}
    kinds: dict[tuple[str, str], tuple[tuple[Key, ...], str, str]] = {}
    for item in items:
        name = item.metric.get("__name__", "")
        keys = place(settled, name, item.metric)
        if not keys:
            continue
        rest = "\n".join(f"{k}={v}" for k, v in sorted(item.metric.items()) if k not in ("__name__", "le"))
        # 0.1 and "0.10" are one bucket: the key's number stands for the label's text.
        identity = rest + (f"\nle={keys[0].le_ms}" if isinstance(keys[0], BucketKey) else "")
        kinds[name, identity] = (keys, process_of(item.metric), rest)
        into = samples.setdefault((name, identity), {})
        for at, text in item.values:
            value = _float(text)
            if math.isfinite(value):
                into[round(at * 1000) * 1000] = value
    series: list[Series] = []
    for (name, identity), points in samples.items():
        keys, process, rest = kinds[name, identity]
        times = sorted(points)
        values = [points[at] for at in times]
        scale = scale_of(settled, name)
        series += [Series(key, process, (name, rest), scale, times, values) for key in keys]
    told = tell(source, series, span, gauges_in)
    told.partial = next(filter(None, map(_warning, answers)), "")
    return told


def _warning(answer: _Envelope) -> str:
    if answer.warnings:
        return f"The server warns that its answer is not whole: {answer.warnings[0][:200]}."
    return "The server says its answer is only a part: some of its storage did not answer." if answer.is_partial else ""


def _items(body: bytes) -> list[_Item]:
    return msgspec.json.decode(body, type=_Envelope).data.result


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _head(reply: Reply) -> _Head:
    if reply.status // 100 == 2:
        return reply.json(_Head)
    try:
        return msgspec.json.decode(reply.content, type=_Head)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise refusal(reply) from None


def _where(reply: Reply) -> str:
    return str(httpx.URL(reply.url).host)


def _fault(reply: Reply, head: _Head) -> SourceError:
    where, words = _where(reply), f"{head.error_type}: {head.error}"[:300].strip(": ")
    if head.status != "error":
        return refusal(reply)
    if head.error_type == "bad_data" or reply.status == 400:
        if "exceed" in words or "too many" in words or "limit" in words:
            return TooMuchError(Trouble.SERVER, f"{where} finds the span too large ({words}); a shorter one comes.")
        return SourceError(
            Trouble.SETTINGS, f"{where} does not understand the question ({words}); check matchers and flavour."
        )
    if head.error_type in ("timeout", "canceled") or reply.status == 422:
        return TooMuchError(
            Trouble.TIMEOUT if head.error_type == "timeout" else Trouble.SERVER,
            f"{where} gave up on the question ({words}); it is asked again with a shorter span.",
        )
    return SourceError(Trouble.SERVER, f"{where} fails on its side ({words}); it is asked again.")
