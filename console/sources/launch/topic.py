"""What a topic of the simulated tickets is; the texts are in ``topics_planted`` and ``topics_everyday``."""

from __future__ import annotations

from typing import NamedTuple

Texts = dict[str, tuple[str, ...]]


class Topic(NamedTuple):
    """``titles`` and ``bodies`` by language; ``{order}`` and the like are filled by ``wording``.

    ``weight``: how common among everyday tickets (0: planted only). ``grave``: may be a P1 or P2. ``errors``: what
    people paste. ``parts``: which keys' users report it (web, ios, android, backoffice, sync).
    """

    name: str
    kind: str
    component: str
    project: str
    route: str
    titles: Texts
    bodies: Texts
    weight: float = 0.0
    grave: bool = False
    errors: tuple[str, ...] = ()
    parts: tuple[str, ...] = ("web",)
    browser: str = ""
    error_code: str = ""
