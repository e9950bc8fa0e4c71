"""When is a source asked next: its period, its troubles, its own wish, and a jitter that comes from a seed."""

from __future__ import annotations

import hashlib

from console.model.errors import Trouble
from console.model.moment import SECOND

_FIRST_PAUSE_S = 1.0
_REFUSED_PAUSE_S = 300.0
_THROTTLED_LEAST_S = 5.0
_THROTTLED_MOST_S = 3600.0
_SETTINGS_PAUSE_S = 3600.0


def next_due(
    started: int,
    now: int,
    period_s: float,
    failures: int,
    trouble: Trouble | None,
    retry_after_s: float | None,
    seed: str,
) -> int:
    """The instant of the next poll.

    ``failures`` counts those in a row including the last one, 0 after a good answer. Back-off never exceeds one period,
    so that a source is live again within one period of its return; only throttling, refused credentials, unusable
    settings and a server's own wish wait longer. A clock that was set back meanwhile does not silence a source.
    """
    started = min(started, now)
    if trouble is None or failures == 0:
        steps = max(1, -(-(now - started) // round(period_s * SECOND)))
        return started + steps * round(period_s * SECOND)
    if trouble is Trouble.THROTTLED:
        asked = retry_after_s if retry_after_s is not None else _THROTTLED_LEAST_S * 2.0 ** min(failures - 1, 10)
        pause = min(max(asked, _FIRST_PAUSE_S), _THROTTLED_MOST_S)
        return now + round(pause * (1 + 0.1 * _chance(seed, failures)) * SECOND)
    if trouble is Trouble.REFUSED:
        return now + round(max(_REFUSED_PAUSE_S, retry_after_s or 0) * SECOND)
    if trouble is Trouble.SETTINGS:
        return now + round(_SETTINGS_PAUSE_S * SECOND)
    pause = min(_FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20), period_s)
    if retry_after_s is not None:
        pause = max(pause, min(retry_after_s, _THROTTLED_MOST_S))
        return now + round(pause * SECOND)
    return now + round(pause * (0.5 + 0.5 * _chance(seed, failures)) * SECOND)


def first_due(now: int, period_s: float, seed: str, others: int = 0) -> int:
    """The first poll: at once for a lone source, spread over up to one period among many."""
    return now + round(min(period_s, 0.1 * others) * _chance(seed, 0) * SECOND)


def _chance(seed: str, turn: int) -> float:
    """0..1, the same for the same source and turn: a test can foresee it and a fleet does not march in step."""
    digest = hashlib.blake2b(f"{seed}/{turn}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 0xFFFFFFFF
