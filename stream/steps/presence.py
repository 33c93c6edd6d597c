"""Whether a tag is in a reader's zone: smooths reads that are missed and reads that stray.

After Jeffery, Franklin and Garofalakis's SMURF (VLDB Journal 17, 2008): how long a tag may be silent follows
from how often it is read. A tag enters after several reads within a window; it leaves after a silence of
several of its own usual gaps, at least 5 s. Silence is measured at ticks in time the server listened, so that
nothing leaves because we were away.
"""

from bisect import insort
from dataclasses import dataclass, field
from typing import NamedTuple

from lineshaft.domain.results import PresenceRow

ENTER_READS = 3
ENTER_US = 10_000_000
"""So many reads within so long: one or two in ten seconds pass by on a fork-lift, or are reflections."""
LEAST_SILENCE_US = 5_000_000
MOST_SILENCE_US = 60_000_000
GAPS = 8
"""Usual gaps of silence: a tag that is read every second time by chance misses 8 in a row once in 256."""
KEPT_GAPS = 9
STRAY_US = 30_000_000
"""A tag that never entered is forgotten after so long."""
TELL_US = 5_000_000
"""How often `last_seen` of a present tag is written."""
TAGS = 200_000
"""Tags a shard follows at once; a reader that invents EPCs must not fill the memory."""


class Place(NamedTuple):
    """A tag at a zone of a reader."""

    device: int
    zone: str
    epc: str


@dataclass(slots=True)
class Sight:
    """What is remembered of one tag at one place."""

    first_us: int
    last_us: int
    heard_us: int
    """When its last read was received, in listened time."""
    reads: int = 0
    burst: int = 0
    """Reads since the burst began that may let it enter."""
    burst_us: int = 0
    gaps_us: list[int] = field(default_factory=list)
    """Its last gaps, oldest first."""
    present: bool = False
    told_us: int = 0


@dataclass(slots=True)
class Presence:
    """All tags of a shard's readers."""

    sights: dict[Place, Sight] = field(default_factory=dict)

    def read(self, place: Place, ts_us: int, count: int, listened_us: int) -> bool:
        """Take in a live read; True where the tag enters by it."""
        sight = self.sights.get(place)
        if sight is None:
            if len(self.sights) >= TAGS:
                return False
            sight = self.sights[place] = Sight(ts_us, ts_us, listened_us, burst_us=ts_us)
        elif ts_us > sight.last_us:
            sight.gaps_us = [*sight.gaps_us[1 - KEPT_GAPS :], ts_us - sight.last_us]
        if ts_us - sight.burst_us > ENTER_US:
            sight.burst, sight.burst_us = 0, ts_us
        sight.burst += count
        sight.reads += count
        sight.last_us, sight.heard_us = max(sight.last_us, ts_us), listened_us
        if sight.present or sight.burst < ENTER_READS:
            return False
        sight.present, sight.first_us, sight.told_us = True, sight.burst_us, listened_us
        return True

    def tick(self, listened_us: int) -> list[tuple[Place, Sight]]:
        """Tags that have left, at a tick; those that only strayed are forgotten too, without a word."""
        over = [place for place, sight in self.sights.items() if _is_over(sight, listened_us)]
        gone = [(place, self.sights.pop(place)) for place in over]
        return [(place, sight) for place, sight in gone if sight.present]

    def untold(self, listened_us: int) -> list[Place]:
        """Present tags read again since `last_seen` was written, where that is long enough ago."""
        places = []
        for place, sight in self.sights.items():
            due = sight.present and sight.heard_us > sight.told_us
            if due and listened_us - sight.told_us >= TELL_US:
                sight.told_us = listened_us
                places.append(place)
        return places


def silence_us(gaps_us: list[int]) -> int:
    """How long a tag with these gaps may be silent before it is gone.

    >>> silence_us([200_000, 400_000, 300_000]), silence_us([2_000_000, 1_500_000, 90_000_000])
    (5000000, 16000000)
    """
    ordered: list[int] = []
    for gap in gaps_us:
        insort(ordered, gap)
    usual = ordered[len(ordered) // 2] if ordered else 0
    return min(max(LEAST_SILENCE_US, GAPS * usual), MOST_SILENCE_US)


def row_of(place: Place, sight: Sight, pos: int, *, present: bool) -> PresenceRow:
    """What is written of a tag at a place."""
    return PresenceRow(
        device=place.device,
        zone=place.zone,
        epc=place.epc,
        since_us=sight.first_us,
        last_seen_us=sight.last_us,
        reads=sight.reads,
        present=present,
        pos=pos,
    )


def zone_of(antennas: dict[int, str], antenna: int) -> str:
    """The zone an antenna looks at; one nobody described is a zone of its own."""
    return antennas.get(antenna, f"antenna-{antenna}")


def _is_over(sight: Sight, listened_us: int) -> bool:
    silent_us = listened_us - sight.heard_us
    if silent_us <= LEAST_SILENCE_US:
        return False
    return silent_us > (silence_us(sight.gaps_us) if sight.present else STRAY_US)
