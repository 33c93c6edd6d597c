"""What is asked of planning, and what it answers; instants are epoch milliseconds."""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from api.schemas import Id, Instant, StrictInput


class PlanVehicleInput(StrictInput):
    """A vehicle that may drive, and what it can carry."""

    vehicle: Id = Field(examples=["truck-01"])
    capacity_kg: Annotated[int, Field(gt=0, le=1_000_000)] = Field(examples=[12_000])


class RoutePlanInput(StrictInput):
    """A day to plan."""

    from_ms: Instant
    to_ms: Instant
    vehicles: list[PlanVehicleInput] = Field(min_length=1, max_length=100)
    shipments: list[Id] | None = Field(
        None, max_length=500, description="Default: all that are planned and promised within the span."
    )
    seconds: Annotated[float, Field(ge=0.1, le=20)] = 3.0
    detour: Annotated[float, Field(ge=1, le=3)] = 1.3
    pace_kmh: Annotated[float, Field(ge=5, le=130)] = 50.0
    service_min: Annotated[float, Field(ge=0, le=600)] = 30.0


@dataclass(slots=True, frozen=True)
class CallOut:
    """One stop of a visit."""

    stop: str
    arrive: int
    late_ms: int


@dataclass(slots=True, frozen=True)
class LegOut:
    """One visit of a tour: all stops of a shipment after the depot."""

    shipment: str
    arrive: int
    depart: int
    late_ms: int
    """After the appointment that is missed most."""
    way_m: float
    stops: list[CallOut] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class TourOut:
    """A vehicle's visits in order, from the depot and back."""

    vehicle: str
    leave: int
    back: int
    way_m: float
    load_kg: int
    capacity_kg: int | None
    """Null: the vehicle is not among those that may drive."""
    visits: list[LegOut]


@dataclass(slots=True, frozen=True)
class ToursOut:
    """Tours together."""

    tours: list[TourOut]
    way_m: float
    late: int
    """Visits after their appointment."""
    left_out: list[str]
    """Shipments no vehicle takes."""


@dataclass(slots=True, frozen=True)
class FoundOut:
    """Tours as they are planned now, and as they could be."""

    present: ToursOut
    proposed: ToursOut
    saved_m: float | None
    """Null: the two do not take the same shipments."""
    bound_m: float
    """No plan that makes all visits can be shorter."""
    gap: float | None
    """Null: some shipments are left out. At most this share of the proposed way could still be saved."""
    feasible: bool
    """Every appointment and capacity is kept."""
    underway: list[str]
    """Shipments that stay as they are."""
    free: dict[str, int]
    """Vehicle → when it is expected back from what it has on board."""
    skipped: list[str]
    """Shipments without stops."""
    depots: list[tuple[float, float]] = field(default_factory=list)
    """Where tours begin and end; a vehicle takes what begins at its own."""


@dataclass(slots=True, frozen=True)
class RoutePlanOut:
    """A plan, with what was asked and what it assumes."""

    id: str
    asked: RoutePlanInput
    found: FoundOut
    by: str
    at: int
    accepted: int | None
    accepted_by: str | None
