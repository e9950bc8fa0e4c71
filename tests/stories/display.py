"""A real X display with a window manager, and a keyboard: what offscreen drawing cannot show, focus and key delivery."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.stories.servers import binary, until


@dataclass(frozen=True)
class Display:
    """``name`` is what DISPLAY holds."""

    name: str

    def find(self, title: str) -> str:
        """The id of the visible window whose title holds ``title``, '' while there is none."""
        return (self._xdotool("search", "--onlyvisible", "--name", title).split() or [""])[-1]

    def focus(self, window: str) -> bool:
        """Ask for the keyboard as a click on the title bar does. True once the window has it."""
        self._xdotool("windowactivate", window)
        return self._xdotool("getactivewindow").strip() == window

    def press(self, key: str) -> None:
        """Press and let go of a key, wherever the keyboard is: this goes through the X server's input devices."""
        self._xdotool("key", "--clearmodifiers", key)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "15", text)

    def play(self, *strokes: str) -> None:
        """Keys by their names and texts to type (with a blank in front, which is not typed), faster than hands go."""
        parts = [
            ("type", "--delay", "5", "--args", "1", stroke[1:]) if stroke.startswith(" ") else ("key", stroke)
            for stroke in strokes
        ]
        self._xdotool(*(word for part in parts for word in part))

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            [binary("xdotool"), *arguments], env={**os.environ, "DISPLAY": self.name}, capture_output=True, timeout=20,
            check=False,
        )  # fmt: skip
        return done.stdout.decode()


@contextmanager
def display(size: str = "1680x1000") -> Iterator[Display]:
    """Xvfb on a number of its own choice, with openbox: without a window manager no window is ever active."""
    server, manager = binary("Xvfb"), binary("openbox")
    binary("xdotool")
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as shown:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                name = f":{told.readline().strip()}"
            surroundings = {**os.environ, "DISPLAY": name}
            with subprocess.Popen(
                [manager], env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as managing:
                try:
                    made = Display(name)
                    until(
                        lambda: managing.poll() is None and made._xdotool("getdisplaygeometry"), "no X display came up"
                    )
                    yield made
                finally:
                    managing.terminate()
        finally:
            shown.terminate()
