import numpy as np

from lineshaft.detect.state.modes import REST, Modes
from lineshaft.domain.readings import Floats

RUN, HALF, STOP = np.array([50.0, 30.0, 1480.0]), np.array([45.0, 12.0, 700.0]), np.array([40.0, 0.1, 0.0])
ROW = np.zeros(1, np.int32)


def found(modes: Modes, level: Floats, windows: int, seed: int = 1) -> list[int]:
    rng = np.random.default_rng(seed)
    return [
        int(modes.find(ROW, level[None] * (1 + 0.02 * rng.normal(size=(1, 3)))).mode[0])
        for _ in range(windows)
    ]


def machine() -> Modes:
    modes = Modes(3)
    modes.grow(1)
    return modes


def test_a_machine_that_stops_is_at_rest_at_once_and_back_at_once() -> None:
    modes = machine()
    work = set(found(modes, RUN, 50))
    assert work == {1}
    # Its housing is still warm.
    assert set(found(modes, STOP, 5)) == {REST}
    assert set(found(modes, RUN, 5)) == {1}


def test_another_way_of_working_is_a_mode_when_it_has_come_back() -> None:
    modes = machine()
    found(modes, RUN, 50)
    seen = []
    for _ in range(4):
        seen.append(found(modes, HALF, 30)[-1])
        found(modes, RUN, 30)
    assert seen[0] == 1
    assert seen[-1] == 2


def test_a_fault_that_stays_is_not_a_mode() -> None:
    modes = machine()
    found(modes, RUN, 200)
    assert set(found(modes, RUN * np.array([1.9, 1.6, 0.7]), 2_000)) == {1}


def test_says_when_it_changed() -> None:
    modes = machine()
    found(modes, RUN, 50)
    assert modes.find(ROW, STOP[None]).changed.tolist() == [True]
    assert modes.find(ROW, STOP[None]).changed.tolist() == [False]
