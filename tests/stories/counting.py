"""A gateway that counts by itself: each page it serves is a call more, so that a lost or doubled poll shows at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.stories.servers import serving


@dataclass
class Counting:
    """What was served. ``calls`` is the counter of a name as last shown, ``pages`` how often it was asked."""

    base: str = ""
    calls: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    standing: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def source(self, name: str, period_s: float = 1) -> dict[str, Any]:
        """Its settings as a source of the kind ``scrape``."""
        return {
            "name": name, "kind": "scrape", "flavour": "custom", "url": f"{self.base}/{name}", "period_s": period_s,
            "map": {"requests": "calls_total", "status": "code", "route": "route"},
        }  # fmt: skip

    def page(self, name: str) -> str:
        with self.lock:
            self.pages[name] += 1
            if not self.standing:
                self.calls[name] += 1
            return (
                "# TYPE calls_total counter\n"
                f'calls_total{{code="200",route="/{name}"}} {self.calls[name]}\n'
                f'calls_total{{code="500",route="/{name}"}} {self.calls[name] * 2}\n'
            )

    def total_pages(self) -> int:
        with self.lock:
            return self.pages.total()


@contextmanager
def counting() -> Iterator[Counting]:
    """Serve until the end of the block."""
    held = Counting()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = held.page(self.path.strip("/")).encode()
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A story prints only what it has to say."""

    with serving(Page) as server:
        held.base = f"http://127.0.0.1:{server.server_address[1]}"
        yield held
