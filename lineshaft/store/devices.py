"""The devices that spoke, and which asset each speaks for."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch, fetch_one

SILENT_AFTER_S = 60
"""A device that says nothing of itself counts as online for this long after its last word."""


@dataclass(slots=True, frozen=True)
class DeviceRow:
    """A device that was described or heard."""

    id: int
    site: str
    agent: str
    device: str
    asset: str | None
    """Key of the asset it speaks for; null: unassigned."""
    first_seen: int | None
    """Null with last_seen: described, never heard."""
    last_seen: int | None
    signals: list[str]
    online: bool
    report: dict[str, Any]
    """What it says of itself: its retained state."""


_DEVICE: Final[LiteralString] = """
    SELECT d.device_id AS id, d.site, d.agent, d.device, a.key AS asset, d.first_seen, d.last_seen,
           ARRAY(SELECT name FROM signal s WHERE s.device_id = d.device_id ORDER BY name) AS signals,
           coalesce(d.state->'online' <> 'false', true)
               AND coalesce(d.last_seen > %(silent)s, false) AS online,
           coalesce(d.state, '{}'::jsonb) AS report
    FROM device d LEFT JOIN asset a ON a.asset_id = d.asset_id AND a.removed IS NULL
"""


async def listing(conn: AsyncConnection, now_us: int, *, unassigned: bool = False) -> list[DeviceRow]:
    """All devices, or those that were heard and speak for no asset; the newest first."""
    return await fetch(
        conn,
        DeviceRow,
        _DEVICE
        # an agent reports on itself under its own name: it is not a thing to describe
        + " WHERE NOT %(unassigned)s OR (a.key IS NULL AND d.last_seen IS NOT NULL AND NOT"
        + " (d.device = d.agent AND NOT EXISTS (SELECT FROM signal s WHERE s.device_id = d.device_id)))"
        + " ORDER BY d.last_seen DESC NULLS LAST, d.device_id",
        {"unassigned": unassigned, "silent": to_datetime(now_us - SILENT_AFTER_S * SECOND_US)},
    )


async def one(conn: AsyncConnection, device_id: int, now_us: int) -> DeviceRow | None:
    """One device; None where there is none of that id."""
    return await fetch_one(
        conn,
        DeviceRow,
        _DEVICE + " WHERE d.device_id = %(id)s",
        {"id": device_id, "silent": to_datetime(now_us - SILENT_AFTER_S * SECOND_US)},
    )
