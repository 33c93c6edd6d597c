"""What the sensors make of it: most tell the truth; a frozen, drifting, spiking or dead one does not."""

import numpy as np

from simulators import noise
from simulators.base import SECOND_US
from simulators.faults import Effect, Episode
from simulators.machines import MACHINES
from simulators.modes import Indices, Instants
from simulators.process import Process, Values

SPIKE_CHANCE = 0.06
DROPOUT_CHANCE = 0.85


def sensed(process: Process, kind: str, name: str, machine: Indices, at_us: Instants) -> Values:
    """A signal as its sensor sends it; NaN where it sends none."""
    value = process.value(kind, name, machine, at_us)
    for episode in process.episodes(at_us):
        for effect in episode.fault.effects:
            if episode.fault.sensor and effect.signal == name:
                ill = (machine == episode.machine) & (at_us >= episode.onset_us) & (at_us < episode.stop_us)
                if ill.any():
                    value[ill] = _trouble(process, episode, effect, at_us[ill], value[ill])
    return value


def _trouble(process: Process, episode: Episode, effect: Effect, at_us: Instants, value: Values) -> Values:
    chance = noise.uniform(noise.key(process.seed, "sensor", episode.number), at_us // SECOND_US)
    match episode.fault.sensor:
        case "frozen":
            kind, machine = MACHINES[episode.machine].kind, np.array([episode.machine])
            held = process.value(kind, effect.signal, machine, np.array([episode.onset_us]))
            return np.repeat(held, len(at_us))
        case "spikes":
            return np.where(chance < SPIKE_CHANCE, value + effect.add * chance / SPIKE_CHANCE, value)
        case "drift":
            return value + effect.add * episode.severity(at_us)
        case _:
            return np.where(chance < DROPOUT_CHANCE, np.nan, value)
