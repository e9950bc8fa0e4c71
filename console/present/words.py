"""The only place that formats ages, percents, durations, counts and instants. All pure; zones are handed in.

Digits are grouped with a thin no-break space and units stand behind one, as in the pictures.
"""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

from console.model.moment import DAY, HOUR, MINUTE, SECOND, to_datetime

GROUP = "\u202f"
SPACE = "\u00a0"
UNKNOWN = "?"


def count(value: float | None) -> str:
    """1 284 000 with groups; '?' for None and for what is no number."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{round(value):,}".replace(",", GROUP).replace("-", "−")


def short_count(value: float | None) -> str:
    """52.7 M from ten million up, 128 k from a hundred thousand, else every digit."""
    if value is None or not math.isfinite(value) or abs(value) < 100_000:
        return count(value)
    if abs(value) < 10_000_000:
        return f"{count(value / 1000)}{SPACE}k"
    return f"{value / 1e6:.1f}{SPACE}M".replace("-", "−")


def share(value: float | None, digits: int | None = None) -> str:
    """A share 0..1 as per cent, with the digits its size needs: 99.94 %, 0.41 %, 83 %. Only all of it reads 100 %."""
    if value is None or math.isnan(value):
        return UNKNOWN
    percent = value * 100
    if digits is None:
        distance = min(abs(percent), abs(100 - percent))
        digits = 0 if distance == 0 or distance >= 5 else 2 if distance < 1 else 1
        if 0 < distance < 0.005:
            digits = 4
        if percent < 100 and round(percent, digits) >= 100:
            percent, digits = 99.9999, 4
    return f"{percent:.{digits}f}{SPACE}%"


def exact_share(value: float) -> str:
    """A share as a person set it, without digits it does not have: 99.9 %, 0.1 %."""
    return f"{value * 100:.10g}{SPACE}%"


def milliseconds(value: float | None) -> str:
    """412 ms; 1.4 s from 10 000 ms up; one digit below 10 ms."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return f"∞{SPACE}ms"
    if value >= 10_000:
        return f"{value / 1000:.1f}{SPACE}s"
    digits = 1 if value < 10 else 0
    return f"{value:,.{digits}f}".replace(",", GROUP) + f"{SPACE}ms"


def rate(value: float | None) -> str:
    """1 284 /s; two digits below 10."""
    if value is None or math.isnan(value):
        return UNKNOWN
    text = count(value) if value >= 10 else f"{value:.2f}"
    return f"{text}{SPACE}/s"


def times(ratio: float | None) -> str:
    """A change as a factor: ×1.24, ×197, ×0.31; '?' for None."""
    if ratio is None or not math.isfinite(ratio) or ratio < 0:
        return UNKNOWN
    if ratio >= 1000:
        return f"×{count(float(f'{ratio:.2g}'))}"
    return f"×{ratio:.0f}" if ratio >= 100 else f"×{ratio:.3g}"


def chance(p: float | None) -> str:
    """A p-value: '0.03', '< 0.001'."""
    if p is None or math.isnan(p):
        return UNKNOWN
    if p < 0.001:
        return f"<{SPACE}0.001"
    return f"{p:.3f}" if p < 0.01 else f"{p:.2f}"


def duration(seconds: float | None) -> str:
    """The two largest units that say something: 42 s, 6 min, 3 h 12, 4 d 6 h."""
    if seconds is None or math.isnan(seconds):
        return UNKNOWN
    sign = "−" if seconds < 0 else ""
    whole = round(abs(seconds))
    if whole < 60:
        return f"{sign}{whole}{SPACE}s"
    if whole < 3600:
        return f"{sign}{whole // 60}{SPACE}min"
    if whole < 86_400:
        hours, minutes = divmod(whole // 60, 60)
        return f"{sign}{hours}{SPACE}h" + (f"{SPACE}{minutes:02d}" if minutes else "")
    days, hours = divmod(whole // 3600, 24)
    return f"{sign}{days}{SPACE}d" + (f"{SPACE}{hours}{SPACE}h" if hours else "")


def exact_duration(seconds: float) -> str:
    """To the second: 4 d 6 h 10 min 4 s, without empty parts."""
    whole = round(seconds)
    parts = []
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        amount, whole = divmod(whole, size)
        if amount:
            parts.append(f"{amount}{SPACE}{unit}")
    return " ".join(parts) or f"0{SPACE}s"


def age(instant: int, now: int) -> str:
    """'3 s ago', 'in 5 min' for the future."""
    delta = (now - instant) / SECOND
    return f"in {duration(-delta)}" if delta < -1 else f"{duration(max(0, delta))} ago"


def clock(instant: int, zone: ZoneInfo, seconds: bool = False) -> str:
    """14:21 in the session's zone."""
    return to_datetime(instant).astimezone(zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def day_and_clock(instant: int, zone: ZoneInfo, now: int | None = None, seconds: bool = False) -> str:
    """14:21 today, else 'Thu 19 Nov 14:21'; with seconds 14:21:07."""
    local = to_datetime(instant).astimezone(zone)
    time = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    if now is not None and local.date() == to_datetime(now).astimezone(zone).date():
        return time
    return f"{local:%a} {local.day} {local:%b} {time}"


def iso_like(instant: int, zone: ZoneInfo) -> str:
    """2026-11-20 14:21 in the session's zone."""
    return to_datetime(instant).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def bytes_of(size: float) -> str:
    """12 MB; powers of 1024, as file managers say."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.0f}{SPACE}{unit}" if size >= 10 or unit == "B" else f"{size:.1f}{SPACE}{unit}"
        size /= 1024
    return ""


def plural(amount: int, one: str, many: str | None = None) -> str:
    """'1 ticket', '4 tickets'."""
    return f"{count(amount)}{SPACE}{one if amount == 1 else many or one + 's'}"


def _exact(value: float) -> str:
    """With as many digits as a round tick needs, so that two neighbours never read alike."""
    digits = next((d for d in range(5) if abs(round(value, d) - value) < 1e-9), 5)
    return f"{value:.{digits}f}"


def axis(unit: str, value: float) -> str:
    """A tick label of a chart of that unit (see ``ChartFigure.unit``)."""
    if unit == "percent":
        return f"{_exact(value * 100)}{SPACE}%"
    if unit == "ms":
        if 0 < abs(value) < 10:
            return f"{_exact(value)}{SPACE}ms"
        return f"{count(value)}{SPACE}ms" if abs(value) < 10_000 else f"{value / 1000:g}{SPACE}s"
    if unit == "per_second" and 0 < abs(value) < 10:
        return f"{value:g}"
    return count(value) if value == round(value) else f"{value:g}"


def value_of(unit: str, value: float | None) -> str:
    """A KPI value by the unit its SQL head names: share, ms, s, per_second, per_hour, count, score."""
    if value is None:
        return UNKNOWN
    match unit:
        case "share":
            return share(value)
        case "ms":
            return milliseconds(value)
        case "s":
            return duration(value)
        case "per_second":
            return rate(value)
        case "bytes_per_second":
            return f"{bytes_of(value)}/s"
        case "score":
            return f"{value:+.0f}".replace("-", "−")
        case "per_hour":
            return (count(value) if value >= 10 else f"{value:.1f}") + f"{SPACE}/h"
    if not math.isfinite(value):
        return UNKNOWN
    return count(value) if abs(value) >= 10 or value == round(value) else f"{value:.1f}"


_STEPS = (MINUTE, HOUR, DAY)


def span_words(length: int) -> str:
    """'6 h', '7 d', '14 d', '30 min' for a chart's caption."""
    minute, hour, day = _STEPS
    if length % day == 0:
        return f"{length // day}{SPACE}d"
    if length % hour == 0:
        return f"{length // hour}{SPACE}h"
    return f"{max(1, length // minute)}{SPACE}min"
