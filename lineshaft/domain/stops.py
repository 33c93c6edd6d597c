"""The stops of a shipment: where, in which appointment, and what has become of them.

In documents instants are epoch milliseconds (`from_ms`, `to_ms`, …), inside they are microseconds.
"""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from lineshaft.domain.cargo import converted

RADIUS_M = 500.0
"""How near a vehicle has to be to be there, where the stop does not say."""
FREE_MIN = 120.0
"""How long loading or unloading may take before it counts as detention, as most carriers' terms have it."""


class StopKind(StrEnum):
    """What happens at a stop."""

    PICKUP = "pickup"
    HUB = "hub"
    BORDER = "border"
    DELIVERY = "delivery"


@dataclass(slots=True, frozen=True)
class _Place:
    """What a stop and its document say alike."""

    id: str
    lat: float
    lon: float
    kind: StopKind = StopKind.DELIVERY
    name: str = ""
    name_zh: str = ""
    facility: str | None = None
    """Key of the facility, where dwell is learned and counted."""
    radius_m: float = RADIUS_M
    service_min: float | None = None
    """How long the work there is planned to take."""
    free_min: float = FREE_MIN
    """Waiting that costs nothing."""


@dataclass(slots=True, frozen=True)
class Stop(_Place):
    """A place a shipment goes to, with its appointment and its milestones."""

    from_us: int | None = None
    """The appointment: not before."""
    to_us: int | None = None
    """The appointment: not after."""
    planned_arrive_us: int | None = None
    planned_depart_us: int | None = None
    arrived_us: int | None = None
    departed_us: int | None = None

    @property
    def promised_us(self) -> int | None:
        """The end of the appointment, or the planned arrival."""
        return self.to_us if self.to_us is not None else self.planned_arrive_us


@dataclass(slots=True, frozen=True)
class StopDocument(_Place):
    """A stop as documents have it."""

    from_ms: int | None = None
    to_ms: int | None = None
    planned_arrive_ms: int | None = None
    planned_depart_ms: int | None = None
    arrived_ms: int | None = None
    departed_ms: int | None = None


INSTANTS = ("from", "to", "planned_arrive", "planned_depart", "arrived", "departed")
PLAIN = tuple(one.name for one in fields(_Place) if one.name != "kind")


def stops_of(documents: object) -> tuple[Stop, ...]:
    """The stops of a shipment's document, in their order.

    >>> stops_of([{"id": "a", "lat": 30, "lon": 120, "to_ms": 5}])[0].to_us
    5000

    Raises:
        ValueError: one has a wrong shape, an id comes twice, or an appointment ends before it begins.
    """
    found: tuple[StopDocument, ...] = converted(documents, tuple[StopDocument, ...], "stops")
    if len({one.id for one in found}) != len(found):
        raise ValueError("stops: an id comes twice")
    return tuple(_stop(one) for one in found)


def to_documents(stops: tuple[Stop, ...]) -> list[dict[str, Any]]:
    """The stops as they are written down; `stops_of` reads them again."""
    return [
        {name: getattr(stop, name) for name in PLAIN}
        | {"kind": str(stop.kind)}
        | {f"{name}_ms": _to_ms(getattr(stop, f"{name}_us")) for name in INSTANTS}
        for stop in stops
    ]


def with_past(plan: tuple[Stop, ...], known: tuple[Stop, ...]) -> tuple[Stop, ...]:
    """A new plan of the stops with what has happened at those that were there before."""
    past = {stop.id: stop for stop in known}
    return tuple(
        replace(
            stop,
            arrived_us=past[stop.id].arrived_us or stop.arrived_us,
            departed_us=past[stop.id].departed_us or stop.departed_us,
        )
        if stop.id in past
        else stop
        for stop in plan
    )


def arrived_at(stops: tuple[Stop, ...], key: str, at_us: int) -> tuple[Stop, ...]:
    """The stops after the vehicle came to one; the first arrival counts."""
    return tuple(
        replace(stop, arrived_us=at_us) if stop.id == key and stop.arrived_us is None else stop
        for stop in stops
    )


def departed_from(stops: tuple[Stop, ...], key: str, at_us: int) -> tuple[Stop, ...]:
    """The stops after the vehicle left one; the first departure counts."""
    return tuple(
        replace(stop, departed_us=at_us) if stop.id == key and stop.departed_us is None else stop
        for stop in stops
    )


def _stop(found: StopDocument) -> Stop:
    if not (-90 <= found.lat <= 90 and -180 <= found.lon <= 180):
        raise ValueError(f"stops: {found.id} is not on earth: {found.lat}, {found.lon}")
    if found.from_ms is not None and found.to_ms is not None and found.to_ms < found.from_ms:
        raise ValueError(f"stops: the appointment at {found.id} ends before it begins")
    plain: dict[str, Any] = {name: getattr(found, name) for name in PLAIN}
    instants: dict[str, Any] = {f"{name}_us": _to_us(getattr(found, f"{name}_ms")) for name in INSTANTS}
    return Stop(kind=found.kind, **plain, **instants)


def _to_us(ms: int | None) -> int | None:
    return None if ms is None else ms * 1000


def _to_ms(us: int | None) -> int | None:
    return None if us is None else us // 1000
