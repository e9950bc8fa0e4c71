"""Settings: a mistake is answered with one sentence that names the place and offers the nearest word."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.errors import SettingsError
from console.model.moment import parse_instant
from console.settings import Settings, from_document, go_live, load, login_name
from console.sources import registry
from console.store import settings_log
from tests.builders import bench, feed, jira, launch, probe, scrape


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as caught:
        from_document(document)
    assert "\n" not in caught.value.message
    return caught.value.message


def unfit(source: dict[str, Any]) -> str:
    (made,) = from_document({"source": [source]}).source
    with pytest.raises(SettingsError) as caught:
        registry.options_of(made)
    return caught.value.message


@pytest.mark.parametrize(
    ("document", "near"),
    [
        ({"sesion": {}}, '"session"'),
        ({"sources": []}, '"source"'),
        ({"session": {"golive": 1}}, '"go_live"'),
        ({"session": {"baseline": {"kind": "flat", "perday": 1}}}, "perday"),
        ({"me": {"nme": "x"}}, '"name"'),
        ({"flow": [{"name": "a", "routes": [], "slo": 5}]}, '"slo_ms"'),
        ({"routes": {"intern": []}}, '"internal"'),
        ({"release": [{"versoin": "1"}]}, '"version"'),
        ({"consumer": [{"id": "a", "segmnt": "b"}]}, '"segment"'),
        ({"privacy": {"keep_call_days": 1}}, '"keep_calls_days"'),
        ({"segment": [{"name": "a", "wieght": 1}]}, '"weight"'),
        ({"customer": [{"name": "a", "domain": ["b.com"]}]}, '"domains"'),
        ({"segment": [{"name": "enterprise"}], "customer": [{"name": "a", "segment": "enterprize"}]}, '"enterprise"'),
        ({"segment": [{"name": "enterprise"}], "consumer": [{"id": "a", "segment": "enterprize"}]}, '"enterprise"'),
        ({"customers": [{"name": "a"}]}, '"customer"'),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_word(document: dict[str, Any], near: str) -> None:
    assert near in refusal(document)


@pytest.mark.parametrize(
    ("source", "near"),
    [
        (scrape("edge", flavor="kong"), '"flavour"'),
        ({**jira(), "jlq": "x"}, '"jql"'),
        ({**probe(), "expect_statu": 200}, '"expect_status"'),
        ({"name": "x", "kind": "prometeus"}, '"prometheus"'),
        ({"name": "x", "kind": "qqqq"}, "Known:"),
    ],
)
def test_an_unknown_key_or_kind_of_a_source_is_refused_with_the_nearest_word(source: dict[str, Any], near: str) -> None:
    message = unfit(source)
    assert near in message and source["name"] in message


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"session": 3}, "session"),
        ({"session": {"planned_days": "14"}}, "planned_days"),
        ({"session": {"planned_days": 0}}, "planned_days"),
        ({"session": {"lookback_days": -1}}, "lookback_days"),
        ({"session": {"week_start": "tuesday"}}, "week_start"),
        ({"session": {"time_zone": "Europe/Atlantis"}}, "Europe/Atlantis"),
        ({"session": {"time_zone": "../../etc/passwd"}}, "passwd"),
        ({"session": {"bad_minute_5xx": 5}}, "bad_minute_5xx"),
        ({"session": {"bad_minute_5xx": float("nan")}}, "bad_minute_5xx"),
        ({"session": {"baseline": {"kind": "fixed"}}}, "per_day"),
        ({"session": {"baseline": {"kind": "flat"}}}, "per_day"),
        ({"session": {"go_live": "yesterday"}}, "go_live"),
        ({"targets": {"csat": "high"}}, "targets"),
        ({"targets": {"csat": float("inf")}}, "targets.csat"),
        ({"flow": {"name": "a"}}, "[[flow]]"),
        ({"source": {"name": "a"}}, "[[source]]"),
        ({"source": ["edge"]}, "[[source]]"),
        ({"source": [{"name": "edge"}]}, "kind"),
        ({"source": [{"kind": "scrape"}]}, "name"),
        ({"source": [scrape("ed ge")]}, "ed ge"),
        ({"source": [scrape("")]}, "source name"),
        ({"source": [scrape("edge", period_s="15")]}, "period_s"),
        ({"source": [scrape("edge", period_s=0.5)]}, "period_s"),
        ({"source": [scrape("edge", period_s=float("nan"))]}, "period_s"),
        ({"source": [scrape("edge", period_s=float("inf"))]}, "period_s"),
        ({"source": [scrape("edge"), jira("edge")]}, "edge"),
        ({"flow": [{"name": "a", "routes": []}, {"name": "a", "routes": []}]}, '"a"'),
        ({"flow": [{"name": "a", "routes": [], "statistic": "p42"}]}, "statistic"),
        ({"privacy": {"keep_calls_days": -1}}, "keep_calls_days"),
    ],
)
def test_a_wrong_value_is_refused_and_named(document: dict[str, Any], names: str) -> None:
    assert names in refusal(document)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"[session", "not valid TOML"), (b"\xff\xfe\x00", "not UTF-8"), (b"a = 1\na = 2", "not valid TOML")],
)
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "launch.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert says in caught.value.message and "launch.toml" in caught.value.message


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError, match="cannot be read"):
            load(path)


def test_a_wrong_key_in_a_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "launch.toml"
    file.write_text("[sesion]")
    with pytest.raises(SettingsError, match=r"launch\.toml.*session"):
        load(file)


def test_a_whole_file_as_editors_save_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "launch.toml"
    file.write_bytes(
        b'\xef\xbb\xbf[session]\r\nname = "Atlas"\r\ngo_live = 2026-11-14T08:00:00\r\n[[release]]\r\nversion = "3"\r\n'
        b'at = 2026-11-20T14:47:00+01:00\r\n[[source]]\r\nname = "log"\r\nkind = "calllog"\r\nsince = 2026-11-01\r\n'
    )
    found = load(file)
    assert go_live(found) == parse_instant("2026-11-14T08:00:00Z"), "without a zone it is UTC"
    assert found.release[0].at.isoformat() == "2026-11-20T14:47:00+01:00"
    assert found.source[0].options == {"since": "2026-11-01"}


def test_nothing_set_is_a_session_too() -> None:
    assert go_live(from_document({})) is None and from_document({}).session.bad_minute_5xx == 0.05


def test_a_user_without_a_name_is_called_me(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1001")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert login_name() == "me" == from_document({}).me.name


@given(
    st.dictionaries(
        st.text(max_size=12), st.one_of(st.none(), st.integers(), st.text(max_size=5), st.lists(st.integers()))
    )
)
def test_whatever_stands_there_is_settings_or_one_sentence(document: dict[str, Any]) -> None:
    try:
        assert isinstance(from_document(document), Settings)
    except SettingsError:
        return


def test_settings_come_back_from_the_session_as_they_went_in(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        saved = made.settings(**launch(scrape("z"), feed("a"), jira()), targets={"csat": 0.9}, me={"name": "ann"})
        assert made.reader().settings == saved
        assert [s.name for s in made.reader().settings.source] == ["z", "a", "jira"]


def test_only_what_changed_is_written_and_a_removed_source_is_taken_back(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        first = made.settings(**launch(scrape("edge"), jira()))
        assert settings_log.save(made.session, made.write, first, "ann", made.clock.now()) == []
        second = from_document(launch(scrape("edge")))
        assert settings_log.save(made.session, made.write, second, "ann", made.clock.now()) == ["source.jira"]
        newest = "SELECT value, who FROM setting WHERE key = 'source.jira' ORDER BY known_at DESC LIMIT 1"
        assert made.rows(newest) == [(None, "ann")]
        assert [s.name for s in made.reader().settings.source] == ["edge"]


def test_no_secret_has_a_place_in_settings() -> None:
    names = {field.encode_name for field in msgspec.structs.fields(Settings)}
    assert not names & {"secret", "password", "token"}


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"segment": [{"name": " "}]}, "needs a name"),
        ({"segment": [{"name": "a", "weight": -1}]}, "weight"),
        ({"segment": [{"name": "a", "weight": float("nan")}]}, "weight"),
        ({"segment": [{"name": "a"}, {"name": "A"}]}, "two segments"),
        ({"customer": [{"name": ""}]}, "needs a name"),
        ({"customer": [{"name": "a"}, {"name": "A"}]}, "twice"),
        ({"customer": [{"name": "a", "domains": ["gmail.com"]}]}, "mail service"),
        ({"customer": [{"name": "a", "domains": ["@b.com"]}]}, "not a domain"),
        ({"customer": [{"name": "a", "value": float("inf")}]}, "plain number"),
        ({"customer": [{"name": "a", "domains": ["x.io"]}, {"name": "b", "domains": ["X.io"]}]}, "both a and b"),
        ({"customer": [{"name": "a", "consumers": ["k"]}], "consumer": [{"id": "k", "customer": "b"}]}, "both a and b"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(document: dict[str, Any], names: str) -> None:
    assert names in refusal(document)


def test_customers_come_from_a_list_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_bytes(
        "customer;segment;value;domain\nMüller;big;1.000,5;mueller.de\n".encode("cp1252")
    )
    file = tmp_path / "a.toml"
    file.write_text('customers = { path = "crm.csv" }\n[[customer]]\nname = "Acme"\ndomains = ["acme.io"]\n')
    found = load(file)
    assert [(c.name, c.segment, c.value, c.domains) for c in found.customer] == [
        ("Acme", "", None, ["acme.io"]), ("Müller", "big", 1000.5, ["mueller.de"]),
    ]  # fmt: skip
    with bench(tmp_path) as made:
        settings_log.save(made.session, made.write, found, "lead", made.clock.now())
        assert made.reader().settings.customer == found.customer
        assert made.reader().customers.of_address("x@mueller.de").segment == "big"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (None, "cannot be read"),
        ("customer,domain\nA,gmail.com\nB\n", "Row 2: gmail.com"),
        ("name,name\nA,B\n", "Two columns"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_its_row(tmp_path: Path, written: str | None, says: str) -> None:
    if written is not None:
        (tmp_path / "crm.csv").write_text(written)
    file = tmp_path / "a.toml"
    file.write_text('customers = { path = "crm.csv" }\n')
    with pytest.raises(SettingsError, match=says):
        load(file)
    file.write_text('customers = "crm.csv"\n')
    with pytest.raises(SettingsError, match="customers takes the path"):
        load(file)
