"""Every KPI gives what its definition gives when it is read slowly, over any facts, window and part."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from console.model.moment import MINUTE
from console.model.number import Slice
from console.queries.catalogue import shipped
from console.queries.kpi import ask
from tests.builders import T0, bench
from tests.queries import slow, worlds

TOGETHER = settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.too_slow],
    # A launch is drawn from a seed: there is nothing to make smaller.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)

whole_windows = st.tuples(st.integers(0, 119), st.integers(1, 120)).map(
    lambda pair: (T0 + min(pair) * MINUTE, T0 + max(max(pair), min(pair) + 1) * MINUTE)
)


def test_every_shipped_kpi_has_a_slow_reading() -> None:
    assert set(slow.FORMULAS) == set(shipped().kpis)


@st.composite
def parts(draw: st.DrawFn, world: worlds.World) -> Slice:
    """One part or none, of what the world has."""
    values = {
        "route": worlds.ROUTES[:3],
        "severity": worlds.SEVERITIES[:4],
        "kind": worlds.KINDS,
        "area": worlds.AREAS[:2],
        "channel": worlds.CHANNELS[:2],
        "segment": worlds.SEGMENTS[:2],
        "release": tuple(sorted({version for at, version, _ in world.releases})),
    }
    given = {
        name: draw(st.sampled_from(known)) for name, known in values.items() if known and draw(st.integers(0, 3)) == 0
    }
    return Slice(**given)


@pytest.mark.thorough
@TOGETHER
@given(st.data())
def test_each_number_is_the_slow_reading_of_its_definition(data: st.DataObject) -> None:
    world = data.draw(worlds.worlds())
    start, end = data.draw(whole_windows)
    part = data.draw(parts(world))
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), worlds.END) as made:
        worlds.settle(made, world)
        reader = made.reader()
        for kpi in shipped().kpis.values():
            mine = Slice(**{name: value for name, value in part.given().items() if name in kpi.slices})
            found = ask(reader, kpi, start, end, mine, interval=False)
            if mine.release is not None and not slow.is_out(world, start, end, mine):
                assert found.value is None and "was not out" in found.why
                continue
            if mine.segment is not None and kpi.name in slow.BY_KEY and not world.asked:
                assert found.value is None and "No source tells calls by consumer" in found.why
                continue
            value, n = slow.asked(world, kpi.name, start, end, mine)
            expected = (None if value is None else pytest.approx(value, rel=1e-12, abs=1e-12), n)
            assert (found.value, found.n) == expected, (kpi.name, mine, found)
            if kpi.parts and found.value is not None:
                assert isinstance(found.parts, list)
                assert {p.part: p.n for p in found.parts} == slow.parts(world, kpi.name, start, end, mine)
                assert sum(p.share for p in found.parts) == pytest.approx(1.0 if any(p.n for p in found.parts) else 0.0)


@pytest.mark.thorough
@TOGETHER
@given(world=worlds.worlds(), tens=st.tuples(st.integers(0, 11), st.integers(1, 12)))
def test_the_calls_of_a_consumer_are_the_slow_reading_too(world: worlds.World, tens: tuple[int, int]) -> None:
    start = T0 + min(tens) * 10 * MINUTE
    end = T0 + max(max(tens), min(tens) + 1) * 10 * MINUTE
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), worlds.END) as made:
        worlds.settle(made, world)
        reader = made.reader()
        for kpi in shipped().kpis.values():
            for who in worlds.CONSUMERS:
                if "consumer" in kpi.slices:
                    part = Slice(consumer=who)
                    found = ask(reader, kpi, start, end, part)
                    value, n = slow.asked(world, kpi.name, start, end, part)
                    assert (found.value, found.n) == (None if value is None else pytest.approx(value), n), kpi.name
