"""What the plant description says of a shard's devices and signals, as columns beside their rows."""

import pickle
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from lineshaft.domain.machines import vibration_limits
from lineshaft.domain.plant import LIMITS, Machine, Plant, Reader, Signal, Vehicle
from lineshaft.domain.readings import DeviceKey, Floats, Ints64
from lineshaft.domain.signals import quantity
from stream.rules.base import Signals
from stream.steps.columns import Columns, column
from stream.steps.names import Names

NAN = float("nan")
VIBRATION = "vibration"
OF_PLANT = ("plant", "machine_of", "reader_of", "vehicle_of")
"""What is the description itself, and made from it."""


@dataclass(slots=True)
class Described(Columns):
    """One row a signal in the arrays and in `source`, `quantity`, `unit`; one row a device in `assets`."""

    plant: Plant = field(default_factory=Plant)
    limits: Floats = column(np.float64, NAN, 4)
    every_s: Floats = column(np.float64, NAN)
    plausible_low: Floats = column(np.float64, -np.inf)
    plausible_high: Floats = column(np.float64, np.inf)
    source: list[str] = field(default_factory=list)
    quantity: list[str] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)
    assets: list[str | None] = field(default_factory=list)
    speaker: list[str] = field(default_factory=list)
    """What facts call each device: its asset, or itself."""
    kind: list[str] = field(default_factory=list)
    """Machine kind of each device; empty where nobody said."""
    applied: int = 0
    """How often a description was taken."""
    zone_limits: list[tuple[float, float, float] | None] = field(default_factory=list)
    """Vibration zone boundaries of each device's machine kind."""
    quickest_s: list[float] = field(default_factory=list)
    """Shortest expected interval of each device; NaN where nobody said."""
    machine_of: dict[DeviceKey, Machine] = field(default_factory=dict)
    reader_of: dict[DeviceKey, Reader] = field(default_factory=dict)
    vehicle_of: dict[DeviceKey, Vehicle] = field(default_factory=dict)
    packed: bytes = b""
    """The description, pickled once: a snapshot of the state took ten times as long with it."""

    def __getstate__(self) -> dict[str, Any]:
        """All but what `packed` holds."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in OF_PLANT}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        """See `__getstate__`."""
        for name, value in kept.items():
            setattr(self, name, value)
        self._look_up(pickle.loads(self.packed) if self.packed else Plant())  # noqa: S301 - our own state

    def apply(self, plant: Plant, names: Names) -> None:
        """Take a new description: every row is described anew."""
        self._look_up(plant)
        self.packed = pickle.dumps(plant, pickle.HIGHEST_PROTOCOL)
        self.applied += 1
        for rows in (self.source, self.quantity, self.unit, self.assets, self.speaker, self.kind):
            rows.clear()
        self.zone_limits.clear()
        self.quickest_s.clear()
        self.extend(names)

    def _look_up(self, plant: Plant) -> None:
        self.plant = plant
        self.machine_of = {machine.device: machine for machine in plant.machines.values()}
        self.reader_of = {reader.device: reader for reader in plant.readers.values()}
        self.vehicle_of = {vehicle.device: vehicle for vehicle in plant.vehicles}

    def extend(self, names: Names) -> None:
        """Describe the rows that are new since the last call."""
        for key in names.devices[len(self.assets) :]:
            self._device(key)
        if len(self.source) < len(names.signal_name):
            self.grow(len(names.signal_name))
            for row in range(len(self.source), len(names.signal_name)):
                self._signal(row, names.devices[names.signal_device[row]], names.signal_name[row])

    def signals(self, names: Names, heard_us: Ints64) -> Signals:
        """As rules see them.

        Args:
            names: of all signals.
            heard_us: when each was heard last.
        """
        count = len(names.signal_name)
        return Signals(
            source=self.source,
            name=names.signal_name,
            quantity=self.quantity,
            unit=self.unit,
            limits=self.limits[:count],
            every_s=self.every_s[:count],
            received_us=heard_us[:count],
        )

    def _device(self, key: DeviceKey) -> None:
        machine, vehicle = self.machine_of.get(key), self.vehicle_of.get(key)
        asset = self.plant.asset_of.get(key)
        self.assets.append(asset)
        self.speaker.append(asset or str(key))
        self.kind.append(machine.kind if machine else "")
        self.zone_limits.append(vibration_limits(machine.kind, self.plant.kind_of) if machine else None)
        every = [signal.every_s for signal in machine.signals if signal.every_s] if machine else []
        self.quickest_s.append(min(every, default=vehicle.every_s if vehicle else NAN))

    def _signal(self, row: int, key: DeviceKey, name: str) -> None:
        machine = self.machine_of.get(key)
        found = next((one for one in machine.signals if one.name == name), None) if machine else None
        kind = quantity(found.quantity if found else "")
        self.source.append(self.plant.asset_of.get(key) or str(key))
        self.quantity.append(kind.key)
        self.unit.append(found.unit if found else "")
        self.limits[row] = _limits(found)
        self.every_s[row] = found.every_s if found and found.every_s else NAN
        # What is possible is known in the quantity's own unit only.
        in_unit = found is not None and found.unit == kind.unit
        self.plausible_low[row] = kind.low if in_unit else -np.inf
        self.plausible_high[row] = kind.high if in_unit else np.inf


def _limits(signal: Signal | None) -> list[float]:
    if signal is None:
        return [NAN] * 4
    values = [getattr(signal, limit) for limit in LIMITS]
    return [NAN if value is None else value for value in values]
