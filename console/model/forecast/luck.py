"""Chance by name: the same seed and names draw the same numbers, whatever else was drawn before.

A what-if then differs from what it is compared with by the thing asked about and by nothing else (common random numbers:
Glasserman and Yao, Management Science 38 (1992) 884).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Luck:
    seed: int
    path: tuple[str, ...] = ()

    def under(self, *names: str) -> Luck:
        return Luck(self.seed, (*self.path, *names))

    def of(self, *names: str) -> np.random.Generator:
        """A fresh generator of that name, at its beginning."""
        words = [zlib.crc32(name.encode()) for name in (*self.path, *names)]
        return np.random.Generator(np.random.SFC64([self.seed & 0xFFFFFFFF, *words]))
