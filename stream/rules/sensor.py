"""A sensor that is not to be believed: its own alarm, and not the machine's."""

from dataclasses import dataclass, field, replace

from lineshaft.domain.alarms import Condition
from lineshaft.domain.results import SensorFault
from stream.rules.base import Change, Stretch

OFF_S = 60.0
"""How long it must be well again: a loose wire comes and goes, and is one alarm."""
PRIORITY = 4


@dataclass(slots=True)
class Sensor:
    """A rule for each signal of a machine."""

    name: str = "sensor"
    raised: dict[tuple[int, str], Condition] = field(default_factory=dict)
    """(machine, signal) → the condition that was reported as holding."""
    well_us: dict[tuple[int, str], int] = field(default_factory=dict)
    """Of those, since when it has held no longer, but not for long enough."""

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        scores, changes = stretch.scores, self._moved(stretch)
        for at, row in enumerate(scores.row.tolist()):
            if not scores.sensor_faults[at] and not self.raised:
                continue
            pos, ts_us = int(scores.pos[at]), int(scores.ts_us[at])
            faults = {one.signal: one for one in scores.sensor_faults[at]}
            for signal, fault in faults.items():
                self.well_us.pop((row, signal), None)
                if (row, signal) not in self.raised:
                    self.raised[row, signal] = _condition(scores.sources[row], fault)
                    changes.append(Change(pos, ts_us, self.raised[row, signal]))
            for key in self._over(row, set(faults), ts_us):
                changes.append(Change(pos, ts_us, replace(self.raised.pop(key), active=False)))
        return changes

    def _over(self, row: int, faulty: set[str], ts_us: int) -> list[tuple[int, str]]:
        """Signals of a machine that were raised and have been well for long enough."""
        mine = [key for key in self.raised if key[0] == row and key[1] not in faulty]
        over = [key for key in mine if ts_us - self.well_us.setdefault(key, ts_us) >= OFF_S * 1e6]
        for key in over:
            del self.well_us[key]
        return over

    def _moved(self, stretch: Stretch) -> list[Change]:
        """Ends, at a tick, what was raised under a name that its machine no longer has."""
        if not stretch.tick:
            return []
        moved = [key for key, one in self.raised.items() if stretch.scores.sources[key[0]] != one.source]
        for key in moved:
            self.well_us.pop(key, None)
        over = [replace(self.raised.pop(key), active=False) for key in moved]
        return [Change(stretch.pos, stretch.now_us, one) for one in over]


def _condition(source: str, fault: SensorFault) -> Condition:
    return Condition(
        source=source,
        rule=f"sensor:{fault.signal}",
        active=True,
        priority=PRIORITY,
        message="alarm.sensor",
        arguments={"signal": fault.signal, "fault": fault.fault},
    )
