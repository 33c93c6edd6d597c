"""Where vehicles are, what they carry, and where they were."""

from dataclasses import dataclass

from lineshaft.store import tracks
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import Names, fetch
from lineshaft.store.shipments import ShipmentRow

TRAIL_POINTS = 500


@dataclass(slots=True, frozen=True)
class VehicleRow:
    """A vehicle as it was last heard; what was never heard is null."""

    key: str
    name: Names
    kind: str
    ts: int | None
    lat: float | None
    lon: float | None
    speed_ms: float | None
    heading_deg: float | None
    """Clockwise from north."""
    trip_state: str | None
    """MOVING or STOPPED."""
    state_since: int | None
    odometer_m: float | None
    every_ms: float
    shipment: ShipmentRow | None
    """What it has on board or is to fetch next."""


@dataclass(slots=True, frozen=True)
class Trail:
    """Columns of equal length in time order."""

    ts: list[int]
    lat: list[float]
    lon: list[float]


@dataclass(slots=True, frozen=True)
class _Vehicle:
    key: str
    name: Names
    kind: str
    ts: int | None
    lat: float | None
    lon: float | None
    speed_ms: float | None
    heading_deg: float | None
    trip_state: str | None
    state_since: int | None
    odometer_m: float | None
    every_ms: float


async def listing(conn: AsyncConnection, shipments: list[ShipmentRow]) -> list[VehicleRow]:
    """The vehicles in plant order, each with its shipment of those `shipments.listing` gave."""
    rows = await fetch(
        conn,
        _Vehicle,
        "SELECT a.key,"
        " jsonb_build_object('en', a.name, 'zh', coalesce(nullif(a.name_zh, ''), a.name)) AS name, a.kind,"
        " f.ts, f.lat, f.lon, round(f.speed_ms::numeric, 2)::float8 AS speed_ms,"
        " round(f.heading_deg::numeric, 1)::float8 AS heading_deg, f.trip_state, f.state_since,"
        " round(f.odometer_m) AS odometer_m, (a.settings->>'every_s')::float8 * 1000 AS every_ms"
        " FROM asset a LEFT JOIN LATERAL ("
        "   SELECT l.* FROM latest_fix l JOIN device d USING (device_id) WHERE d.asset_id = a.asset_id"
        "   ORDER BY l.ts DESC LIMIT 1) f ON true"
        " WHERE a.level = 'vehicle' AND a.removed IS NULL ORDER BY a.sequence",
    )
    loads = carried(shipments)
    return [
        VehicleRow(
            row.key,
            row.name,
            row.kind,
            row.ts,
            row.lat,
            row.lon,
            row.speed_ms,
            row.heading_deg,
            row.trip_state,
            row.state_since,
            row.odometer_m,
            row.every_ms,
            loads.get(row.key),
        )
        for row in rows
    ]


def carried(shipments: list[ShipmentRow]) -> dict[str, ShipmentRow]:
    """Vehicle → the shipment that matters now: one underway, else the next planned."""
    loads: dict[str, ShipmentRow] = {}
    still = [one for one in shipments if one.vehicle and one.state in {"planned", "underway"}]
    for one in sorted(still, key=lambda one: (one.state == "planned", one.planned_departure or 0)):
        loads.setdefault(one.vehicle or "", one)
    return loads


async def trail(conn: AsyncConnection, key: str, span: Span) -> Trail:
    """Where a vehicle was, at most `TRAIL_POINTS` fixes evenly over the span."""
    rows = await tracks.points(conn, key, span, TRAIL_POINTS)
    return Trail([row.ts for row in rows], [row.lat for row in rows], [row.lon for row in rows])
