"""Serves APISIX pages cheaply, each path with counters of its own: ``python -m tests.bench.page_server SAMPLES``."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import AbstractContextManager

from tests.bench.exposition import page
from tests.bench.own_process import Answer, path_of, response, running, serve

_PAGES = 12


def answering(samples: int) -> Answer:
    answers = [response(page(samples, turn), "text/plain; version=0.0.4") for turn in range(_PAGES)]
    turns: Counter[bytes] = Counter()

    def answer(head: bytes, _body: bytes) -> bytes:
        path = path_of(head)
        turns[path] += 1
        return answers[min(turns[path], _PAGES) - 1]

    return answer


def pages(samples: int) -> AbstractContextManager[str]:
    """The base URL of such a server in a process of its own."""
    return running("tests.bench.page_server", samples)


if __name__ == "__main__":
    serve(answering(int(sys.argv[1])))
