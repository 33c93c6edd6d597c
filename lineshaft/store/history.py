"""The stored past by the minute, as the flow's indicators take it in: what trained models learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

import numpy as np

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.machines import STATES
from lineshaft.domain.readings import Floats
from lineshaft.store.database import Connection

MINUTES: Final = 1440
MINUTE_US: Final = 60_000_000


@dataclass(slots=True, frozen=True)
class Minutes:
    """One day of some machines; each column (machines, minutes), NaN where nothing is stored."""

    score: Floats
    health: Floats
    zone: Floats
    """1 … 4 for A … D."""
    beyond: Floats
    """0 within limits, 1 beyond an inner one, 2 beyond an outer one."""
    running: Floats
    """Share of the minute."""
    level: Floats
    """(machines, minutes, quantities): of several signals of one quantity, the mean."""

    @property
    def heard(self) -> Floats:
        """Whether anything is stored: (machines, minutes)."""
        return np.asarray(~np.isnan(self.score) | ~np.isnan(self.level).all(axis=2))


def machines(conn: Connection, kind: str) -> list[str]:
    """The keys of a kind's machines (`*`: of all), removed ones too: they failed as well."""
    rows = conn.execute(
        "SELECT DISTINCT a.key FROM asset a JOIN device d USING (asset_id)"
        " WHERE a.level = 'work_unit' AND %(kind)s IN ('*', a.kind) ORDER BY 1",
        {"kind": kind},
    ).fetchall()
    return [key for (key,) in rows]


def span(conn: Connection, keys: Sequence[str]) -> tuple[int, int] | None:
    """From when to when something of these machines is stored, in microseconds; None where nothing is."""
    row = conn.execute(
        "SELECT min(low), max(high) FROM asset a JOIN device d USING (asset_id) CROSS JOIN LATERAL ("
        "  SELECT min(ts) AS low, max(ts) AS high FROM score WHERE device_id = d.device_id"
        "  UNION ALL"
        "  SELECT min(bucket), max(bucket) FROM signal s JOIN reading_1m USING (signal_id)"
        "  WHERE s.device_id = d.device_id) AS kept WHERE a.key = ANY(%s)",
        (list(keys),),
    ).fetchone()
    if row is None or row[0] is None:
        return None
    return from_datetime(row[0]), from_datetime(row[1])


_SCORES: Final[LiteralString] = """
    SELECT a.key, floor(extract(epoch FROM s.ts - interval '1 microsecond' - %(from)s) / 60)::int AS minute,
           avg(s.score)::float8, avg(s.health)::float8, avg(strpos('ABCD', s.zone))::float8,
           avg(CASE WHEN s.mode IS NULL THEN NULL WHEN s.mode = ANY(%(still)s) THEN 0 ELSE 1 END)::float8
    FROM score s JOIN device d USING (device_id) JOIN asset a USING (asset_id)
    WHERE a.key = ANY(%(keys)s) AND s.ts > %(from)s AND s.ts <= %(to)s
    GROUP BY 1, 2
"""
_LEVELS: Final[LiteralString] = """
    SELECT a.key, floor(extract(epoch FROM r.bucket - %(from)s) / 60)::int AS minute, g.quantity,
           avg(r.total / r.n)::float8,
           max(CASE WHEN r.total / r.n < g.low_low OR r.total / r.n > g.high_high THEN 2
                    WHEN r.total / r.n < g.low OR r.total / r.n > g.high THEN 1 ELSE 0 END)::float8
    FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)
    JOIN asset_signal g ON g.asset_id = a.asset_id AND g.name = s.name
    JOIN reading_1m r ON r.signal_id = s.signal_id
    WHERE a.key = ANY(%(keys)s) AND r.bucket >= %(from)s AND r.bucket < %(to)s AND r.n > 0
    GROUP BY 1, 2, 3
"""
STILL: Final = (*(state for state in STATES if state != "RUN"), "REST")
"""Modes in which a machine does not work: those that it says, and the one that is found."""


def day(conn: Connection, keys: Sequence[str], quantities: Sequence[str], from_us: int) -> Minutes:
    """A day of some machines, from an instant on."""
    shape = (len(keys), MINUTES)
    plain = {name: np.full(shape, np.nan) for name in ("score", "health", "zone", "beyond", "running")}
    level = np.full((*shape, len(quantities)), np.nan)
    row_of, place_of = (
        {key: row for row, key in enumerate(keys)},
        {name: n for n, name in enumerate(quantities)},
    )
    asked = {
        "keys": list(keys),
        "from": to_datetime(from_us),
        "to": to_datetime(from_us + MINUTES * MINUTE_US),
        "still": list(STILL),
    }
    for key, minute, *values in conn.execute(_SCORES, asked).fetchall():
        at = row_of[key], minute
        for name, value in zip(("score", "health", "zone", "running"), values, strict=True):
            plain[name][at] = np.nan if value is None else value
    for key, minute, quantity, mean, passed in conn.execute(_LEVELS, asked).fetchall():
        at = row_of[key], minute
        plain["beyond"][at] = np.fmax(plain["beyond"][at], passed)
        if quantity in place_of:
            level[(*at, place_of[quantity])] = mean
    conn.rollback()
    return Minutes(**plain, level=level)
