"""What one foreign message holds, gathered in the words of the contract; what is wrong with it, by reason."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain import gcj02
from lineshaft.domain.readings import Decoded, DeviceKey, Event, Fixes, Flag, Identity, Report
from lineshaft.wire import limits, times
from lineshaft.wire.cells import Cells
from lineshaft.wire.dialects.values import SET_US, number
from lineshaft.wire.door import GCJ02, Door
from lineshaft.wire.faults import Faults
from lineshaft.wire.nested import fault_in
from lineshaft.wire.rejected import Rejected

NAN = math.nan

_STRANGE = re.compile(r"[^A-Za-z0-9_.-]")
_LEVEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(slots=True, kw_only=True)
class Place:
    """A position as a tracker says it; None is unknown."""

    lat: object
    lon: object
    speed_ms: float | None = None
    heading_deg: float | None = None
    accuracy_m: float | None = None
    ignition: object = None
    """Whether the engine is on: a truth value, or a number."""
    is_fix: bool = True
    """Whether the tracker has a fix; what it says without one is where it was, or 0,0."""
    is_jammed: bool = False
    """Whether it says that its receiver is disturbed: stored, but not believed."""


@dataclass(slots=True)
class Found:
    """The parts of one message; a device may have several fixes and readings in it."""

    door: Door
    received_us: int
    faults: Faults = field(default_factory=Faults)
    fixes: dict[DeviceKey, list[tuple[float, ...]]] = field(default_factory=dict)
    cells: dict[DeviceKey, Cells] = field(default_factory=dict)
    others: list[Event | Report | Identity] = field(default_factory=list)

    def device(self, said: object) -> DeviceKey | None:
        """The device: as the topic names it, else as the body says. None, and a fault, where neither does.

        Letters that no topic level may have are written by their number: `a:b` is `a_3ab`.
        """
        name = self.door.device or (said if isinstance(said, str) else "")
        name = _STRANGE.sub(lambda strange: f"_{ord(strange[0]):x}", name.strip())
        if _LEVEL.fullmatch(name):
            return DeviceKey(self.door.site, self.door.agent, name)
        self.faults.add("name", f"neither topic nor body names the device: {said!r:.100}")
        return None

    def fix(self, device: DeviceKey, ts_us: int | None, place: Place) -> None:
        """Take a position in, or count why not."""
        lat, lon = number(place.lat), number(place.lon)
        where = f"lat {place.lat!r:.40}, lon {place.lon!r:.40}"
        if lat is None or lon is None:
            self.faults.add("type", where)
        elif not place.is_fix or (lat == 0 and lon == 0):
            self.faults.add("no_fix", where)
        elif abs(lat) > 90 or abs(lon) > 180:
            self.faults.add("position", where)
        elif ts_us is None or ts_us < SET_US:
            self.faults.add("bad_ts", f"{where}: no time, or of a clock that was never set")
        else:
            if self.door.crs == GCJ02:
                lat, lon = gcj02.to_wgs84(lat, lon)
            if place.is_jammed:
                self.faults.add("jammed", where, 0)
            runs = number(int(place.ignition) if isinstance(place.ignition, bool) else place.ignition)
            said = (place.speed_ms, place.heading_deg, place.accuracy_m, runs)
            known = (NAN if one is None else one for one in said)
            flags = Flag.SUSPECT if place.is_jammed else 0
            self.fixes.setdefault(device, []).append((ts_us, lat, lon, *known, flags))

    def value(self, device: DeviceKey, ts_us: int | None, name: str, value: object) -> None:
        """Take a reading in: a number, a truth value, a text. Undated ones have the time of receipt."""
        if isinstance(value, dict | list) or value is None:
            return  # what is nested is no reading; trackers nest what is about themselves
        cells = self.cells.setdefault(device, Cells(self.received_us))
        cells.add(self.received_us if ts_us is None else ts_us, name, value)

    def values(self, device: DeviceKey, ts_us: int | None, said: Mapping[str, object]) -> None:
        """Take readings in, by their names."""
        for name, value in said.items():
            self.value(device, ts_us, name, value)

    def event(self, device: DeviceKey, ts_us: int | None, code: str, detail: dict[str, object]) -> None:
        """Take in something that happened."""
        fault = fault_in(detail) or ("" if limits.is_name(code) else "name")
        if fault:
            self.faults.add(fault, f"event {code!r:.100}")
            return
        when = self.received_us if ts_us is None else ts_us
        self.others.append(Event(device, when, code, "", "", detail, times.flag_of(when, self.received_us)))

    def report(self, device: DeviceKey, kind: str, body: dict[str, object]) -> None:
        """Take in a device's word about itself."""
        if fault := fault_in(body):
            self.faults.add(fault, f"{kind}")
        else:
            self.others.append(Report(device, kind, self.received_us, body))

    def parts(self) -> list[Decoded | Identity | Rejected]:
        """All that was found, then what had to be set aside."""
        parts: list[Decoded | Identity | Rejected] = [*self.others]
        parts += [self._fixes(device, rows) for device, rows in self.fixes.items()]
        faults = self.faults.rejected()
        for device, cells in self.cells.items():
            batch = cells.batch(device)
            if len(batch):
                batch.flags[batch.ts_us < SET_US] |= np.uint8(Flag.CLOCK_BAD)
                parts.append(batch)
            faults += cells.faults.rejected()
        return parts + faults

    def _fixes(self, device: DeviceKey, rows: list[tuple[float, ...]]) -> Fixes:
        columns = [list(column) for column in zip(*rows, strict=True)]
        ts_us, lat, lon, speed, heading, accuracy, ignition, flags = columns
        when = np.array(ts_us, np.int64)
        return Fixes(
            device=device,
            ts_us=when,
            lat=np.array(lat, np.float64),
            lon=np.array(lon, np.float64),
            speed_ms=np.array(speed, np.float64),
            heading_deg=np.array(heading, np.float64),
            accuracy_m=np.array(accuracy, np.float64),
            ignition=np.array(ignition, np.float64),
            flags=times.flags_of(when, self.received_us) | np.array(flags, np.uint8),
        )
