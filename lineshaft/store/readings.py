"""Reads series of readings, thinned in the database so that every peak is still there."""

from dataclasses import dataclass
from typing import Final, Literal, LiteralString, NamedTuple

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import fetch

MOST_POINTS = 2_000
"""A trace; more than any screen has columns for."""

Source = Literal["raw", "1m", "1h"]

HOUR_US = 3600 * SECOND_US
RAW_SPAN_US = 3 * HOUR_US
"""Up to this span the readings themselves are thinned: some 10,000 a signal at 1 Hz."""
MINUTES_SPAN_US = 7 * 24 * HOUR_US


class Span(NamedTuple):
    """From one instant up to, not including, another; microseconds."""

    from_us: int
    to_us: int


@dataclass(slots=True, frozen=True)
class Trace:
    """One signal's points in time order."""

    signal: str
    ts: list[int]
    value: list[float]


@dataclass(slots=True, frozen=True)
class Series:
    """Signals of an asset over a span."""

    from_ts: int
    to_ts: int
    source: str
    """raw, 1m or 1h: what the points were made of."""
    series: list[Trace]


@dataclass(slots=True, frozen=True)
class _Bucket:
    name: str
    low: list[float]
    """The least value and its time in epoch milliseconds."""
    high: list[float]


@dataclass(slots=True, frozen=True)
class Point:
    """One reading of one signal."""

    name: str
    ts: int
    value: float


_SIGNALS: Final[LiteralString] = """
    WITH wanted AS (
        SELECT s.signal_id, s.name
        FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)
        WHERE a.key = %(asset)s AND s.name = ANY(%(signals)s))
"""
_RAW: Final[LiteralString] = """
    , point AS (
        SELECT w.name, r.ts, r.value AS low, r.value AS high
        FROM wanted w JOIN reading r USING (signal_id)
        WHERE r.quality < 2 AND r.ts >= %(from)s AND r.ts < %(to)s)
"""
# What is not rolled up yet comes from the readings themselves.
_MINUTES: Final[LiteralString] = """
    , point AS (
        SELECT w.name, r.bucket AS ts, r.low, r.high
        FROM wanted w JOIN reading_1m r USING (signal_id) WHERE r.bucket >= %(from)s AND r.bucket < %(to)s
        UNION ALL
        SELECT w.name, r.ts, r.value, r.value
        FROM wanted w
        CROSS JOIN LATERAL (
            SELECT max(bucket) + '1 minute' AS until FROM reading_1m l WHERE l.signal_id = w.signal_id) rolled
        JOIN reading r ON r.signal_id = w.signal_id AND r.quality < 2
            AND r.ts >= greatest(%(from)s, coalesce(rolled.until, %(from)s)) AND r.ts < %(to)s)
"""
_HOURS: Final[LiteralString] = """
    , point AS (
        SELECT w.name, r.bucket AS ts, r.low, r.high
        FROM wanted w JOIN reading_1h r USING (signal_id) WHERE r.bucket >= %(from)s AND r.bucket < %(to)s
        UNION ALL
        SELECT w.name, r.bucket, r.low, r.high
        FROM wanted w
        CROSS JOIN LATERAL (
            SELECT max(bucket) + '1 hour' AS until FROM reading_1h l WHERE l.signal_id = w.signal_id) rolled
        JOIN reading_1m r ON r.signal_id = w.signal_id
            AND r.bucket >= greatest(%(from)s, coalesce(rolled.until, %(from)s)) AND r.bucket < %(to)s)
"""
# Arrays compare by their first element, then by the next: the least value with its earliest time.
_THIN: Final[LiteralString] = """
    SELECT name, min(ARRAY[low, date_part('epoch', ts) * 1000]) AS low,
           max(ARRAY[high, date_part('epoch', ts) * 1000]) AS high
    FROM point GROUP BY name, date_bin(make_interval(secs => %(width_s)s), ts, %(from)s)
    ORDER BY name, date_bin(make_interval(secs => %(width_s)s), ts, %(from)s)
"""
_QUERIES: Final[dict[Source, LiteralString]] = {
    "raw": _SIGNALS + _RAW + _THIN,
    "1m": _SIGNALS + _MINUTES + _THIN,
    "1h": _SIGNALS + _HOURS + _THIN,
}


def source_of(span: Span) -> Source:
    """The coarsest source that still shows a span well.

    >>> source_of(Span(0, HOUR_US)), source_of(Span(0, 24 * HOUR_US)), source_of(Span(0, 900 * HOUR_US))
    ('raw', '1m', '1h')
    """
    length_us = span.to_us - span.from_us
    if length_us <= RAW_SPAN_US:
        return "raw"
    return "1m" if length_us <= MINUTES_SPAN_US else "1h"


async def series(conn: AsyncConnection, asset: str, signals: list[str], span: Span, points: int) -> Series:
    """Signals of an asset, of all devices that speak for it, at most `points` points each.

    The span is cut into points/2 buckets; of each the least and the greatest reading remain, at the times
    they had (of a rollup: when its minute or hour began). Readings of bad quality are left out, as they are
    of rollups.
    """
    source = source_of(span)
    points = max(2, min(points, MOST_POINTS))
    rows = await fetch(
        conn,
        _Bucket,
        _QUERIES[source],
        {
            "asset": asset,
            "signals": signals,
            "from": to_datetime(span.from_us),
            "to": to_datetime(span.to_us),
            "width_s": (span.to_us - span.from_us) / SECOND_US / (points // 2),
        },
    )
    traces = {name: Trace(name, [], []) for name in signals}
    for row in rows:
        _add(traces[row.name], row)
    return Series(span.from_us // 1000, span.to_us // 1000, source, list(traces.values()))


async def newest(conn: AsyncConnection, asset: str, since_ms: dict[str, int], limit: int) -> list[Point]:
    """The readings of an asset's signals after an instant each, in time order; the newest `limit` of each.

    Args:
        conn: any.
        asset: its key.
        since_ms: signal → epoch milliseconds.
        limit: a signal.
    """
    return await fetch(
        conn,
        Point,
        "SELECT w.name, r.ts, r.value"
        " FROM unnest(%(names)s::text[], %(since)s::timestamptz[]) AS w (name, since)"
        " JOIN asset a ON a.key = %(asset)s JOIN device d USING (asset_id)"
        " JOIN signal s ON s.device_id = d.device_id AND s.name = w.name"
        " CROSS JOIN LATERAL (SELECT ts, value FROM reading"
        "   WHERE signal_id = s.signal_id AND quality < 2 AND ts > w.since"
        "   ORDER BY ts DESC LIMIT %(limit)s) r"
        " ORDER BY w.name, r.ts",
        {
            "names": list(since_ms),
            # a stored instant has microseconds: past the whole millisecond it was read as
            "since": [to_datetime(ms * 1000 + 999) for ms in since_ms.values()],
            "asset": asset,
            "limit": limit,
        },
    )


def _add(trace: Trace, row: _Bucket) -> None:
    low, high = sorted((tuple(row.low), tuple(row.high)), key=lambda point: point[1])
    for point in (low, high) if low != high else (low,):
        trace.ts.append(round(point[1]))
        trace.value.append(point[0])
