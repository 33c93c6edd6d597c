"""What is known of each machine before anything is measured: its kind, its signals' limits, its sisters.

A machine is a device that sends readings; it gets a row, and its first signals heard get places, in which all
steps of the chain keep their columns.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.health.diagnosis import Signatures, signatures
from lineshaft.detect.health.usual import matter
from lineshaft.detect.prognosis.indicators import QUANTITIES
from lineshaft.domain.failure_modes import FAILURE_MODES
from lineshaft.domain.readings import Floats, Ints32
from stream.rules.base import Bools
from stream.steps.columns import Columns, column
from stream.steps.described import NAN, VIBRATION, Described
from stream.steps.names import Names

SIGNALS = 16
"""Signals of a machine that its models look at, the first ones heard; each gives two features."""
FEATURES = 2 * SIGNALS
COUNTERS = ("count", "energy")
"""Quantities that only ever grow: their level says nothing."""
NO_ROW = -1


@dataclass(slots=True)
class Profiles(Columns):
    """One row a machine."""

    limits: Floats = column(np.float64, NAN, SIGNALS, 4)
    zone_limits: Floats = column(np.float64, NAN, 3)
    share: Floats = column(np.float64, NAN, SIGNALS)
    """Of its level: the change of a signal that matters …"""
    least: Floats = column(np.float64, NAN, SIGNALS)
    """… and in its unit."""
    settles_s: Floats = column(np.float64, NAN, SIGNALS)
    """Time constant of what follows slowly when a machine changes what it does."""
    shakes: Bools = column(np.bool_, False, SIGNALS)  # noqa: FBT003 - what a new row holds
    quantity: NDArray[np.int8] = column(np.int8, NO_ROW, SIGNALS)
    """Place in `QUANTITIES`."""
    group: Ints32 = column(np.int32, NO_ROW)
    """Machines of one kind with the same signals in the same places have one number."""
    devices: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    speakers: list[str] = field(default_factory=list)
    """What facts call each."""
    signals: list[list[int]] = field(default_factory=list)
    """Signal rows by place."""
    row: dict[int, int] = field(default_factory=dict)
    """Device row → machine row."""
    place: dict[int, int] = field(default_factory=dict)
    """Signal row → its place, -1 none."""
    groups: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)
    hypotheses: dict[tuple[str, tuple[str, ...]], Signatures] = field(default_factory=dict)
    """What may be wrong with a machine of a kind with signals of these quantities."""
    applied: int = 0
    """The description that all this is from."""

    def meet(self, series: list[int], names: Names, described: Described) -> None:
        """Make rows of machines and places of signals that are new, and take in a new description."""
        changed: set[int] = set()
        if self.applied != described.applied:
            self.applied = described.applied
            self.hypotheses.clear()
            changed.update(range(len(self.devices)))
        for one in series:
            if one not in self.place:
                machine = self._machine(names.signal_device[one])
                counts = described.quantity[one] in COUNTERS
                full = counts or len(self.signals[machine]) >= SIGNALS
                self.place[one] = NO_ROW if full else len(self.signals[machine])
                if not full:
                    self.signals[machine].append(one)
                changed.add(machine)
        for machine in sorted(changed):
            self._describe(machine, names, described)

    def signatures_of(self, machine: int, described: Described) -> Signatures:
        """What may be wrong with a machine."""
        quantities = self._quantities(machine, described)
        kind = described.plant.kind_of.get(self.kinds[machine])
        key = (self.kinds[machine], quantities)
        found = self.hypotheses.get(key)
        if found is None:
            modes = kind.failure_modes if kind and kind.failure_modes else tuple(FAILURE_MODES)
            may_be = [FAILURE_MODES[one] for one in modes]
            found = self.hypotheses[key] = signatures(may_be, quantities, SIGNALS)
        return found

    def _machine(self, device: int) -> int:
        if device not in self.row:
            self.row[device] = len(self.devices)
            self.devices.append(device)
            self.kinds.append("")
            self.speakers.append("")
            self.signals.append([])
            self.grow(len(self.devices))
        return self.row[device]

    def _describe(self, machine: int, names: Names, described: Described) -> None:
        device, rows = self.devices[machine], self.signals[machine]
        kind, quantities = described.kind[device], self._quantities(machine, described)
        self.kinds[machine], self.speakers[machine] = kind, described.speaker[device]
        zones = described.zone_limits[device]
        self.zone_limits[machine] = zones or NAN
        known = matter(quantities, SIGNALS)
        self.share[machine], self.least[machine], self.settles_s[machine] = known
        self.limits[machine], self.shakes[machine], self.quantity[machine] = NAN, False, NO_ROW
        for place, (row, its) in enumerate(zip(rows, quantities, strict=True)):
            self.limits[machine, place] = described.limits[row]
            self.shakes[machine, place] = its == VIBRATION
            self.quantity[machine, place] = QUANTITIES.index(its) if its in QUANTITIES else NO_ROW
        alike = (kind, tuple(names.signal_name[row] for row in rows))
        number = self.groups.setdefault(alike, len(self.groups))
        self.group[machine] = number if kind else NO_ROW

    def _quantities(self, machine: int, described: Described) -> tuple[str, ...]:
        return tuple(described.quantity[row] for row in self.signals[machine])
