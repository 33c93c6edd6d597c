"""Where a machine's signals usually lie, in what it does now: out of its own stored past."""

from dataclasses import dataclass
from typing import Final, LiteralString

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch, fetch_one

SPAN_US: Final = 24 * 3600 * SECOND_US
LEAST_MINUTES: Final = 30
"""Fewer of them do not say what is usual."""


@dataclass(slots=True, frozen=True)
class UsualRow:
    """A signal's usual range: 95 % of the minutes lay within it, with all their readings."""

    signal: str
    low: float
    high: float
    minutes: int
    """That it rests on."""


@dataclass(slots=True, frozen=True)
class Usual:
    """What is usual for a machine over the last 24 hours, in its present mode, outside of odd episodes."""

    mode: str | None
    from_ts: int
    to_ts: int
    signals: list[UsualRow]


@dataclass(slots=True, frozen=True)
class _Now:
    mode: str | None
    devices: list[int]
    signals: list[int]


_NOW: Final[LiteralString] = """
    SELECT (SELECT l.mode FROM latest_score l JOIN device d USING (device_id) WHERE d.asset_id = a.asset_id
            ORDER BY l.ts DESC LIMIT 1) AS mode,
           coalesce((SELECT array_agg(device_id) FROM device WHERE asset_id = a.asset_id), '{}') AS devices,
           coalesce((SELECT array_agg(signal_id) FROM device JOIN signal USING (device_id)
                     WHERE asset_id = a.asset_id), '{}') AS signals
    FROM asset a WHERE a.key = %(key)s AND a.level = 'work_unit' AND a.removed IS NULL
"""
# Ids and times are constants, so that partitions are left out (see `readings`).
_USUAL: Final[LiteralString] = """
    WITH calm AS MATERIALIZED (
        SELECT date_bin('1 minute', ts - interval '1 microsecond', 'epoch') AS bucket FROM score
        WHERE device_id = ANY(%(devices)s) AND ts >= %(from)s AND ts < %(to)s
        GROUP BY 1 HAVING NOT bool_or(anomaly) AND bool_and(mode IS NOT DISTINCT FROM %(mode)s))
    SELECT s.name AS signal, percentile_cont(0.025) WITHIN GROUP (ORDER BY r.low)::float8 AS low,
           percentile_cont(0.975) WITHIN GROUP (ORDER BY r.high)::float8 AS high, count(*)::int AS minutes
    FROM reading_1m r JOIN calm USING (bucket) JOIN signal s USING (signal_id)
    WHERE r.signal_id = ANY(%(signals)s) AND r.bucket >= %(from)s AND r.bucket < %(to)s
    GROUP BY 1 HAVING count(*) >= %(least)s ORDER BY 1
"""


async def usual(conn: AsyncConnection, key: str, now_us: int) -> Usual | None:
    """What is usual for a machine; None where there is none of that key."""
    now = await fetch_one(conn, _Now, _NOW, {"key": key})
    if now is None:
        return None
    from_us = max(0, now_us - SPAN_US)
    asked = {
        "devices": now.devices,
        "signals": now.signals,
        "mode": now.mode,
        "least": LEAST_MINUTES,
        "from": to_datetime(from_us),
        "to": to_datetime(now_us),
    }
    return Usual(now.mode, from_us // 1000, now_us // 1000, await fetch(conn, UsualRow, _USUAL, asked))
