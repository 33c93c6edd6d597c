"""Replays dead letters: reads their messages, finds what of them is stored, appends what is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from lineshaft import __version__
from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.readings import DeviceKey
from lineshaft.store.database import AsyncConnection
from lineshaft.store.dead_letters import storable
from lineshaft.store.journal import CONTROL_SHARD, REPLAYED_LANE
from lineshaft.wire.again import Key
from lineshaft.wire.rejected import Rejected


@dataclass(slots=True, frozen=True)
class Message:
    """A dead letter's message, as whole as it is still there."""

    letter: int
    stage: str
    code: str
    received_us: int
    """When it came first."""
    topic: str
    site: str | None
    agent: str | None
    properties: Mapping[str, Any]
    body: bytes | None
    """None where the journal no longer has it and the letter has not all of it."""
    pos: int | None
    is_control: bool
    is_replayed: bool
    siblings: list[int]
    """All letters about it that were not replayed, this one too."""


async def lock(conn: AsyncConnection) -> None:
    """Keep other replays out until the transaction ends."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('lineshaft replay', 0))")


async def head(conn: AsyncConnection) -> int:
    """The journal's last position."""
    row = await (await conn.execute("SELECT pos FROM journal_head")).fetchone()
    return int(row[0]) if row else 0


async def passed(conn: AsyncConnection) -> int:
    """The position that all shards' results have reached."""
    cursor = await conn.execute(
        "SELECT CASE WHEN count(*) = 16 THEN min(pos) ELSE 0 END FROM sink_position WHERE sink = 'shard'"
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def messages(conn: AsyncConnection, letters: Sequence[int]) -> list[Message]:
    """The messages of letters, in the order of the letters; letters that do not exist are not in it."""
    cursor = await conn.execute(
        "SELECT d.dead_letter_id, d.stage, d.code, coalesce(j.received, d.received),"
        " coalesce(j.topic, d.topic), coalesce(j.site, d.site), coalesce(j.agent, d.agent),"
        " coalesce(j.properties, d.properties, '{}'),"
        " coalesce(j.body, CASE WHEN octet_length(d.body) = d.length THEN d.body END), d.pos,"
        " coalesce(j.shard = %s, false), d.replayed IS NOT NULL,"
        " ARRAY(SELECT s.dead_letter_id FROM dead_letter s WHERE s.replayed IS NULL"
        "       AND (s.dead_letter_id = d.dead_letter_id OR s.pos = d.pos) ORDER BY 1),"
        " coalesce(j.lane, d.lane) = %s"
        " FROM dead_letter d LEFT JOIN journal j ON j.pos = d.pos"
        " WHERE d.dead_letter_id = ANY(%s) ORDER BY d.dead_letter_id",
        (CONTROL_SHARD, REPLAYED_LANE, list(letters)),
    )
    found = []
    for letter, stage, code, received, *rest, again in await cursor.fetchall():
        topic, site, agent, properties, body, pos, is_control, is_replayed, siblings = rest
        first_us = int(properties["received_us"]) if again else from_datetime(received)
        found.append(
            Message(
                letter, stage, code, first_us, topic, site, agent, properties, body,
                pos, is_control, is_replayed, siblings,
            )
        )  # fmt: skip
    return found


async def stored_readings(conn: AsyncConnection, device: DeviceKey, wanted: Sequence[Key]) -> set[Key]:
    """Of (signal, time in µs), those that the tables have."""
    names, times = [str(key[0]) for key in wanted], _times(wanted, 1)
    cursor = await conn.execute(
        "WITH wanted AS ("
        "  SELECT s.signal_id, w.name, w.ts"
        "  FROM unnest(%(names)s::text[], %(times)s::timestamptz[]) AS w (name, ts)"
        "  JOIN device d ON (d.site, d.agent, d.device) = (%(site)s, %(agent)s, %(device)s)"
        "  JOIN signal s ON s.device_id = d.device_id AND s.name = w.name"
        ") SELECT name, ts FROM wanted WHERE EXISTS ("
        "  SELECT FROM reading r WHERE r.signal_id = wanted.signal_id AND r.ts = wanted.ts"
        "  AND r.ts BETWEEN %(first)s AND %(last)s)"
        " OR EXISTS (SELECT FROM reading_text r WHERE r.signal_id = wanted.signal_id AND r.ts = wanted.ts"
        "  AND r.ts BETWEEN %(first)s AND %(last)s)",
        {**device._asdict(), "names": names, "times": times, "first": min(times), "last": max(times)},
    )
    return {(name, from_datetime(ts)) for name, ts in await cursor.fetchall()}


async def stored_reads(conn: AsyncConnection, device: DeviceKey, wanted: Sequence[Key]) -> set[Key]:
    """Of (time in µs, antenna, EPC), those that the tables have."""
    times = _times(wanted, 0)
    cursor = await conn.execute(
        "SELECT r.ts, r.antenna, r.epc FROM rfid_read r JOIN device d USING (device_id)"
        " WHERE (d.site, d.agent, d.device) = (%(site)s, %(agent)s, %(device)s)"
        " AND r.epc = ANY(%(epcs)s) AND r.ts BETWEEN %(first)s AND %(last)s",
        {**device._asdict(), "epcs": [key[2] for key in wanted], "first": min(times), "last": max(times)},
    )
    return {(from_datetime(ts), antenna, epc) for ts, antenna, epc in await cursor.fetchall()}


async def stored_fixes(conn: AsyncConnection, device: DeviceKey, wanted: Sequence[Key]) -> set[Key]:
    """Of (time in µs,), those that the tables have."""
    times = _times(wanted, 0)
    cursor = await conn.execute(
        "SELECT f.ts FROM fix f JOIN device d USING (device_id)"
        " WHERE (d.site, d.agent, d.device) = (%(site)s, %(agent)s, %(device)s)"
        " AND f.ts BETWEEN %(first)s AND %(last)s",
        {**device._asdict(), "first": min(times), "last": max(times)},
    )
    return {(from_datetime(ts),) for (ts,) in await cursor.fetchall()}


async def stored_events(conn: AsyncConnection, device: DeviceKey, wanted: Sequence[Key]) -> set[Key]:
    """Of (time in µs, code), those that the tables have."""
    times = _times(wanted, 0)
    cursor = await conn.execute(
        "SELECT e.ts, e.code FROM event e JOIN device d USING (device_id)"
        " WHERE (d.site, d.agent, d.device) = (%(site)s, %(agent)s, %(device)s)"
        " AND e.ts BETWEEN %(first)s AND %(last)s",
        {**device._asdict(), "first": min(times), "last": max(times)},
    )
    return {(from_datetime(ts), code) for ts, code in await cursor.fetchall()}


async def append(  # noqa: PLR0913 - a row of the journal, and when
    conn: AsyncConnection,
    letters: Sequence[int],
    *,
    shard: int,
    body: bytes,
    properties: Mapping[str, Any],
    now_us: int,
) -> int | None:
    """Append what is left of a message and mark its letters as replayed; gives the position.

    It holds the journal until the transaction ends: do it last, then commit. None where every letter was
    replayed meanwhile.
    """
    cursor = await conn.execute(
        "SELECT journal_replay(%s, %s::smallint, %s, %s, %s)",
        (list(letters), shard, body, Jsonb(dict(properties)), to_datetime(now_us)),
    )
    row = await cursor.fetchone()
    return None if row is None or row[0] is None else int(row[0])


async def append_foreign(  # noqa: PLR0913 - rows of the journal, and when
    conn: AsyncConnection,
    letters: Sequence[int],
    *,
    shard: int,
    messages: Sequence[tuple[str, bytes]],
    properties: Mapping[str, Any],
    now_us: int,
) -> int | None:
    """As `append`, for a foreign message: (topic, body) of what is left of it; the first one's position."""
    where, bodies = zip(*messages, strict=True)
    cursor = await conn.execute(
        "SELECT journal_replay_foreign(%s, %s::smallint, %s, %s, %s, %s)",
        (list(letters), shard, list(where), list(bodies), Jsonb(dict(properties)), to_datetime(now_us)),
    )
    row = await cursor.fetchone()
    return None if row is None or row[0] is None else int(row[0])


async def settle(conn: AsyncConnection, letters: Sequence[int], now_us: int) -> None:
    """Mark letters as replayed of whose message nothing was missing."""
    await conn.execute(
        "UPDATE dead_letter SET replayed = %s WHERE dead_letter_id = ANY(%s) AND replayed IS NULL",
        (to_datetime(now_us), list(letters)),
    )


async def still_rejected(conn: AsyncConnection, letter: int, fault: Rejected, now_us: int) -> None:
    """Write what of a replayed message cannot be used yet as a letter of its own, linked to the old one."""
    await conn.execute(
        "INSERT INTO dead_letter (received, stage, pos, topic, site, agent, device, boot, lane, seq, code,"
        " detail, readings, length, sha256, body, version, properties, replay_of)"
        " SELECT %s, stage, pos, topic, site, agent, device, boot, lane, seq, %s, %s, %s, length, sha256,"
        " body, %s, properties, dead_letter_id FROM dead_letter WHERE dead_letter_id = %s",
        (
            to_datetime(now_us), fault.code, storable(fault.detail)[:1000], fault.readings, __version__,
            letter,
        ),
    )  # fmt: skip


def _times(wanted: Sequence[Key], place: int) -> list[Any]:
    return [to_datetime(int(str(key[place]))) for key in wanted]
