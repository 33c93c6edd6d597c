"""The models of a shard's machines together."""

import pickle

import numpy as np

from lineshaft.detect.features import Features
from lineshaft.domain.machines import STATES
from lineshaft.domain.readings import DeviceKey
from stream.steps.described import Described
from stream.steps.machines import Machines
from stream.steps.names import Names
from stream.steps.windows import Closed

MACHINES, SIGNALS = 64, 16
MOST_BYTES = 64_000


def test_all_models_of_a_machine_in_all_its_modes_are_bounded() -> None:
    machines, names, described = Machines(), Names(), Described()
    for number in range(MACHINES):
        device = names.device(DeviceKey("hangzhou", "plant-1", f"machine-{number}"))
        for signal in range(SIGNALS):
            names.signal(device, f"signal-{signal}")
    machines.grow(MACHINES)
    described.extend(names)
    machines.said_us[:MACHINES] = 1
    random, series = np.random.default_rng(1), np.arange(MACHINES * SIGNALS)
    flat = np.zeros(len(series))
    for window in range(60):
        machines.said[:MACHINES] = window // 10 % len(STATES)
        level = 50 + random.normal(size=len(series))
        seen = Features(level, flat + 0.3, flat, level + 1, level - 1, level + 1, flat.astype(np.int64) + 50)
        closed = Closed(series, np.full(len(series), window), seen, np.zeros(len(series), np.int64))
        rows, _ = machines.judge(closed, names, described, window)
        assert len(rows) == MACHINES
    assert len(pickle.dumps(machines)) / MACHINES < MOST_BYTES
