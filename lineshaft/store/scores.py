"""Reads what the chain thought of a machine over a span."""

from dataclasses import dataclass, fields
from typing import Final, LiteralString

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import MOST_POINTS, Span
from lineshaft.store.rows import fetch


@dataclass(slots=True, frozen=True)
class Scores:
    """Columns of equal length in time order, a bucket each; what was not known then is null."""

    ts: list[int]
    score: list[float]
    """The highest of each bucket."""
    health: list[float]
    """The lowest of each bucket."""
    probability: list[float | None]
    """Of such a window under "normal": the lowest."""
    anomaly: list[bool]
    """Whether any of it lay in an episode."""
    mode: list[str | None]
    """What the machine was doing most of the bucket."""
    basis: list[str | None]
    """Who judged its health most of the bucket: limits, peers or own."""
    p_fail_24h: list[float | None]
    """The highest."""
    p_fail_7d: list[float | None]
    rul_p10_s: list[float | None]
    """Remaining life in seconds: the least of each bucket."""
    rul_p50_s: list[float | None]
    rul_p90_s: list[float | None]


@dataclass(slots=True, frozen=True)
class _Bucket:
    ts: int
    score: float
    health: float
    probability: float | None
    anomaly: bool
    mode: str | None
    basis: str | None
    p_fail_24h: float | None
    p_fail_7d: float | None
    rul_p10_s: float | None
    rul_p50_s: float | None
    rul_p90_s: float | None


# By mode and basis first, which seldom change within a bucket: to sort each bucket's rows for mode() took as
# long as all the rest.
_WORST: Final[LiteralString] = """
    WITH part AS (
        SELECT date_bin(make_interval(secs => %(width_s)s), s.ts, %(from)s) AS bucket, s.mode, s.basis,
               count(*) AS n, min(s.ts) AS ts, max(s.score) AS score, min(s.health) AS health,
               min(s.probability) AS probability, bool_or(s.anomaly) AS anomaly,
               max(s.p_fail_24h) AS p_fail_24h, max(s.p_fail_7d) AS p_fail_7d,
               min(s.rul_p10_s) AS rul_p10_s, min(s.rul_p50_s) AS rul_p50_s, min(s.rul_p90_s) AS rul_p90_s
        FROM asset a JOIN device d USING (asset_id) JOIN score s USING (device_id)
        WHERE a.key = %(asset)s AND s.ts >= %(from)s AND s.ts < %(to)s
        GROUP BY 1, 2, 3)
    SELECT min(ts) AS ts, round(max(score)::numeric, 3)::float8 AS score,
           round(min(health)::numeric, 1)::float8 AS health, min(probability)::float8 AS probability,
           bool_or(anomaly) AS anomaly,
           (array_agg(mode ORDER BY n DESC) FILTER (WHERE mode IS NOT NULL))[1] AS mode,
           (array_agg(basis ORDER BY n DESC) FILTER (WHERE basis IS NOT NULL))[1] AS basis,
           round(max(p_fail_24h)::numeric, 4)::float8 AS p_fail_24h,
           round(max(p_fail_7d)::numeric, 4)::float8 AS p_fail_7d,
           min(rul_p10_s) AS rul_p10_s, min(rul_p50_s) AS rul_p50_s, min(rul_p90_s) AS rul_p90_s
    FROM part GROUP BY bucket ORDER BY 1
"""


async def series(conn: AsyncConnection, asset: str, span: Span, points: int) -> Scores:
    """What was thought of an asset, thinned to the worst of each of `points` buckets."""
    rows = await fetch(
        conn,
        _Bucket,
        _WORST,
        {
            "asset": asset,
            "from": to_datetime(span.from_us),
            "to": to_datetime(span.to_us),
            "width_s": (span.to_us - span.from_us) / SECOND_US / max(1, min(points, MOST_POINTS)),
        },
    )
    return Scores(*([getattr(row, one.name) for row in rows] for one in fields(Scores)))
