"""Alarm floods: when more comes in than people can look at, and how good an alarm system has to be.

The figures stand here alone. They are quoted as ISA-18.2-2016 (table of performance metrics) and EEMUA 191
by many secondary sources; neither standard was at hand, so each row names what it is quoted from.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

MINUTE_US: Final = 60_000_000
PERIOD_US: Final = 10 * MINUTE_US
"""Alarms are counted by ten minutes."""
STARTS_ABOVE: Final = 10
ENDS_BELOW: Final = 5


class Target(NamedTuple):
    """What a figure should be, at most, and when it is out of hand."""

    key: str
    good: float
    """At most this is what the standard asks for."""
    bad: float
    """Above this nobody can manage."""
    unit: str
    source: str


TARGETS: Final[dict[str, Target]] = {
    target.key: target
    for target in (
        Target("per_10_min", 1.0, 2.0, "", "EEMUA 191: about 1 in 10 min, 2 manageable"),
        Target("per_hour", 6.0, 12.0, "1/h", "ISA-18.2: 6 an hour acceptable, 12 manageable"),
        Target("per_day", 150.0, 300.0, "1/d", "ISA-18.2: 150 a day acceptable, 300 manageable"),
        Target("busy_hours", 0.01, 0.05, "%", "ISA-18.2: under 1 % of hours with more than 30"),
        Target("busy_periods", 0.01, 0.05, "%", "ISA-18.2: under 1 % of 10 min with more than 10"),
        Target("in_flood", 0.01, 0.05, "%", "ISA-18.2: under 1 % of the time in flood"),
        Target("peak", 10.0, 100.0, "", "ISA-18.2: at most 10 in 10 min; EEMUA 191: 100 is out of hand"),
        Target("top_share", 0.05, 0.20, "%", "ISA-18.2: the 10 most frequent at most 1 to 5 %"),
        Target("chattering", 0.0, 0.0, "", "ISA-18.2: none"),
        Target("fleeting", 0.0, 0.0, "", "ISA-18.2: none"),
        Target("stale", 5.0, 10.0, "", "ISA-18.2: fewer than 5 on any day"),
        Target("standing", 10.0, 20.0, "", "EEMUA 191: fewer than 10 standing alarms"),
        Target("ack_s", 600.0, 1800.0, "s", "own: the ten minutes in which an upset is met"),
    )
}
"""Key → target."""

PRIORITY_MIX: Final = (((1, 2), 0.05), ((3,), 0.15), ((4,), 0.80))
"""(priorities, share they should have together): EEMUA 191's 5 % high, 15 % medium, 80 % low."""

CHATTERS_FROM: Final = 3
"""Annunciations within a minute (ISA-18.2)."""
FLEETING_US: Final = 10_000_000
"""Gone again within this, before anybody could do anything: own choice, the standard names no figure."""
STALE_US: Final = 24 * 60 * MINUTE_US
BUSY_HOUR: Final = 30


class Flood(NamedTuple):
    """One stretch in which alarms came faster than they can be met."""

    since_us: int
    """Of the first annunciation that belongs to it."""
    until_us: int | None
    """None while it lasts."""
    annunciations: int
    peak: int
    """Most in ten minutes."""


@dataclass(slots=True)
class Storm:
    """Watches one operator's alarms: a flood starts above 10 annunciations in 10 min and ends below 5."""

    times: deque[int] = field(default_factory=deque)
    """Of the last ten minutes, in the order they came."""
    flood: Flood | None = None

    def annunciate(self, at_us: int) -> Flood | None:
        """One more; gives the flood where it begins or goes on."""
        self._forget(at_us)
        self.times.append(at_us)
        count = len(self.times)
        if self.flood:
            many = max(self.flood.peak, count)
            self.flood = self.flood._replace(annunciations=self.flood.annunciations + 1, peak=many)
        elif count > STARTS_ABOVE:
            self.flood = Flood(self.times[0], None, count, count)
        return self.flood

    def pass_time(self, now_us: int) -> Flood | None:
        """Time alone; gives the flood where it ends."""
        self._forget(now_us)
        if self.flood is None or len(self.times) >= ENDS_BELOW:
            return None
        over, self.flood = self.flood._replace(until_us=now_us), None
        return over

    def _forget(self, now_us: int) -> None:
        while self.times and self.times[0] <= now_us - PERIOD_US:
            self.times.popleft()


def floods(times_us: Iterable[int], until_us: int) -> list[Flood]:
    """The floods in a span, of annunciations in order; one that lasts has no end.

    >>> [(one.annunciations, one.peak) for one in floods([n * 1_000_000 for n in range(12)], 60_000_000)]
    [(12, 12)]
    """
    storm, found = Storm(), []
    for at_us in times_us:
        found += _ended(storm, at_us)
        storm.annunciate(at_us)
    found += _ended(storm, until_us)
    return [*found, storm.flood] if storm.flood else found


def _ended(storm: Storm, now_us: int) -> list[Flood]:
    """What ended before an instant, and just when: as the fifth last annunciation turned ten minutes old."""
    if storm.flood is None or len(storm.times) < ENDS_BELOW:
        return []
    falls_us = storm.times[-ENDS_BELOW] + PERIOD_US
    if falls_us > now_us:
        return []
    over = storm.pass_time(falls_us)
    return [over] if over else []
