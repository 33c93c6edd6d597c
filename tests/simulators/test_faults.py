import itertools

import numpy as np
import pytest

from simulators.base import SECOND_US
from simulators.faults import FAULTS, Episode, Fault, Schedule
from simulators.machines import LEVELS, MACHINES
from simulators.modes import Mode
from simulators.process import Process
from simulators.sensors import sensed

START = 1_795_294_800 * SECOND_US
MINUTE = 60 * SECOND_US


class OneFault(Schedule):
    """A schedule of nothing but one episode."""

    def __init__(self, fault: Fault, machine: int, onset: int = START + 10 * MINUTE) -> None:
        super().__init__(7, START)
        object.__setattr__(
            self,
            "only",
            Episode(0, machine, fault, onset, onset + 10 * MINUTE, onset + 40 * MINUTE, onset + 45 * MINUTE),
        )

    def between(self, from_us: int, to_us: int) -> list[Episode]:
        return [self.only] if self.only.onset_us <= to_us and self.only.end_us >= from_us else []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.key)
def test_every_fault_shows_in_the_signals_it_names_and_only_while_it_lasts(fault: Fault) -> None:
    machine = next(m for m, machine in enumerate(MACHINES) if machine.kind == fault.kinds[0])
    kind = MACHINES[machine].kind
    # The well plant's only fault is a day away.
    ill, well = (
        Process(7, OneFault(fault, machine)),
        Process(7, OneFault(fault, machine, START + 1440 * MINUTE)),
    )
    names = [effect.signal for effect in fault.effects if effect.signal in LEVELS[kind]]
    assert names

    def gap(name: str, from_us: int, to_us: int) -> np.ndarray:
        at = np.arange(from_us, to_us, SECOND_US)
        at = at[well.mode(np.full(len(at), machine), at) == Mode.RUN]
        both = [sensed(process, kind, name, np.full(len(at), machine), at) for process in (ill, well)]
        return np.nan_to_num(np.abs(both[0] - both[1]), nan=1e9)

    episode = ill.schedule.only
    for name in names:
        assert gap(name, START, episode.onset_us).max() == 0.0
        during = gap(name, episode.full_us, episode.stop_us)
        assert during.max() > 2 * LEVELS[kind][name].noise, name


def test_a_fault_that_stops_the_machine_is_repaired() -> None:
    fault = next(fault for fault in FAULTS if fault.key == "bearing")
    process = Process(7, OneFault(fault, 0))
    episode = process.schedule.only
    at = np.array([episode.stop_us, episode.end_us - 1, episode.end_us + 30 * MINUTE])
    modes = [Mode(int(mode)) for mode in process.mode(np.zeros(3, np.int64), at)]
    assert modes[:2] == [Mode.DOWN, Mode.MAINT]
    assert modes[2] in {Mode.RUN, Mode.IDLE, Mode.SETUP}


@pytest.mark.parametrize("seed", range(20))
def test_a_demonstration_sees_a_machine_fail_within_ten_minutes_and_repaired_soon_after(seed: int) -> None:
    schedule = Schedule(seed, START)
    first = schedule.episode(0)
    assert first.onset_us >= START + 90 * SECOND_US
    assert first.full_us <= START + 10 * MINUTE
    assert first.end_us <= START + 30 * MINUTE
    assert not first.fault.sensor


def test_a_machine_has_one_fault_at_a_time() -> None:
    schedule = Schedule(3, START)
    episodes = schedule.between(START, START + 72 * 60 * MINUTE)
    assert len(episodes) > 400
    for machine in range(len(MACHINES)):
        mine = [episode for episode in episodes if episode.machine == machine]
        assert all(a.end_us < b.onset_us for a, b in itertools.pairwise(mine))


def test_the_schedule_of_a_span_does_not_depend_on_where_one_looks_from() -> None:
    whole = Schedule(3, START).between(START, START + 600 * MINUTE)
    late = Schedule(3, START).between(START + 300 * MINUTE, START + 600 * MINUTE)
    assert late == [episode for episode in whole if episode.end_us >= START + 300 * MINUTE]
