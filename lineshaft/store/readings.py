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
MINUTES_SPAN_US = 3 * 24 * HOUR_US
"""Beyond it hours give enough: 72 least and 72 greatest values at the least."""


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
class _Signal:
    signal_id: int
    name: str
    until: int


@dataclass(slots=True, frozen=True)
class _Bucket:
    place: int
    """Of the signal's name among those asked for."""
    low: list[float]
    """The least value and its time in epoch milliseconds."""
    high: list[float]


@dataclass(slots=True, frozen=True)
class Point:
    """One reading of one signal."""

    name: str
    ts: int
    value: float


# The signals first, by a query of their own: with their ids and times as constants series are found by index
# and partitions left out; joined in one query, TimescaleDB added up whole rollups, a second for a month.
# `until` is where the rollup ends. TimescaleDB's answer for the newest readings too; only plain PostgreSQL
# keeps a position of its rollups, and there what is not in them yet comes from the next finer source.
_SIGNALS: Final[dict[Source, LiteralString]] = {
    "raw": """
        SELECT s.signal_id, s.name, %(to)s AS until
        FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)
        WHERE a.key = %(asset)s AND s.name = ANY(%(signals)s)
    """,
    "1m": """
        SELECT s.signal_id, s.name,
            CASE WHEN to_regclass('rollup_position') IS NULL THEN %(to)s ELSE greatest(%(from)s, (
                SELECT max(bucket) + '1 minute' FROM reading_1m WHERE signal_id = s.signal_id)) END AS until
        FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)
        WHERE a.key = %(asset)s AND s.name = ANY(%(signals)s)
    """,
    "1h": """
        SELECT s.signal_id, s.name,
            CASE WHEN to_regclass('rollup_position') IS NULL THEN %(to)s ELSE greatest(%(from)s, (
                SELECT max(bucket) + '1 hour' FROM reading_1h WHERE signal_id = s.signal_id)) END AS until
        FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)
        WHERE a.key = %(asset)s AND s.name = ANY(%(signals)s)
    """,
}
_WANTED: Final[LiteralString] = """
    WITH wanted AS (
        SELECT * FROM unnest(%(ids)s::int[], %(places)s::int[], %(until)s::timestamptz[])
            AS w (signal_id, place, until))
"""
_RAW: Final[LiteralString] = """
    , point AS (
        SELECT w.place, r.ts, r.value AS low, r.value AS high
        FROM reading r JOIN wanted w USING (signal_id)
        WHERE r.signal_id = ANY(%(ids)s) AND r.quality < 2 AND r.ts >= %(from)s AND r.ts < %(to)s)
"""
_MINUTES: Final[LiteralString] = """
    , point AS (
        SELECT w.place, r.bucket AS ts, r.low, r.high
        FROM reading_1m r JOIN wanted w USING (signal_id)
        WHERE r.signal_id = ANY(%(ids)s) AND r.bucket >= %(from)s AND r.bucket < %(to)s
        UNION ALL
        SELECT w.place, r.ts, r.value, r.value
        FROM reading r JOIN wanted w USING (signal_id)
        WHERE r.signal_id = ANY(%(ids)s) AND r.quality < 2
            AND r.ts >= %(tail)s AND r.ts >= greatest(w.until, %(from)s) AND r.ts < %(to)s)
"""
_HOURS: Final[LiteralString] = """
    , point AS (
        SELECT w.place, r.bucket AS ts, r.low, r.high
        FROM reading_1h r JOIN wanted w USING (signal_id)
        WHERE r.signal_id = ANY(%(ids)s) AND r.bucket >= %(from)s AND r.bucket < %(to)s
        UNION ALL
        SELECT w.place, r.bucket, r.low, r.high
        FROM reading_1m r JOIN wanted w USING (signal_id)
        WHERE r.signal_id = ANY(%(ids)s)
            AND r.bucket >= %(tail)s AND r.bucket >= w.until AND r.bucket < %(to)s)
"""
# Arrays compare by their first element, then by the next: the least value with its earliest time.
_THIN: Final[LiteralString] = """
    SELECT place, min(ARRAY[low, date_part('epoch', ts) * 1000]) AS low,
           max(ARRAY[high, date_part('epoch', ts) * 1000]) AS high
    FROM point GROUP BY place, date_bin(make_interval(secs => %(width_s)s), ts, %(from)s)
    ORDER BY place, date_bin(make_interval(secs => %(width_s)s), ts, %(from)s)
"""
_QUERIES: Final[dict[Source, LiteralString]] = {
    "raw": _WANTED + _RAW + _THIN,
    "1m": _WANTED + _MINUTES + _THIN,
    "1h": _WANTED + _HOURS + _THIN,
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
    source, signals = source_of(span), list(dict.fromkeys(signals))
    points = max(2, min(points, MOST_POINTS))
    span_of = {"from": to_datetime(span.from_us), "to": to_datetime(span.to_us)}
    found = await fetch(conn, _Signal, _SIGNALS[source], {"asset": asset, "signals": signals, **span_of})
    traces = [Trace(name, [], []) for name in signals]
    if found:
        parameters = {
            "ids": [one.signal_id for one in found],
            "places": [signals.index(one.name) for one in found],
            "until": [to_datetime(one.until * 1000) for one in found],
            "tail": to_datetime(min(one.until for one in found) * 1000),
            "width_s": (span.to_us - span.from_us) / SECOND_US / (points // 2),
            **span_of,
        }
        for row in await fetch(conn, _Bucket, _QUERIES[source], parameters):
            _add(traces[row.place], row)
    return Series(span.from_us // 1000, span.to_us // 1000, source, traces)


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
        "   WHERE signal_id = s.signal_id AND quality < 2 AND ts > w.since AND ts > %(oldest)s"
        "   ORDER BY ts DESC LIMIT %(limit)s) r"
        " ORDER BY w.name, r.ts",
        {
            "names": list(since_ms),
            # a stored instant has microseconds: past the whole millisecond it was read as
            "since": [to_datetime(ms * 1000 + 999) for ms in since_ms.values()],
            "oldest": to_datetime(min(since_ms.values(), default=0) * 1000),  # leaves partitions out
            "asset": asset,
            "limit": limit,
        },
    )


def _add(trace: Trace, row: _Bucket) -> None:
    low, high = sorted((tuple(row.low), tuple(row.high)), key=lambda point: point[1])
    for point in (low, high) if low != high else (low,):
        trace.ts.append(round(point[1]))
        trace.value.append(point[0])
