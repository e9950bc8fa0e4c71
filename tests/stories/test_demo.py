"""The README's second command where no display is: it ends well, says the state in words, and leaves a picture."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.stories.servers import Program, until

gui = pytest.importorskip("PySide6.QtGui", reason="Qt does not load here", exc_type=ImportError)


def launches(parent: int) -> set[int]:
    """Processes of the simulated launch that a console started; others on this machine have theirs."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command, state = (entry / "cmdline").read_bytes(), (entry / "stat").read_text()
        except OSError:
            continue
        # After the name in brackets: the state, then the parent.
        if b"console.sources.launch.server" in command and int(state.rpartition(")")[2].split()[1]) == parent:
            found.add(int(entry.name))
    return found


def runs(process: int) -> bool:
    try:
        return b"console.sources.launch.server" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.thorough
@pytest.mark.timeout(150)
def test_the_demo_ends_by_itself_with_words_and_a_picture_and_leaves_nothing_running(tmp_path: Path) -> None:
    picture = tmp_path / "command.png"
    program = Program(tmp_path / "home", {"QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path)})
    with program.started("demo", "--seconds", "2", "--screenshot", picture, "--size", "1600x900") as demo:
        demo.says("picture written", seconds=90)
        mine = launches(demo.process.pid)
        assert mine, "the demo ran without its simulated launch"
        demo.process.wait(60)
        demo.finish()
    assert demo.process.returncode == 0, demo.errors
    assert not [line for line in demo.errors if "Traceback" in line], demo.errors
    words = "\n".join(demo.lines)
    for said in ("Atlas", "Exit criteria:", "5xx"):
        assert said in words
    assert not any(map(runs, mine)), "a server of the simulated launch was left running"
    assert not list(tmp_path.glob("hypercare-demo-*")), "the temporary session was left behind"
    assert size_of(picture) == (1600, 900)
    assert colours_in(picture) > 40


@pytest.mark.thorough
def test_a_demo_that_is_killed_takes_its_simulated_launch_with_it(tmp_path: Path) -> None:
    program = Program(tmp_path / "home", {"QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path)})
    with program.started("demo", "--seconds", "60") as demo:
        mine = until(lambda: launches(demo.process.pid), "the simulated launch did not start")
        demo.kill()
    until(lambda: not any(map(runs, mine)), "the simulated launch outlived its console")


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height, from the head of the file."""
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return int(width), int(height)


def colours_in(picture: Path) -> int:
    """How many different colours a coarse look finds; a blank picture has one."""
    image = gui.QImage(str(picture))
    return len({image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)})
