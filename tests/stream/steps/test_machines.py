"""The models of a shard's machines together."""

import pickle

from benchmarks.scoring import crowd, state_bytes
from lineshaft.domain.machines import STATES

MACHINES, SIGNALS = 64, 16
MOST_BYTES = 64_000


def test_all_models_of_a_machine_in_all_its_modes_are_bounded() -> None:
    machines = crowd(MACHINES, SIGNALS, len(STATES))
    assert len(machines.latest) == MACHINES
    assert state_bytes(machines) < MOST_BYTES
    assert len(pickle.dumps(machines)) / MACHINES < MOST_BYTES
