"""Numbers for names: each device and each signal of a shard gets a row, in the order they are first heard."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lineshaft.domain.readings import DeviceKey, Ints32

SIGNALS_PER_DEVICE = 500
"""A device that invents names without end must not fill the memory of all (wire contract)."""

CACHED_NAMES = 2 * SIGNALS_PER_DEVICE
"""Names in the lists remembered a device: agents send the same lists again and again."""

UNKNOWN: Final = np.empty(0, np.int32)
"""The rows of no signals."""


@dataclass(slots=True)
class Names:
    """Rows are given once and for good; the journal alone decides them."""

    devices: list[DeviceKey] = field(default_factory=list)
    device_row: dict[DeviceKey, int] = field(default_factory=dict)
    agents: dict[tuple[str, str], int] = field(default_factory=dict)
    """Site and agent → the agent's number, in the order of the first device."""
    agent_of: list[int] = field(default_factory=list)
    """Device row → its agent's number."""
    signal_device: list[int] = field(default_factory=list)
    """Signal row → device row."""
    signal_name: list[str] = field(default_factory=list)
    signals_of: list[dict[str, int]] = field(default_factory=list)
    """Device row → its signals' names and rows."""
    _lists: list[dict[tuple[str, ...], Ints32]] = field(default_factory=list)

    def device(self, key: DeviceKey) -> int:
        """The row of a device."""
        row = self.device_row.get(key)
        if row is None:
            row = self.device_row[key] = len(self.devices)
            self.devices.append(key)
            self.agent_of.append(self.agents.setdefault((key.site, key.agent), len(self.agents)))
            self.signals_of.append({})
            self._lists.append({})
        return row

    def signals(self, device: int, names: tuple[str, ...]) -> Ints32:
        """The rows of a device's signals; -1 for those above what a device may have."""
        known = self._lists[device]
        rows = known.get(names)
        if rows is None:
            rows = np.fromiter((self.signal(device, name) for name in names), np.int32, len(names))
            if sum(map(len, known)) + len(names) > CACHED_NAMES:
                known.clear()
            known[names] = rows
        return rows

    def signal(self, device: int, name: str) -> int:
        """The row of one signal, or -1."""
        of_device = self.signals_of[device]
        row = of_device.get(name)
        if row is None:
            if len(of_device) >= SIGNALS_PER_DEVICE:
                return -1
            row = of_device[name] = len(self.signal_name)
            self.signal_device.append(device)
            self.signal_name.append(name)
        return row
