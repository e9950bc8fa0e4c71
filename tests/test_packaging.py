"""What stands beside the program on a desktop agrees with the program."""

from __future__ import annotations

import configparser
import shlex
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from console.cli.arguments import parser

ROOT = Path(__file__).resolve().parent.parent
LINUX = ROOT / "packaging" / "linux"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("path", sorted(LINUX.glob("*.desktop")), ids=lambda path: path.stem)
def test_every_desktop_entry_starts_a_command_that_there_is(path: Path) -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]  # keys are written in capitals
    entry.read(path, "utf-8")
    for name in entry.sections():
        program, *arguments = shlex.split(entry[name]["Exec"])
        assert program in PROJECT["project"]["scripts"]
        parser().parse_args(["some.hypercare" if word == "%f" else word for word in arguments])
    icon = entry["Desktop Entry"]["Icon"]
    ElementTree.parse(ROOT / "packaging" / "icons" / f"{icon}.svg")


def test_the_shop_window_names_this_version_its_licence_and_its_entry() -> None:
    told = ElementTree.parse(LINUX / "hypercare-console.metainfo.xml").getroot()
    newest = told.find("releases/release")
    assert newest is not None
    assert newest.get("version") == PROJECT["project"]["version"]
    assert told.findtext("project_license") == PROJECT["project"]["license"]
    assert (LINUX / str(told.findtext("launchable"))).exists()
    assert told.findtext("provides/binary") in PROJECT["project"]["scripts"]


def test_the_file_type_of_sessions_is_the_one_the_entry_opens() -> None:
    types = ElementTree.parse(LINUX / "hypercare-session.xml").getroot()
    kind = types.find("{*}mime-type")
    glob = types.find("{*}mime-type/{*}glob")
    assert kind is not None and glob is not None
    assert f"MimeType={kind.get('type')};" in (LINUX / "hypercare-session.desktop").read_text("utf-8")
    assert glob.get("pattern") == "*.hypercare"
