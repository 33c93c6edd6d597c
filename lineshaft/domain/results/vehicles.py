"""Where vehicles are and were, and when what they carry arrives."""

from typing import Any, NamedTuple

from lineshaft.domain.trips import Leg


class TrackRow(NamedTuple):
    """Where a vehicle is and how it moves."""

    device: int
    ts_us: int
    lat: float
    lon: float
    speed_ms: float
    heading_deg: float
    accuracy_m: float
    trip_state: str
    state_since_us: int
    odometer_m: float
    pos: int


class LegRow(NamedTuple):
    """A vehicle's trip or stop that is over."""

    device: int
    pos: int
    leg: Leg


class VisitRow(NamedTuple):
    """A vehicle's visit of a geofence; it goes on while nobody has left."""

    device: int
    fence: str
    version: int
    """Of the fence."""
    entered_us: int
    left_us: int | None
    pos: int


class EtaRow(NamedTuple):
    """When a shipment will arrive, as seen at one fix."""

    shipment_id: str
    ts_us: int
    p10_us: int
    p50_us: int
    p90_us: int
    remaining_m: float
    pace_ms: float
    model: str
    pos: int
    detail: dict[str, Any] | None = None
    """`reason` of a change by much (code, values); `stops`: [id, p10, p50, p90] of those before the last."""
