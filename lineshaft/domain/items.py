"""Where a tagged item is, across all readers.

Readers tell per zone whether they see an EPC (already smoothed over missed reads). The fields of neighbouring
antennas overlap, so an item stays in its zone for as long as that zone sees it, whoever else does; then it is
where it is seen last. Out of every reader's sight it stays where it was: shelves have no antennas.
"""

from dataclasses import dataclass, field, replace


@dataclass(slots=True, frozen=True)
class Sighting:
    """A zone has begun or ceased to see an EPC."""

    epc: str
    zone: str
    present: bool
    at_us: int
    last_seen_us: int


@dataclass(slots=True, frozen=True)
class Item:
    """An EPC and where it is."""

    epc: str
    zone: str
    since_us: int
    """When it came to the zone."""
    last_seen_us: int
    present: bool
    """Whether a reader sees it now."""
    seen: dict[str, int] = field(default_factory=dict)
    """Zone → since when it is seen there; several where fields of readers overlap."""


@dataclass(slots=True, frozen=True)
class Move:
    """An item came to a zone; `from_zone` is None when nobody had seen it before."""

    epc: str
    at_us: int
    from_zone: str | None
    to_zone: str | None


def follow(item: Item | None, sighting: Sighting) -> tuple[Item, Move | None]:
    """The item after a sighting, and its move where it changed zones.

    >>> item, move = follow(None, Sighting("30AA", "dock-1", True, 5, 5))
    >>> item.zone, move.from_zone
    ('dock-1', None)
    >>> item, move = follow(item, Sighting("30AA", "store-1", True, 9, 9))
    >>> item.zone, move
    ('dock-1', None)
    >>> follow(item, Sighting("30AA", "dock-1", False, 20, 11))[1]
    Move(epc='30AA', at_us=11, from_zone='dock-1', to_zone='store-1')
    """
    epc, zone, at_us = sighting.epc, sighting.zone, sighting.at_us
    if item is None:
        seen = {zone: at_us} if sighting.present else {}
        new = Item(epc, zone, at_us, sighting.last_seen_us, sighting.present, seen)
        return new, Move(epc, at_us, None, zone)
    last_seen_us = max(item.last_seen_us, sighting.last_seen_us)
    seen = {other: since_us for other, since_us in item.seen.items() if other != zone}
    if sighting.present:
        seen[zone] = at_us
    item = replace(item, seen=seen, last_seen_us=last_seen_us, present=bool(seen))
    if not seen or item.zone in seen:
        return item, None
    newest = max(seen, key=lambda other: (seen[other], other))
    return _arrive(item, newest, at_us if sighting.present else max(seen[newest], sighting.last_seen_us))


def _arrive(item: Item, zone: str, at_us: int) -> tuple[Item, Move]:
    return replace(item, zone=zone, since_us=at_us), Move(item.epc, at_us, item.zone, zone)
