"""Writing to Roundup beyond the contract of all writers: its keywords and titles are spelled its own way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from console.ports import Wish
from tests.sources.contract import Answer, Asked, Remote, always, as_json, remote
from tests.sources.test_writers_contract import written
from tests.sources.vendors import WRITERS, Roundup

CASE = next(one for one in WRITERS if one.kind == "roundup")


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


@pytest.fixture
def vendor(server: Remote) -> Roundup:
    made = Roundup()

    def script(asked: Asked) -> Answer:
        if asked.path.endswith("/rest/data/keyword") and asked.method == "GET":
            return as_json({"data": {"collection": [{"id": "1", "name": "Payment"}]}})
        return made(asked)

    server.script = script
    return made


def test_a_keyword_the_tracker_spells_otherwise_is_set_and_not_told_as_refused(server: Remote, vendor: Roundup) -> None:
    after = written(CASE, server, Wish("d", "tags", "payment, PAYMENT"))
    assert after.fields["tags"] == "Payment" and vendor.issue["keyword"] == ["Payment"]


def test_a_title_of_odd_spaces_is_set_and_not_told_as_refused(server: Remote, vendor: Roundup) -> None:
    after = written(CASE, server, Wish("d", "title", "Pay  fails\nat night"))
    assert after.fields["title"] == "Pay  fails at night"
