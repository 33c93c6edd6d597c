"""Reads what the detectors thought of a machine over a span."""

from dataclasses import dataclass

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import MOST_POINTS, Span
from lineshaft.store.rows import fetch


@dataclass(slots=True, frozen=True)
class Scores:
    """Columns of equal length in time order."""

    ts: list[int]
    score: list[float]
    """The highest of each bucket."""
    health: list[float]
    """The lowest of each bucket."""


@dataclass(slots=True, frozen=True)
class _Bucket:
    ts: int
    score: float
    health: float


async def series(conn: AsyncConnection, asset: str, span: Span, points: int) -> Scores:
    """Score and health of an asset, thinned to the worst of each of `points` buckets."""
    rows = await fetch(
        conn,
        _Bucket,
        "SELECT min(s.ts) AS ts, round(max(s.score)::numeric, 3)::float8 AS score,"
        " round(min(s.health)::numeric, 1)::float8 AS health"
        " FROM asset a JOIN device d USING (asset_id) JOIN score s USING (device_id)"
        " WHERE a.key = %(asset)s AND s.ts >= %(from)s AND s.ts < %(to)s"
        " GROUP BY date_bin(make_interval(secs => %(width_s)s), s.ts, %(from)s) ORDER BY 1",
        {
            "asset": asset,
            "from": to_datetime(span.from_us),
            "to": to_datetime(span.to_us),
            "width_s": (span.to_us - span.from_us) / SECOND_US / max(1, min(points, MOST_POINTS)),
        },
    )
    return Scores([row.ts for row in rows], [row.score for row in rows], [row.health for row in rows])
