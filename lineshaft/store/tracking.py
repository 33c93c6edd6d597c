"""Links by which who has one sees one shipment's progress without a login."""

from dataclasses import dataclass
from uuid import UUID

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch


@dataclass(slots=True, frozen=True)
class TrackingLink:
    """A link; instants are epoch milliseconds."""

    link_id: UUID
    expires: int
    revoked: int | None
    by: str
    at: int


async def add(
    conn: AsyncConnection, link_id: UUID, shipment_id: str, by: str, span_us: tuple[int, int]
) -> None:
    """Make a link that holds from one instant to another, in the caller's transaction."""
    at_us, expires_us = span_us
    await conn.execute(
        "INSERT INTO tracking_link (link_id, shipment_id, expires, by, at) VALUES (%s, %s, %s, %s, %s)",
        (link_id, shipment_id, to_datetime(expires_us), by, to_datetime(at_us)),
    )


async def listing(conn: AsyncConnection, shipment_id: str, now_us: int) -> list[TrackingLink]:
    """The links of a shipment that still open it, the newest first."""
    return await fetch(
        conn,
        TrackingLink,
        "SELECT link_id, expires, revoked, by, at FROM tracking_link"
        " WHERE shipment_id = %s AND revoked IS NULL AND expires > %s ORDER BY at DESC, link_id LIMIT 100",
        (shipment_id, to_datetime(now_us)),
    )


async def revoke(conn: AsyncConnection, link_id: UUID, shipment_id: str, now_us: int) -> bool:
    """Let a link open nothing any more, in the caller's transaction; False where it did not before."""
    done = await conn.execute(
        "UPDATE tracking_link SET revoked = %s WHERE link_id = %s AND shipment_id = %s AND revoked IS NULL",
        (to_datetime(now_us), link_id, shipment_id),
    )
    return done.rowcount == 1


async def opened(conn: AsyncConnection, link_id: UUID, now_us: int) -> str | None:
    """The shipment a link opens; None where it is over, revoked or was never made."""
    cursor = await conn.execute(
        "SELECT shipment_id FROM tracking_link WHERE link_id = %s AND revoked IS NULL AND expires > %s",
        (link_id, to_datetime(now_us)),
    )
    row = await cursor.fetchone()
    return row[0] if row else None
