"""The RFID readers of a shard: takes reads in, and says which tags have come and gone."""

from dataclasses import dataclass, field

from lineshaft.domain.readings import Reads
from stream.bundle import Draft
from stream.steps.described import Described
from stream.steps.presence import Place, Presence, Sight, row_of, zone_of
from stream.steps.repeats import Repeats


@dataclass(slots=True)
class Gates:
    """What is remembered of tags."""

    presence: Presence = field(default_factory=Presence)
    repeats: Repeats = field(default_factory=Repeats)

    def take(self, place_of: Reads, device: int, antennas: dict[int, str], listened_us: int) -> list[Place]:
        """Take in live reads; gives the tags that enter by them."""
        columns = (place_of.ts_us.tolist(), place_of.antenna.tolist(), place_of.epcs, place_of.count.tolist())
        entered = []
        for ts_us, antenna, epc, count in zip(*columns, strict=True):
            place = Place(device, zone_of(antennas, antenna), epc)
            if self.presence.read(place, ts_us, count, listened_us):
                entered.append(place)
        return entered

    def tell_entered(self, places: list[Place], pos: int, source: str, draft: Draft) -> None:
        """Say that tags are there."""
        for place in places:
            _tell(place, self.presence.sights[place], pos, source, draft, present=True)

    def turn(self, listened_us: int, pos: int, described: Described, draft: Draft) -> None:
        """Say at a tick which tags have gone, and when those that stay were seen."""
        for place, sight in self.presence.tick(listened_us):
            source = described.speaker[place.device]
            _tell(place, sight, pos, source, draft, present=False)
        for place in self.presence.untold(listened_us):
            draft.presences.append(row_of(place, self.presence.sights[place], pos, present=True))


def _tell(place: Place, sight: Sight, pos: int, source: str, draft: Draft, *, present: bool) -> None:  # noqa: PLR0913 - a fact's parts
    draft.presences.append(row_of(place, sight, pos, present=present))
    at_us = sight.first_us if present else sight.last_us
    body = {"epc": place.epc, "zone": place.zone, "present": present, "last_seen_us": sight.last_us}
    draft.fact(pos, at_us, "presence", source, body)
