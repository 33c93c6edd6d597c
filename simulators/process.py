"""What the machines' sensors would show if they never lied: mode, load, warmth, wear and faults.

Every figure is a function of the seed and the instant; caches only save work.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulators import noise
from simulators.base import SECOND_US
from simulators.faults import Effect, Episode, Schedule
from simulators.machines import LEVELS, MACHINES, Level
from simulators.modes import DAY_US, HOUR_US, LINE_OF, LINES, ZONE_US, Indices, Instants, Mode, modes

Values = NDArray[np.float64]

WARM_STEP_US = 10 * SECOND_US
WARM_BLOCK = 90
"""Steps whose modes are computed together, and kept while they are needed."""
COOLING_US = 45 * 60 * SECOND_US
"""How long after its repair a machine may still be warm from a fault."""
LOAD_SPAN_S = 900.0
WEAR_DAYS = 15.0


@dataclass
class Process:
    """The plant's physics for one seed and one schedule of faults."""

    seed: int
    schedule: Schedule
    _warmth: dict[tuple[str, str, int], Values] = field(default_factory=dict)
    _modes: dict[int, Indices] = field(default_factory=dict)

    def episodes(self, at_us: Instants) -> list[Episode]:
        """The faults that may still be felt at some of the instants."""
        return self.schedule.between(int(at_us.min()) - COOLING_US, int(at_us.max()))

    def mode(self, machine: Indices, at_us: Instants) -> NDArray[np.int64]:
        """What each machine is doing."""
        return modes(self.seed, machine, at_us, self.episodes(at_us))

    def value(self, kind: str, name: str, machine: Indices, at_us: Instants) -> Values:
        """A signal of machines of one kind, with its noise."""
        level = LEVELS[kind][name]
        mode = self.mode(machine, at_us)
        running = mode == Mode.RUN
        value = self._base(kind, name, machine, at_us, mode)
        value = value + np.where(running, 1.0, 0.15) * level.wander * self._slow(name, level, machine, at_us)
        if name == "temp":
            value = value + 2.5 * np.sin((at_us + ZONE_US - 9 * HOUR_US) / DAY_US * 2.0 * np.pi)
        if name == "vib":
            value = value * (1.0 + 0.3 * self.wear(machine, at_us))
        rough = np.where(mode >= Mode.DOWN, 0.1, 1.0)
        for effect, strength in self._felt(name, level, machine, at_us):
            # Only what turns shakes; what is warm stays warm.
            felt = strength if level.lag_s else strength * running
            value = value * (1.0 + (effect.factor - 1.0) * felt) + effect.add * felt
            rough = rough * (1.0 + (effect.noise - 1.0) * felt)
        grain = noise.normal(self._keys(f"grain/{name}")[machine], at_us // SECOND_US)
        value = value + level.noise * rough * grain
        return np.maximum(value, 0.0)

    def wear(self, machine: Indices, at_us: Instants) -> Values:
        """0 just repaired, rising to 1 over weeks."""
        repaired_us = np.empty(len(machine))
        for m in np.unique(machine):
            mine = machine == m
            repaired_us[mine] = self.schedule.repaired_us(int(m), int(at_us[mine].min()))
        for episode in self.episodes(at_us):
            if episode.fault.stops:
                since = (machine == episode.machine) & (at_us >= episode.end_us)
                repaired_us[since] = np.maximum(repaired_us[since], episode.end_us)
        return np.asarray(1.0 - np.exp((repaired_us - at_us) / DAY_US / WEAR_DAYS))

    def _keys(self, what: str) -> noise.Hashes:
        return np.array([noise.key(self.seed, what, machine.id) for machine in MACHINES], np.uint64)

    def _base(self, kind: str, name: str, machine: Indices, at_us: Instants, mode: Indices) -> Values:
        level = LEVELS[kind][name]
        if not level.lag_s:
            return _by_mode(level)[mode]
        step = at_us // WARM_STEP_US
        share = at_us / WARM_STEP_US - step
        value = np.empty(len(machine))
        for s in np.unique(step):
            mine = step == s
            before, after = self._warm(kind, name, int(s)), self._warm(kind, name, int(s) + 1)
            part = share[mine]
            value[mine] = before[machine[mine]] * (1.0 - part) + after[machine[mine]] * part
        return value

    def _warm(self, kind: str, name: str, step: int) -> Values:
        """The lagging base of every machine at the end of the grid step before `step`.

        The grid value at step s uses modes up to s - 1 only, so a repair planned for later is not felt early.
        """
        found = self._warmth.get((kind, name, step))
        if found is None:
            level = LEVELS[kind][name]
            back = np.arange(1, int(5.0 * level.lag_s * SECOND_US / WARM_STEP_US))
            weight = np.exp(-back * (WARM_STEP_US / SECOND_US) / level.lag_s)
            past = _by_mode(level)[self._grid(step - int(back[-1]), step)]
            found = np.asarray(past @ (weight / weight.sum())[::-1], np.float64)
            if len(self._warmth) > 64:
                self._warmth.clear()
            self._warmth[kind, name, step] = found
        return found

    def _grid(self, first: int, end: int) -> Indices:
        """(machines, steps) of modes on the grid, from one step up to before another."""
        blocks = []
        for block in range(first // WARM_BLOCK, (end - 1) // WARM_BLOCK + 1):
            if block not in self._modes:
                if len(self._modes) > 8:
                    self._modes.clear()
                at_us = np.arange(block * WARM_BLOCK, (block + 1) * WARM_BLOCK) * WARM_STEP_US
                machine = np.repeat(np.arange(len(MACHINES)), WARM_BLOCK)
                found = self.mode(machine, np.tile(at_us, len(MACHINES)))
                self._modes[block] = found.reshape(len(MACHINES), WARM_BLOCK)
            blocks.append(self._modes[block])
        since = first // WARM_BLOCK * WARM_BLOCK
        return np.concatenate(blocks, axis=1)[:, first - since : end - since]

    def _slow(self, name: str, level: Level, machine: Indices, at_us: Instants) -> Values:
        at_s = at_us / SECOND_US
        loads = np.array([noise.key(self.seed, "load", line) for line in LINES], np.uint64)
        shared = noise.wander(loads[LINE_OF[machine]], at_s, LOAD_SPAN_S)
        own = noise.wander(self._keys(f"slow/{name}")[machine], at_s, LOAD_SPAN_S / 3.0)
        return np.asarray(level.follows * shared + np.sqrt(1.0 - level.follows**2) * own)

    def _felt(
        self, name: str, level: Level, machine: Indices, at_us: Instants
    ) -> list[tuple[Effect, Values]]:
        """Each machine fault's effect on a signal, with how strongly each sample feels it."""
        found = []
        for episode in self.episodes(at_us):
            for effect in episode.fault.effects:
                if (
                    episode.fault.sensor is None
                    and effect.signal == name
                    and (machine == episode.machine).any()
                ):
                    felt = episode.severity(at_us) ** effect.shape
                    if level.lag_s:
                        cooling = np.exp(-np.maximum(at_us - episode.stop_us, 0) / SECOND_US / level.lag_s)
                        felt = np.where(at_us >= episode.stop_us, cooling, felt)
                    found.append((effect, np.where(machine == episode.machine, felt, 0.0)))
        return found


def _by_mode(level: Level) -> Values:
    return np.array([level.run, level.idle, level.setup, level.down, level.down])
