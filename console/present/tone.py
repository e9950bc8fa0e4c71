"""What a colour would mean. ``widgets/theme.py`` alone turns a tone into a colour; every tone also has a glyph."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    NEUTRAL = "neutral"
    MUTED = "muted"
    ACCENT = "accent"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"
    QUIET = "quiet"
    UNKNOWN = "unknown"


GLYPH = {
    Tone.GOOD: "✓",
    Tone.WARN: "◔",
    Tone.BAD: "✕",
    Tone.UNKNOWN: "?",
    Tone.INFO: "●",
    Tone.QUIET: "○",
    Tone.NEUTRAL: "",
    Tone.MUTED: "",
    Tone.ACCENT: "●",
}

SEVERITY_TONE = {"P1": Tone.BAD, "P2": Tone.WARN, "P3": Tone.INFO, "P4": Tone.QUIET}
