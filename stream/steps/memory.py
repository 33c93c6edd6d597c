"""Everything that a shard remembers; what is done with it stands in `shard` and `turning`."""

from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain.readings import DeviceKey, Ints32
from lineshaft.domain.results import EventRow
from stream.rules import RULES
from stream.rules.base import Rule
from stream.rules.book import Rulebook
from stream.rules.breach import Breach
from stream.rules.down import Downs
from stream.steps.described import Described
from stream.steps.gates import Gates
from stream.steps.hearing import Hearing, SignalTimes
from stream.steps.intake import Intake
from stream.steps.letters import Letters
from stream.steps.machines import Machines
from stream.steps.names import Names
from stream.steps.packets import Packets
from stream.steps.punctual import Punctual
from stream.steps.vehicles import Vehicles
from stream.steps.windows import Windows, phase_of


@dataclass(slots=True)
class Memory:
    """A shard's memory at a position."""

    shard: int
    pos: int = 0
    now_us: int = 0
    kept_us: int = 0
    """The tick at which the state was last kept (`stream.snapshots`)."""
    names: Names = field(default_factory=Names)
    described: Described = field(default_factory=Described)
    hearing: Hearing = field(default_factory=Hearing)
    signal_times: SignalTimes = field(default_factory=SignalTimes)
    punctual: Punctual = field(default_factory=Punctual)
    intake: Intake = field(default_factory=Intake)
    windows: Windows = field(init=False)
    machines: Machines = field(default_factory=Machines)
    book: Rulebook = field(default_factory=Rulebook)
    rules: list[Rule] = field(default_factory=lambda: [make() for make in RULES])
    happened: list[EventRow] = field(default_factory=list)
    """Live events of this stretch."""
    breach: Breach = field(default_factory=Breach)
    """A rule as well, of what shipments may suffer."""
    downs: Downs = field(default_factory=Downs)
    gates: Gates = field(default_factory=Gates)
    vehicles: Vehicles = field(default_factory=Vehicles)
    letters: Letters = field(default_factory=Letters)
    packets: Packets = field(default_factory=Packets)

    def __post_init__(self) -> None:
        """Its windows begin where this shard's do."""
        self.forget_windows()

    def forget_windows(self) -> None:
        """Begin new windows; the open ones are lost."""
        self.windows = Windows(phase_us=phase_of(self.shard))
        self.windows.grow(len(self.names.devices))

    def device(self, key: DeviceKey) -> int:
        """The row of a device, with room for it everywhere."""
        known = self.names.device_row.get(key)
        if known is not None:
            return known
        device = self.names.device(key)
        for columns in (self.hearing, self.windows, self.machines, self.punctual):
            columns.grow(len(self.names.devices))
        self.described.extend(self.names)
        return device

    def device_of(self) -> Ints32:
        """Signal row → device row."""
        return np.array(self.names.signal_device, np.int32)
