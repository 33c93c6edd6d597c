"""Numbers for names: each device and each signal of a shard gets a row, in the order they are first heard."""

from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain.readings import DeviceKey, Ints32

SIGNALS_PER_DEVICE = 500
"""A device that invents names without end must not fill the memory of all (wire contract)."""

CACHED_LISTS = 8
"""Lists of names remembered a device: agents send the same few again and again."""


@dataclass(slots=True)
class Names:
    """Rows are given once and for good; the journal alone decides them."""

    devices: list[DeviceKey] = field(default_factory=list)
    device_row: dict[DeviceKey, int] = field(default_factory=dict)
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
            self.signals_of.append({})
            self._lists.append({})
        return row

    def signals(self, device: int, names: tuple[str, ...]) -> Ints32:
        """The rows of a device's signals; -1 for those above what a device may have."""
        known = self._lists[device]
        rows = known.get(names)
        if rows is None:
            rows = np.fromiter((self.signal(device, name) for name in names), np.int32, len(names))
            if len(known) >= CACHED_LISTS:
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
