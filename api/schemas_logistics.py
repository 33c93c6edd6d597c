"""What the API takes in of shipments, and what it answers beside rows of the store."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.schemas import Id, Instant, Line, StrictInput
from lineshaft.domain.plant import Name
from lineshaft.store.journeys import Carried, Complaint, EtaChange, EtaPoint, Told
from lineshaft.store.shipments import ShipmentRow

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Amount = Annotated[float, Field(ge=0, le=1e9)]
Sscc = Annotated[str, StringConstraints(max_length=64)]


class StopInput(StrictInput):
    """A stop: where, and in which appointment."""

    id: Id = Field(examples=["dc-north"])
    lat: Latitude = Field(examples=[30.27])
    lon: Longitude = Field(examples=[120.15])
    kind: Literal["pickup", "hub", "border", "delivery"] = "delivery"
    name: Line = ""
    name_zh: Line = ""
    facility: Id | None = None
    radius_m: Annotated[float, Field(ge=20, le=20_000)] = 500.0
    from_ms: Instant | None = Field(None, description="The appointment: not before.")
    to_ms: Instant | None = Field(None, description="The appointment: not after.")
    planned_arrive_ms: Instant | None = None
    planned_depart_ms: Instant | None = None
    service_min: Annotated[float, Field(ge=0, le=10_000)] | None = None
    free_min: Annotated[float, Field(ge=0, le=10_000)] = 120.0


class CargoInput(StrictInput):
    """A logistic unit."""

    sscc: Sscc = Field(examples=["376104250021234569"])
    quantity: Amount = 1.0
    unit: Line = "pallet"
    weight_kg: Amount = 0.0
    volume_m3: Amount = 0.0
    epc: Id | None = Field(None, description="Its RFID tag.")
    order: Id | None = None


class LimitInput(StrictInput):
    """What a signal of the vehicle must keep to while the shipment is under way."""

    signal: Id = Field(examples=["temperature"])
    low: float | None = None
    high: float | None = None
    for_s: Annotated[float, Field(ge=0, le=86_400)] = 60.0


class ShipmentInput(StrictInput):
    """A shipment to plan: on a route, or to stops of its own."""

    id: Id = Field(examples=["SH-1042"])
    vehicle: Id | None = Field(None, examples=["truck-01"], description="May be told later, by planning.")
    route: Id | None = Field(None, examples=["hz-sh"])
    reference: Line = Field("", examples=["order 4711"])
    customer: Line = Field("", examples=["Harbour Foods"])
    planned_departure_ms: Instant | None = Field(None, examples=[1_795_300_000_000])
    planned_arrival_ms: Instant | None = Field(None, examples=[1_795_310_800_000])
    carrier: Id | None = None
    driver: Line | None = None
    orders: list[Id] = Field([], max_length=200)
    stops: list[StopInput] = Field([], max_length=100)
    cargo: list[CargoInput] = Field([], max_length=1000)
    limits: list[LimitInput] = Field([], max_length=10)


class ShipmentChange(StrictInput):
    """What changes of a shipment's plan; what is left out stays."""

    vehicle: Id | None = None
    route: Id | None = None
    planned_departure_ms: Instant | None = None
    planned_arrival_ms: Instant | None = None
    carrier: Id | None = None
    driver: Line | None = None
    orders: list[Id] | None = Field(None, max_length=200)
    stops: list[StopInput] | None = Field(None, max_length=100)
    cargo: list[CargoInput] | None = Field(None, max_length=1000)
    limits: list[LimitInput] | None = Field(None, max_length=10)


class ProofInput(StrictInput):
    """Proof of delivery."""

    by: Line = Field(min_length=1, examples=["M. Chen, goods-in"])
    at_ms: Instant
    quantity: Amount | None = None
    damaged: Amount = 0.0
    note: Line = ""
    file: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, description="Key of a picture that was put at /proof-files."
    )


class CarrierInput(StrictInput):
    """A carrier."""

    name: Line = Field(min_length=1, examples=["Hangyun Freight"])
    name_zh: Line = ""
    logins: list[Annotated[str, StringConstraints(max_length=200)]] = Field([], max_length=50)
    active: bool = True


class ComplaintInput(StrictInput):
    """What a receiver complained about."""

    what: Line = Field(min_length=1, examples=["two cartons crushed"])


class SheetInput(StrictInput):
    """Shipments as a sheet."""

    csv: Annotated[str, StringConstraints(max_length=900_000)] = Field(
        description="id,vehicle,route,reference,customer,planned_departure,planned_arrival,carrier,driver,orders;"
        " one row a shipment, or one a stop with stop_id,stop_kind,lat,lon,from,to beside it."
    )
    zone: Line = Field("UTC", examples=["Asia/Shanghai"], description="Of the times that name none.")
    keep_good_rows: bool = Field(
        default=False, description="Take in what is right, and report the rest; else all, or nothing."
    )


@dataclass(slots=True, frozen=True)
class MilestoneOut:
    """A milestone of a stop: planned, expected and actual, in epoch milliseconds."""

    stop: str
    kind: str
    """`arrive`, `depart`, or `proof`."""
    planned: int | None
    estimated: int | None
    actual: int | None


@dataclass(slots=True, frozen=True)
class EtaChangeOut(EtaChange):
    """Why an arrival time changed, with the place it stood at."""

    place: Name | None
    """A stop of the shipment, or the town; null: none is near."""


@dataclass(slots=True, frozen=True)
class ConditionOut:
    """What a signal with a limit was from departure to arrival, thinned so that every peak is there."""

    signal: str
    unit: str
    """UCUM; empty: the plant's description names none."""
    low: float | None
    high: float | None
    for_s: float
    ts: list[int]
    value: list[float]


@dataclass(slots=True, frozen=True)
class JourneyOut:
    """All of a shipment."""

    shipment: ShipmentRow
    stops: list[dict[str, Any]]
    cargo: list[dict[str, Any]]
    limits: list[dict[str, Any]]
    proof: dict[str, Any] | None
    milestones: list[MilestoneOut]
    etas: list[EtaPoint]
    eta_changes: list[EtaChangeOut]
    """Where it changed by ten minutes or more, the newest first."""
    items: list[Carried]
    """Where the tags of its cargo were last seen."""
    alarms: list[Told]
    conditions: list[ConditionOut]
    complaints: list[Complaint]


class LinkInput(StrictInput):
    """A tracking link to make."""

    days: Annotated[int, Field(ge=1, le=90)] = Field(7, description="How long it lasts.")


@dataclass(slots=True, frozen=True)
class LinkOut:
    """A tracking link; who has it sees this shipment's progress without a login."""

    id: str
    path: str
    """Of the page, on this site."""
    expires: int
    revoked: int | None
    by: str
    at: int


@dataclass(slots=True, frozen=True)
class PlaceOut:
    """A stop as the public sees it."""

    name: dict[str, str] | None
    """Of the nearest place on the plant's routes, by language; None: none is near."""
    kind: str
    promised: int | None
    arrived: int | None


@dataclass(slots=True, frozen=True)
class TrackedOut:
    """All that a tracking link shows."""

    reference: str
    state: str
    eta: dict[str, int] | None
    """p10, p50 and p90; None: nothing to go by, or the last is too old to hold."""
    arrived: int | None
    updated: int | None
    """When its position was last heard of."""
    now: int
    zone: str
    stops: list[PlaceOut]


@dataclass(slots=True, frozen=True)
class MistakeOut:
    """What is wrong with a row of a sheet; row 1 is the heading."""

    row: int
    column: str
    message: str


@dataclass(slots=True, frozen=True)
class SheetOut:
    """What became of a sheet."""

    planned: list[str]
    """Ids of the shipments that are planned now."""
    known: list[str]
    """Ids that were there already: they were left as they are."""
    mistakes: list[MistakeOut]


@dataclass(slots=True, frozen=True)
class FileOut:
    """A picture that was kept."""

    key: str
