"""A mapping looked at before it is saved: by the connector itself, on real tickets, asking the remote once."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.model.errors import SettingsError, SourceError
from console.model.mapping import TARGETS, MappingPreview
from console.model.moment import DAY, MINUTE
from console.settings import SourceSettings
from console.sources.site import Site
from console.sources.tickets import words as w
from console.sources.tickets.preview import Mappings, can_preview
from console.vault import Secret
from tests.sources import cases_tickets
from tests.sources.cases_tickets import jira_cloud, jira_item
from tests.sources.contract import NOW, PASSWORD, Answer, Asked, Case, Inline, Remote, always, remote

MAPPED = [case for case in cases_tickets.CASES if can_preview(case.kind)]


@pytest.fixture
def server() -> Iterator[Remote]:
    with remote(always(Answer(status=500))) as one:
        yield one


def site(name: str = "shop") -> Site:
    return Site(name, Inline(), 60.0, NOW - 7 * DAY, NOW - 21 * DAY, Secret(PASSWORD))


def look(
    typed: SourceSettings, saved: list[SourceSettings] | None = None, mappings: Mappings | None = None, now: int = NOW
) -> MappingPreview:
    return asyncio.run((mappings or Mappings()).preview(typed, saved or [], site(typed.name), now))


def source(case: Case, server: Remote, **more: Any) -> SourceSettings:
    return SourceSettings("shop", case.kind, options={**case.settings(server.url), **more})


def becoming(preview: MappingPreview, field: str) -> set[tuple[str, str]]:
    return {ticket.values.get(field, ("", "")) for ticket in preview.tickets}


@pytest.mark.parametrize("case", MAPPED, ids=str)
def test_every_connector_with_words_shows_what_another_word_would_make_of_its_tickets(
    case: Case, server: Remote
) -> None:
    server.script = case.script(3)
    saved = [source(case, server)]
    plain = look(saved[0], saved)
    assert len(plain.tickets) == 3
    assert not any(ticket.changed for ticket in plain.tickets)
    word = next(one for one in plain.words if one.field == "severity")
    target = "P4" if word.after != "P4" else "P1"
    preview = look(source(case, server, severity_map={word.word: target}), saved)
    assert becoming(preview, "severity") == {(word.after, target)}
    again = next(one for one in preview.words if one.field == "severity")
    assert (again.before, again.after) == (word.after, target)


def test_the_kinds_without_a_mapping_offer_none() -> None:
    assert {kind for kind in ("scrape", "probe", "feed", "webhook", "nonsense") if can_preview(kind)} == set()
    assert can_preview("csv") and can_preview("zendesk")


def test_the_saved_mapping_is_the_before(server: Remote) -> None:
    server.script = lambda asked: jira_cloud([jira_item(0)], asked)
    case = cases_tickets.JIRA_CLOUD
    saved = [source(case, server, severity_map={"High": "P1"}, jql="project = OLD")]
    preview = look(source(case, server, severity_map={"High": "P3"}), saved)
    assert becoming(preview, "severity") == {("P1", "P3")}


def test_what_both_ask_alike_is_asked_once_and_not_again_for_the_next_look(server: Remote) -> None:
    server.script = lambda asked: jira_cloud([jira_item(0)], asked)
    case, mappings = cases_tickets.JIRA_CLOUD, Mappings()
    look(source(case, server), mappings=mappings)
    asked = len(server.asked)
    assert len({(one.path, str(one.values)) for one in server.asked}) == asked
    look(source(case, server, severity_map={"High": "P1"}), mappings=mappings)
    assert len(server.asked) == asked
    look(source(case, server, jql="project = X"), mappings=mappings)
    assert len(server.asked) > asked, "another question is asked"
    asked = len(server.asked)
    look(source(case, server, jql="project = X"), mappings=mappings, now=NOW + 4 * MINUTE)
    assert len(server.asked) > asked, "old answers are not believed for long"


def test_recent_tickets_come_first_and_old_ones_where_there_are_none(server: Remote) -> None:
    old = "2025-01-01T00:00:00.000+0000"
    items = [jira_item(0, created=old, updated=old)]
    server.script = lambda asked: jira_cloud(items, asked)
    case = cases_tickets.JIRA_CLOUD
    assert len(look(source(case, server)).tickets) == 1
    items.append(jira_item(1))
    assert [ticket.key for ticket in look(source(case, server)).tickets] == ["PAY-1"]


def test_a_word_that_means_nothing_is_shown_as_such(server: Remote) -> None:
    server.script = lambda asked: jira_cloud([jira_item(0, priority={"id": "9", "name": "Dringend"})], asked)
    words = look(source(cases_tickets.JIRA_CLOUD, server)).words
    assert [(one.word, one.after) for one in words if one.field == "severity"] == [("Dringend", "")]


def test_a_remote_that_refuses_is_a_sentence_and_nothing_stays_behind(server: Remote) -> None:
    server.script = always(Answer(b"{}", 401))
    with pytest.raises(SourceError, match="401"):
        look(source(cases_tickets.JIRA_CLOUD, server))
    assert w.MET.get() is None


def test_a_typed_mapping_that_cannot_work_is_refused_as_on_saving(server: Remote) -> None:
    with pytest.raises(SourceError, match="none of our words"):
        look(source(cases_tickets.JIRA_CLOUD, server, severity_map={"High": "P9"}))
    with pytest.raises(SettingsError):
        look(source(cases_tickets.JIRA_CLOUD, server, severity_maps={}))


def test_a_saved_mapping_that_cannot_work_any_more_leaves_the_typed_one(server: Remote) -> None:
    server.script = lambda asked: jira_cloud([jira_item(0)], asked)
    case = cases_tickets.JIRA_CLOUD
    preview = look(source(case, server), [source(case, server, severity_map={"High": "P9"})])
    assert "none of our words" in preview.trouble
    assert becoming(preview, "severity") == {("", "P2")}


def test_the_columns_of_a_file_are_looked_at_without_remembering_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Nr,Was,Titel,Prio\n1,White page,Herr,high\n2,Blank page,Frau,low\n", "utf-8")
    typed = SourceSettings("old", "csv", options={"path": str(path), "map": {"key": "Nr", "title": "Was"}})
    preview = look(typed)
    assert becoming(preview, "title") == {("Herr", "White page"), ("Frau", "Blank page")}
    assert becoming(preview, "severity") == {("P2", ""), ("P4", "")}
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.csv"]


def test_a_compressed_answer_is_unpacked_once(server: Remote) -> None:
    def packed(asked: Asked) -> Answer:
        answer = jira_cloud([jira_item(0)], asked)
        return Answer(gzip.compress(answer.body), answer.status, {"Content-Encoding": "gzip"})

    server.script = packed
    assert len(look(source(cases_tickets.JIRA_CLOUD, server)).tickets) == 1


def test_the_words_offered_are_ours() -> None:
    assert TARGETS == {"severity": w.SEVERITIES, "status": w.STATUSES}
