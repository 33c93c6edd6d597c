"""A plant of 24 machines: signals at 1 Hz that depend on mode, load, wear and planted faults."""

import math

import numpy as np

from lineshaft.domain.machines import KINDS
from lineshaft.domain.signals import quantity
from simulators.base import SECOND_US, Message, ticks
from simulators.faults import Schedule
from simulators.machines import LEVELS, MACHINES
from simulators.modes import DAY_US, ZONE_US, Indices, Mode
from simulators.process import Process
from simulators.sensors import sensed

PHASES = 5
"""Machines report one after another within the second, as real ones do."""
CYCLE_US = 6_200_000
"""A press makes a piece in this time while it runs."""


class Plant:
    """The plant's world."""

    def __init__(self, seed: int, start_us: int, from_us: int, *, shared: bool = False) -> None:
        self.process = Process(seed, Schedule(seed, start_us, shared))
        self._done_us = from_us
        self._pieces: dict[int, tuple[int, int, int]] = {}

    def step(self, now_us: int) -> list[Message]:
        """One message a machine a second."""
        messages: list[Message] = []
        for phase in range(PHASES):
            due = ticks(self._done_us, now_us, SECOND_US, phase * SECOND_US // PHASES)
            for kind in LEVELS if len(due) else ():
                turn = range(phase, len(MACHINES), PHASES)
                members = np.array([m for m in turn if MACHINES[m].kind == kind], np.int64)
                if len(members):
                    messages += self._messages(kind, members, due)
        self._done_us = max(self._done_us, now_us)
        return sorted(messages, key=lambda message: (message.sent_us, message.device))

    def _messages(self, kind: str, members: Indices, due: range) -> list[Message]:
        machine, at_us = np.repeat(members, len(due)), np.tile(np.array(due, np.int64), len(members))
        mode, before = self.process.mode(machine, at_us), self.process.mode(machine, at_us - SECOND_US)
        columns = {name: sensed(self.process, kind, name, machine, at_us) for name in LEVELS[kind]}
        signals = KINDS[kind].signals
        decimals = {s.name: quantity(s.quantity).decimals + 1 for s in signals}
        found = []
        silent = any(one.fault.silent for one in self.process.episodes(at_us))
        for i in range(len(machine)):
            m, second = int(machine[i]), int(at_us[i]) // SECOND_US
            if silent and self.process.schedule.is_silent(m, int(at_us[i])):
                continue
            values: dict[str, object] = {}
            for signal in signals:
                if second % int(signal.every_s) == 0 and signal.name in columns:
                    values[signal.name] = _number(float(columns[signal.name][i]), decimals[signal.name])
            if mode[i] != before[i] or second % 10 == 0:
                values["state"] = Mode(int(mode[i])).name
            if "cycle_s" in values:
                values["cycle_s"] = values["cycle_s"] if mode[i] == Mode.RUN else None
                values["count"] = self._count(m, int(at_us[i]))
            found.append(_message(MACHINES[m].id, int(at_us[i]), values))
        return found

    def _count(self, machine: int, at_us: int) -> int:
        """Pieces made since local midnight: the cycles that fell into running time."""
        day, last = (at_us + ZONE_US) // DAY_US, at_us // CYCLE_US
        known_day, upto, pieces = self._pieces.get(machine, (-1, 0, 0))
        if known_day != day:
            upto, pieces = (day * DAY_US - ZONE_US) // CYCLE_US, 0
        if last > upto:
            cycles = np.arange(upto + 1, last + 1) * CYCLE_US
            pieces += int((self.process.mode(np.full(len(cycles), machine), cycles) == Mode.RUN).sum())
        self._pieces[machine] = (day, last, pieces)
        return pieces


def _number(value: float, decimals: int) -> float | None:
    return None if math.isnan(value) else round(value, decimals)


def _message(device: str, at_us: int, values: dict[str, object]) -> Message:
    body = {"v": 1, "ts": at_us // 1000, "n": list(values), "r": [[0, *values.values()]]}
    return Message(at_us, device, "m", body)
