"""Reads series of readings, from the cheapest source and thinned so that every peak is still there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, LiteralString, NamedTuple

import numpy as np

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import MILLIS_US, fetch, fetch_columns
from lineshaft.store.thinning import Floats, Instants, Spread, thin

MOST_POINTS = 2_000
"""A trace; more than any screen has columns for."""

Source = Literal["raw", "1m", "1h"]

HOUR_US: Final = 3600 * SECOND_US
RAW_SPAN_US: Final = HOUR_US
"""Up to this span the readings themselves are thinned: at 10 Hz, 36,000 a signal."""
MINUTES_SPAN_US: Final = 30 * 24 * HOUR_US
"""Of all signals together, up to which minutes are: some 43,000. Beyond it hours have to do."""


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
    hours_end: int | None
    """Epoch milliseconds: when its last hour began that is in the rollup, if that is to be minded."""
    minutes_end: int | None


@dataclass(slots=True, frozen=True)
class _Columns:
    """All rows of a signal, in no order."""

    signal_id: int
    ts: Instants
    low: Floats
    high: Floats | None
    """None where each row is one reading."""


@dataclass(slots=True, frozen=True)
class Point:
    """One reading of one signal."""

    name: str
    ts: int
    value: float


# The signals first, by a query of their own: with their ids and times as constants series are found by index
# and partitions left out; joined in one query, TimescaleDB added up whole rollups, a second for a month.
# TimescaleDB's rollups answer for the newest readings too. Only plain PostgreSQL keeps a position of its
# rollups, and there the next finer source is asked from the last bucket on: what is met twice moves no peak.
_SIGNALS: Final[LiteralString] = """
    SELECT s.signal_id, s.name,
        CASE WHEN %(source)s = '1h' AND to_regclass('rollup_position') IS NOT NULL THEN greatest(%(from)s,
            (SELECT max(bucket) FROM reading_1h WHERE signal_id = s.signal_id)) END AS hours_end,
        CASE WHEN %(source)s <> 'raw' AND to_regclass('rollup_position') IS NOT NULL THEN greatest(%(from)s,
            (SELECT max(bucket) FROM reading_1m WHERE signal_id = s.signal_id)) END AS minutes_end
    FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)
    WHERE a.key = %(asset)s AND s.name = ANY(%(signals)s)
"""
# Whole columns of a signal, thinned here: grouping by bucket in the database took five times as long.
_RAW: Final[LiteralString] = """
    SELECT signal_id, array_agg(ts) AS ts, array_agg(value) AS low, NULL::float8[] AS high
    FROM reading
    WHERE signal_id = ANY(%(ids)s) AND quality < 2 AND ts >= %(from)s AND ts < %(to)s
    GROUP BY signal_id
"""
_MINUTES: Final[LiteralString] = """
    SELECT signal_id, array_agg(bucket) AS ts, array_agg(low) AS low, array_agg(high) AS high
    FROM reading_1m
    WHERE signal_id = ANY(%(ids)s) AND bucket >= %(from)s AND bucket < %(to)s
    GROUP BY signal_id
"""
_HOURS: Final[LiteralString] = """
    SELECT signal_id, array_agg(bucket) AS ts, array_agg(low) AS low, array_agg(high) AS high
    FROM reading_1h
    WHERE signal_id = ANY(%(ids)s) AND bucket >= %(from)s AND bucket < %(to)s
    GROUP BY signal_id
"""
_SOURCES: Final[dict[Source, LiteralString]] = {"raw": _RAW, "1m": _MINUTES, "1h": _HOURS}
# `oldest` is for the planner: it leaves partitions out.
_MINUTES_AFTER: Final[LiteralString] = """
    UNION ALL
    SELECT w.signal_id, array_agg(bucket), array_agg(low), array_agg(high)
    FROM unnest(%(hour_ids)s::int[], %(hours_end)s::timestamptz[]) AS w (signal_id, since)
    JOIN reading_1m r ON r.signal_id = w.signal_id AND r.bucket >= w.since
        AND r.bucket >= %(from)s AND r.bucket < %(to)s
    GROUP BY w.signal_id
"""
_RAW_AFTER: Final[LiteralString] = """
    UNION ALL
    SELECT w.signal_id, array_agg(ts), array_agg(value), NULL
    FROM unnest(%(minute_ids)s::int[], %(minutes_end)s::timestamptz[]) AS w (signal_id, since)
    JOIN reading r ON r.signal_id = w.signal_id AND r.ts >= w.since AND r.quality < 2
        AND r.ts >= %(oldest)s AND r.ts < %(to)s
    GROUP BY w.signal_id
"""


def source_of(span: Span, points: int, signals: int = 1) -> Source:
    """The cheapest source that still shows a span well.

    >>> day_us = 24 * HOUR_US
    >>> [source_of(Span(0, span_us), points=600) for span_us in (HOUR_US, day_us, 7 * day_us, 30 * day_us)]
    ['raw', '1m', '1m', '1h']
    """
    length_us = span.to_us - span.from_us
    if length_us <= RAW_SPAN_US:
        return "raw"
    loses_nothing = length_us / (points // 2) >= HOUR_US
    return "1h" if loses_nothing or signals * length_us > MINUTES_SPAN_US else "1m"


async def series(conn: AsyncConnection, asset: str, signals: list[str], span: Span, points: int) -> Series:
    """Signals of an asset, of all devices that speak for it, at most `points` points each.

    The span is cut into points/2 buckets; of each the least and the greatest reading remain, at the times
    they had (of a rollup: when its minute or hour began). Readings of bad quality are left out, as they are
    of rollups.
    """
    signals = list(dict.fromkeys(signals))
    points = max(2, min(points, MOST_POINTS))
    source = source_of(span, points, len(signals))
    span_of = {"from": to_datetime(span.from_us), "to": to_datetime(span.to_us)}
    wanted = {"asset": asset, "signals": signals, "source": source, **span_of}
    found = await fetch(conn, _Signal, _SIGNALS, wanted)
    rows = await fetch_columns(conn, _Columns, *_question(source, found, span, span_of)) if found else []
    spreads: dict[str, list[Spread]] = {name: [] for name in signals}
    names = {one.signal_id: one.name for one in found}
    for row in rows:
        spreads[names[row.signal_id]].append(
            Spread(row.ts, row.low, row.low if row.high is None else row.high)
        )
    width_us = (span.to_us - span.from_us) / (points // 2)
    traces = [_trace(name, parts, span.from_us, width_us) for name, parts in spreads.items()]
    return Series(span.from_us // 1000, span.to_us // 1000, source, traces)


def _question(
    source: Source, signals: list[_Signal], span: Span, span_of: dict[str, datetime]
) -> tuple[LiteralString, dict[str, Any]]:
    """The query of the columns, with its parameters; of a finer source what its rollup does not have yet."""
    query, parameters = _SOURCES[source], {"ids": [one.signal_id for one in signals], **span_of}
    to_ms = span.to_us // 1000
    hours = {one.signal_id: one.hours_end for one in signals if (one.hours_end or to_ms) < to_ms}
    minutes = {one.signal_id: one.minutes_end for one in signals if (one.minutes_end or to_ms) < to_ms}
    if hours:
        query += _MINUTES_AFTER
        parameters |= {"hour_ids": list(hours), "hours_end": _instants(hours.values())}
    if minutes:
        query += _RAW_AFTER
        since = _instants(minutes.values())
        parameters |= {"minute_ids": list(minutes), "minutes_end": since, "oldest": min(since)}
    return query, parameters


def _instants(millis: Iterable[int | None]) -> list[datetime]:
    return [to_datetime(ms * 1000) for ms in millis if ms is not None]


def _trace(name: str, spreads: list[Spread], from_us: int, width_us: float) -> Trace:
    if not spreads:
        return Trace(name, [], [])
    ts, value = thin(Spread(*map(np.concatenate, zip(*spreads, strict=True))), from_us, width_us)
    return Trace(name, (ts // MILLIS_US).tolist(), value.tolist())


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
