"""Arrival times that were told, joined to the arrivals that came of them."""

from typing import Final, LiteralString

from lineshaft.clock import to_datetime
from lineshaft.domain.eta_accuracy import Course, Told
from lineshaft.store.database import AsyncConnection
from lineshaft.store.readings import Span
from lineshaft.store.rows import fetch

EVERY_MS: Final = 600_000
"""One telling of each so long counts: a vehicle with more fixes has no more weight."""
MOST: Final = 100_000
"""Tellings of one answer; those of the newest arrivals."""

_ESTIMATES: Final[LiteralString] = """
WITH s AS MATERIALIZED (
    SELECT shipment_id, stops, arrived AS at, (extract(epoch FROM arrived) * 1000)::bigint AS arrived,
        coalesce(
            (stops->-1->>'to_ms')::bigint,
            (stops->-1->>'planned_arrive_ms')::bigint + 900000,
            (extract(epoch FROM planned_arrival) * 1000)::bigint + 900000
        ) AS due,
        coalesce(nullif(route, ''), (stops->0->>'id') || '>' || (stops->-1->>'id'), '') AS lane
    FROM shipment
    WHERE state IN ('arrived', 'delivered')
        AND arrived >= %(from)s::timestamptz AND arrived < %(to)s::timestamptz
), e AS (
    SELECT s.*, (extract(epoch FROM e.ts) * 1000)::bigint AS ts,
        (extract(epoch FROM e.eta_p10) * 1000)::bigint AS p10,
        (extract(epoch FROM e.eta_p50) * 1000)::bigint AS p50,
        (extract(epoch FROM e.eta_p90) * 1000)::bigint AS p90, e.detail
    FROM s JOIN eta e ON e.shipment_id = s.shipment_id AND e.ts < s.at
)"""

_SAMPLED: Final[LiteralString] = """, sampled AS (
    SELECT DISTINCT ON (shipment_id, ts / %(every)s) * FROM e ORDER BY shipment_id, ts / %(every)s, ts
)
SELECT shipment_id AS trip, lane, ts, p10, p50, p90, arrived FROM sampled
UNION ALL
SELECT o.shipment_id, o.lane || ' · ' || (one->>0), o.ts, (one->>1)::bigint / 1000,
    (one->>2)::bigint / 1000, (one->>3)::bigint / 1000, (stop->>'arrived_ms')::bigint
FROM sampled o
    CROSS JOIN LATERAL jsonb_array_elements(o.detail->'stops') one
    JOIN LATERAL jsonb_array_elements(o.stops) stop ON stop->>'id' = one->>0
WHERE (stop->>'arrived_ms')::bigint > o.ts
ORDER BY arrived DESC, trip, ts
LIMIT %(most)s"""

# A warning counts from the last time it was still said to be on time: one that was taken back is none.
_FOLLOWED: Final[LiteralString] = """, told AS (
    SELECT *, abs(p50 - lag(p50) OVER (PARTITION BY shipment_id ORDER BY ts)) AS moved,
        max(ts) FILTER (WHERE p50 <= due) OVER (PARTITION BY shipment_id) AS well
    FROM e
)
SELECT shipment_id AS trip, coalesce(sum(moved), 0)::bigint AS wandered_ms,
    coalesce(max(arrived) > max(due), false) AS late,
    CASE WHEN max(arrived) > max(due)
        THEN max(arrived) - min(ts) FILTER (WHERE p50 > due AND ts > coalesce(well, 0)) END AS warned_ms
FROM told GROUP BY shipment_id ORDER BY shipment_id"""


async def told(conn: AsyncConnection, span: Span) -> list[Told]:
    """What was told of the shipments that arrived in a span: of their ends, and of their stops before.

    What was told before the departure counts too: that is when a receiver first reads it.
    """
    return await fetch(conn, Told, _ESTIMATES + _SAMPLED, _bounds(span) | {"every": EVERY_MS, "most": MOST})


async def courses(conn: AsyncConnection, span: Span) -> list[Course]:
    """How the arrival times of the shipments that arrived in a span went; those without any are left out."""
    return await fetch(conn, Course, _ESTIMATES + _FOLLOWED, _bounds(span))


def _bounds(span: Span) -> dict[str, object]:
    return {"from": to_datetime(span.from_us), "to": to_datetime(span.to_us)}
