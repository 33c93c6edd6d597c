"""The plant as it was described, version by version, and the assets and bindings that follow from it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.plant import Area, Document, Name, Plant, Signal, Site, to_document
from lineshaft.domain.readings import DeviceKey
from lineshaft.store import journal
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch_one


@dataclass(slots=True, frozen=True)
class Version:
    """One description of the plant, as it was applied."""

    version: int
    applied: int
    """Epoch milliseconds."""
    by: str
    sha256: str
    document: Document


@dataclass(slots=True, frozen=True)
class _Asset:
    """A row of the asset tree, before it has an id."""

    key: str
    parent: str | None
    site: str
    level: str
    name: Name
    kind: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    device: DeviceKey | None = None
    signals: Sequence[Signal] = ()


async def current(conn: AsyncConnection) -> Version | None:
    """The plant as it stands; None before the first was applied."""
    return await fetch_one(
        conn,
        Version,
        "SELECT version, applied, by, sha256, document FROM plant ORDER BY version DESC LIMIT 1",
    )


async def apply(conn: AsyncConnection, plant: Plant, by: str, now_us: int) -> int | None:
    """Make a plant the current one, in the caller's transaction; commit soon, the journal waits.

    Assets that are no longer described are marked removed and keep their history; devices follow their
    assets; the stream learns of it through a control row of the journal.

    Returns:
        The new version, or None where the plant was already described just so.
    """
    document = to_document(plant)
    body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    sha256 = hashlib.sha256(body).hexdigest()
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('lineshaft plant', 0))")
    before = await current(conn)
    if before and before.sha256 == sha256:
        return None
    assets = list(_assets(plant))
    ids = await _put_assets(conn, assets, now_us)
    await _put_signals(conn, assets, ids)
    await _bind_devices(conn, assets, ids)
    cursor = await conn.execute(
        "INSERT INTO plant (applied, by, sha256, document) VALUES (%s, %s, %s, %s) RETURNING version",
        (to_datetime(now_us), by, sha256, Jsonb(document)),
    )
    row = await cursor.fetchone()
    version = int(row[0]) if row else None
    pos = await journal.append_control_async(conn, "_/plant", body, now_us)
    await conn.execute("UPDATE plant SET pos = %s WHERE version = %s", (pos, version))
    return version


async def _put_assets(conn: AsyncConnection, assets: list[_Asset], now_us: int) -> dict[str, int]:
    ids: dict[str, int] = {}
    for n, asset in enumerate(assets):  # parents come first
        cursor = await conn.execute(
            "INSERT INTO asset (key, parent_id, site, level, kind, name, name_zh, sequence, settings)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (key) DO UPDATE SET parent_id = excluded.parent_id, site = excluded.site,"
            " level = excluded.level, kind = excluded.kind, name = excluded.name, name_zh = excluded.name_zh,"
            " sequence = excluded.sequence, settings = excluded.settings, removed = NULL"
            " RETURNING asset_id",
            (
                asset.key,
                ids[asset.parent] if asset.parent else None,
                asset.site,
                asset.level,
                asset.kind,
                asset.name.en,
                asset.name.zh,
                n,
                Jsonb(asset.settings),
            ),
        )
        row = await cursor.fetchone()
        ids[asset.key] = row[0] if row else 0
    await conn.execute(
        "UPDATE asset SET removed = %s WHERE removed IS NULL AND NOT key = ANY(%s)",
        (to_datetime(now_us), list(ids)),
    )
    return ids


async def _put_signals(conn: AsyncConnection, assets: list[_Asset], ids: dict[str, int]) -> None:
    await conn.execute("DELETE FROM asset_signal")
    rows = [
        (
            ids[asset.key],
            signal.name,
            signal.label.en,
            signal.label.zh,
            signal.unit,
            signal.quantity,
            signal.every_s,
            signal.low_low,
            signal.low,
            signal.high,
            signal.high_high,
            n,
        )
        for asset in assets
        for n, signal in enumerate(asset.signals)
    ]
    await conn.cursor().executemany(
        "INSERT INTO asset_signal (asset_id, name, label, label_zh, unit, quantity, every_s,"
        " low_low, low, high, high_high, sequence) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        rows,
    )


async def _bind_devices(conn: AsyncConnection, assets: list[_Asset], ids: dict[str, int]) -> None:
    bound = [(*asset.device, ids[asset.key]) for asset in assets if asset.device]
    await conn.execute(
        "UPDATE device SET asset_id = NULL WHERE asset_id IS NOT NULL"
        " AND NOT (site, agent, device) IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))",
        [[row[n] for row in bound] for n in range(3)],
    )
    # A device that was never heard gets its row now, so that it is bound from its first message on.
    await conn.cursor().executemany(
        "INSERT INTO device (site, agent, device, asset_id) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (site, agent, device) DO UPDATE SET asset_id = excluded.asset_id",
        bound,
    )


def _assets(plant: Plant) -> Iterator[_Asset]:
    for site in plant.sites:
        position = list(site.position) if site.position else None
        settings = {"timezone": site.timezone, "position": position}
        yield _Asset(site.key, None, site.key, "site", site.name, settings=settings)
        for area in site.areas:
            yield from _area_assets(site, area)
        for utility in site.utilities:
            supply = {"feeds": list(utility.feeds), "depends": list(utility.depends)}
            yield _Asset(utility.key, site.key, site.key, "utility", utility.name, utility.kind, supply)
    for vehicle in plant.vehicles:
        yield _Asset(
            vehicle.key,
            vehicle.site,
            vehicle.site,
            "vehicle",
            vehicle.name,
            vehicle.kind,
            {"every_s": vehicle.every_s},
            vehicle.device,
        )


def _area_assets(site: Site, area: Area) -> Iterator[_Asset]:
    yield _Asset(area.key, site.key, site.key, "area", area.name)
    for line in area.lines:
        yield _Asset(line.key, area.key, site.key, "line", line.name)
        for machine in line.machines:
            yield _Asset(
                machine.key,
                line.key,
                site.key,
                "work_unit",
                machine.name,
                machine.kind,
                device=machine.device,
                signals=machine.signals,
            )
    for zone in area.zones:
        yield _Asset(
            zone.key, area.key, site.key, "storage_zone", zone.name, settings={"capacity": zone.capacity}
        )
    for reader in area.readers:
        antennas = {str(port): zone for port, zone in reader.antennas.items()}
        settings = {"antennas": antennas}
        yield _Asset(
            reader.key, area.key, site.key, "reader", reader.name, settings=settings, device=reader.device
        )
