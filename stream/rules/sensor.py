"""A sensor that is not to be believed: its own alarm, and not the machine's."""

from dataclasses import dataclass, field, replace

from lineshaft.domain.alarms import Condition
from lineshaft.domain.results import SensorFault
from stream.rules.base import Change, Stretch
from stream.rules.levels import Delays, Own, ended_as_off
from stream.rules.tuned import Settings

DELAYS = Delays(on_samples=1, on_s=0.0, off_s=60.0)
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
    ill_us: dict[tuple[int, str], int] = field(default_factory=dict)
    """Of others, since when it has held, but not for long enough."""
    raised_us: dict[tuple[int, str], int] = field(default_factory=dict)
    """When it was raised last, of those that may not be raised again for a while."""
    settings: Settings = field(default_factory=lambda: Settings("sensor", DELAYS))

    def evaluate(self, stretch: Stretch) -> list[Change]:
        """See `Rule`."""
        scores, changes = stretch.scores, self._moved(stretch)
        for at, row in enumerate(scores.row.tolist()):
            if not scores.sensor_faults[at] and not self.raised and not self.ill_us:
                continue
            pos, ts_us = int(scores.pos[at]), int(scores.ts_us[at])
            faults = {one.signal: one for one in scores.sensor_faults[at]}
            for signal, fault in faults.items():
                self.well_us.pop((row, signal), None)
                own = self._own(stretch, (row, signal))
                if (row, signal) not in self.raised and self._counts((row, signal), ts_us, own):
                    self.raised[row, signal] = _condition(scores.sources[row], fault, own)
                    changes.append(Change(pos, ts_us, self.raised[row, signal]))
            for key in [key for key in self.ill_us if key[0] == row and key[1] not in faults]:
                del self.ill_us[key]
            for key in self._over(row, set(faults), stretch, ts_us):
                changes.append(Change(pos, ts_us, replace(self.raised.pop(key), active=False)))
        if self.settings.adopt(stretch):
            changes += self._end_off(stretch)
        return changes

    def _own(self, stretch: Stretch, key: tuple[int, str]) -> Own:
        source = stretch.scores.sources[key[0]]
        quantity = stretch.quantity_of(source, key[1]) if self.settings.said else ""
        return self.settings.of(source, key[1], quantity)

    def _counts(self, key: tuple[int, str], ts_us: int, own: Own) -> bool:
        """Whether a fault has lasted for long enough; remembers since when."""
        if own.off:
            self.ill_us.pop(key, None)
            return False
        ill_us = self.ill_us.setdefault(key, ts_us)
        free_us = self.raised_us.get(key, 0) + round(own.min_reraise_s * 1e6)
        if ts_us - ill_us < own.delays.on_s * 1e6 or (own.min_reraise_s and ts_us < free_us):
            return False
        del self.ill_us[key]
        if own.min_reraise_s:
            self.raised_us[key] = ts_us
        return True

    def _end_off(self, stretch: Stretch) -> list[Change]:
        off = [key for key in self.raised if self._own(stretch, key).off]
        for key in off:
            self.well_us.pop(key, None)
        return [ended_as_off(self.raised.pop(key), stretch) for key in off]

    def _over(self, row: int, faulty: set[str], stretch: Stretch, ts_us: int) -> list[tuple[int, str]]:
        """Signals of a machine that were raised and have been well for long enough."""
        mine = [key for key in self.raised if key[0] == row and key[1] not in faulty]
        over = [
            key
            for key in mine
            if ts_us - self.well_us.setdefault(key, ts_us) >= self._own(stretch, key).delays.off_s * 1e6
        ]
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


def _condition(source: str, fault: SensorFault, own: Own) -> Condition:
    return Condition(
        source=source,
        rule=f"sensor:{fault.signal}",
        active=True,
        priority=own.priority_of(1, PRIORITY),
        message="alarm.sensor",
        arguments={"signal": fault.signal, "fault": fault.fault},
    )
