"""What the page of one shipment shows beside its row: how its arrival time changed, its cargo, its alarms."""

from dataclasses import dataclass
from typing import Any

from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch

HISTORY = 400


@dataclass(slots=True, frozen=True)
class EtaPoint:
    """An arrival time as it was expected at an instant; epoch milliseconds."""

    ts: int
    p10: int
    p50: int
    p90: int


@dataclass(slots=True, frozen=True)
class EtaChange:
    """Why an arrival time changed by much, as the flow told it."""

    ts: int
    p50: int
    """What it became."""
    code: str
    """`eta.stood`, `eta.rest`, `eta.slower` or `eta.faster`."""
    minutes: int
    """By how much; below zero it comes earlier."""
    for_min: int | None
    """How long it stood, or what breaks and rests are more or less."""
    lat: float | None
    lon: float | None


@dataclass(slots=True, frozen=True)
class StopEta:
    """The latest arrival time at a stop before the last; epoch milliseconds."""

    stop: str
    p10: int
    p50: int
    p90: int


@dataclass(slots=True, frozen=True)
class Carried:
    """Where a cargo unit's tag was last seen."""

    epc: str
    zone: str
    since: int
    present: bool


@dataclass(slots=True, frozen=True)
class Told:
    """An alarm of the shipment."""

    id: str
    rule: str
    priority: int
    state: str
    message: str
    raised: int
    returned: int | None
    arguments: dict[str, Any]


@dataclass(slots=True, frozen=True)
class Complaint:
    """What a receiver complained about."""

    what: str
    by: str
    at: int


async def complaints(conn: AsyncConnection, shipment_id: str) -> list[Complaint]:
    """What was complained about, the newest first."""
    return await fetch(
        conn,
        Complaint,
        "SELECT what, by, at FROM complaint WHERE shipment_id = %s ORDER BY at DESC, complaint_id DESC"
        " LIMIT 100",
        (shipment_id,),
    )


async def units(conn: AsyncConnection, asset: str, signals: list[str]) -> dict[str, str]:
    """Signal → UCUM unit, as the plant's description has it; those it does not name are left out."""
    cursor = await conn.execute(
        "SELECT s.name, s.unit FROM asset a JOIN asset_signal s USING (asset_id)"
        " WHERE a.key = %s AND s.name = ANY(%s)",
        (asset, signals),
    )
    return dict(await cursor.fetchall())


async def eta_history(conn: AsyncConnection, shipment_id: str) -> list[EtaPoint]:
    """How the expected arrival changed, oldest first, thinned evenly to at most `HISTORY` points."""
    return await fetch(
        conn,
        EtaPoint,
        "SELECT ts, eta_p10 AS p10, eta_p50 AS p50, eta_p90 AS p90 FROM ("
        " SELECT *, row_number() OVER (ORDER BY ts) AS n, count(*) OVER () AS total"
        " FROM eta WHERE shipment_id = %(id)s) AS e"
        " WHERE n = total OR n %% (total / %(most)s + 1) = 0 ORDER BY ts",
        {"id": shipment_id, "most": HISTORY},
    )


async def eta_changes(conn: AsyncConnection, shipment_id: str) -> list[EtaChange]:
    """Why the arrival time changed, the newest first; at most 50."""
    return await fetch(
        conn,
        EtaChange,
        "SELECT ts, eta_p50 AS p50, reason->>'code' AS code, (reason->>'minutes')::integer AS minutes,"
        " coalesce(reason->>'stood_min', reason->>'rest_min')::integer AS for_min,"
        " (reason->>'lat')::float8 AS lat, (reason->>'lon')::float8 AS lon"
        " FROM (SELECT ts, eta_p50, detail->'reason' AS reason FROM eta WHERE shipment_id = %s) AS e"
        " WHERE reason IS NOT NULL ORDER BY ts DESC LIMIT 50",
        (shipment_id,),
    )


async def stop_etas(conn: AsyncConnection, shipment_id: str) -> list[StopEta]:
    """When it will be at the stops that are still to come before the last, as of its latest arrival time."""
    return await fetch(
        conn,
        StopEta,
        "SELECT one->>0 AS stop, (one->>1)::bigint / 1000 AS p10, (one->>2)::bigint / 1000 AS p50,"
        " (one->>3)::bigint / 1000 AS p90"
        " FROM latest_eta CROSS JOIN LATERAL jsonb_array_elements(detail->'stops') AS one"
        " WHERE shipment_id = %s",
        (shipment_id,),
    )


async def carried(conn: AsyncConnection, epcs: list[str]) -> list[Carried]:
    """Where tags were last seen; those nobody has seen are left out."""
    return await fetch(
        conn,
        Carried,
        "SELECT epc, zone, since, present FROM item WHERE epc = ANY(%s) ORDER BY epc",
        (epcs,),
    )


async def shipment_of(conn: AsyncConnection, unit: str) -> list[str]:
    """The shipments a pallet is in, by its SSCC or its tag's EPC; the newest first."""
    cursor = await conn.execute(
        "SELECT shipment_id FROM shipment"
        " WHERE cargo @> jsonb_build_array(jsonb_build_object('sscc', %(unit)s::text))"
        " OR cargo @> jsonb_build_array(jsonb_build_object('epc', %(unit)s::text))"
        " ORDER BY updated DESC LIMIT 20",
        {"unit": unit},
    )
    return [row[0] for row in await cursor.fetchall()]


async def alarms(conn: AsyncConnection, shipment_id: str) -> list[Told]:
    """What was told of a shipment, the newest first."""
    return await fetch(
        conn,
        Told,
        "SELECT alarm_id::text AS id, rule, priority, state, message, raised, cleared AS returned, arguments"
        " FROM alarm WHERE arguments->>'shipment' = %s "
        " AND split_part(rule, ':', 1) IN ('late', 'risk', 'dwell', 'signal', 'breach', 'off_route')"
        " ORDER BY raised DESC LIMIT 100",
        (shipment_id,),
    )
