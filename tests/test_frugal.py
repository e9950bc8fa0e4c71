"""The garbage collector is kept from stopping every thread over what is there to stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from console import frugal


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Knot:
    """Two of them that hold each other are dropped by the collector alone."""

    alive = 0

    def __init__(self) -> None:
        self.other: Knot | None = None
        Knot.alive += 1

    def __del__(self) -> None:
        Knot.alive -= 1


def knotted() -> Knot:
    one, two = Knot(), Knot()
    one.other, two.other = two, one
    return one


def test_what_was_let_go_after_settling_is_found_once_it_is_looked_for() -> None:
    held = knotted()
    frugal.settle()
    del held
    gc.collect()
    assert Knot.alive == 2
    frugal.unsettle()
    assert Knot.alive == 0


def test_later_rounds_leave_out_what_stood_before() -> None:
    frugal.settle()
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 1_000
    frugal.unsettle()
    assert gc.get_freeze_count() == 0


def test_rounds_are_fewer_than_python_makes_them() -> None:
    frugal.settle()
    assert gc.get_threshold()[0] > 3 * 700
