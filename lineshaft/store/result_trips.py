"""Trips, stops and visits of bundles; each function writes one kind.

A row is told by its vehicle and when it began: one that turns out to go on is written again.
"""

import math
from collections.abc import Sequence

from lineshaft.clock import to_datetime
from lineshaft.store.database import Connection
from lineshaft.store.result_rows import Placed, as_columns, last_of_each


def legs(conn: Connection, placed: Sequence[Placed]) -> None:
    """Trips and stops that are over."""
    rows = last_of_each(
        (
            (device, row.leg.from_us),
            (
                device, row.leg.kind, to_datetime(row.leg.from_us), to_datetime(row.leg.to_us),
                row.leg.lat, row.leg.lon, row.leg.end_lat, row.leg.end_lon, row.leg.way_m,
                None if math.isnan(row.leg.idle_s) else row.leg.idle_s, row.leg.fastest_ms, row.pos,
            ),
        )
        for one in placed
        for row in one.bundle.legs
        for device in [int(one.devices[row.device])]
    )  # fmt: skip
    if rows:
        conn.execute(
            "INSERT INTO leg AS old (device_id, kind, began, ended, lat, lon, end_lat, end_lon, way_m,"
            " idle_s, fastest_ms, pos)"
            " SELECT * FROM unnest(%s::int[], %s::text[], %s::timestamptz[], %s::timestamptz[],"
            " %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[],"
            " %s::real[], %s::bigint[])"
            " ON CONFLICT (device_id, began) DO UPDATE SET kind = excluded.kind, ended = excluded.ended,"
            " end_lat = excluded.end_lat, end_lon = excluded.end_lon, way_m = excluded.way_m,"
            " idle_s = excluded.idle_s, fastest_ms = excluded.fastest_ms, pos = excluded.pos"
            " WHERE old.pos <= excluded.pos",
            as_columns(rows),
        )


def visits(conn: Connection, placed: Sequence[Placed]) -> None:
    """Visits of geofences, as they become visits and as they end."""
    rows = last_of_each(
        (
            (device, row.fence, row.entered_us),
            (
                device, row.fence, row.version, to_datetime(row.entered_us),
                None if row.left_us is None else to_datetime(row.left_us), row.pos,
            ),
        )
        for one in placed
        for row in one.bundle.visits
        for device in [int(one.devices[row.device])]
    )  # fmt: skip
    if rows:
        conn.execute(
            "INSERT INTO visit AS old (device_id, fence, version, entered, departed, pos)"
            " SELECT * FROM unnest(%s::int[], %s::text[], %s::int[], %s::timestamptz[],"
            " %s::timestamptz[], %s::bigint[])"
            " ON CONFLICT (device_id, fence, entered) DO UPDATE SET version = excluded.version,"
            " departed = excluded.departed, pos = excluded.pos WHERE old.pos <= excluded.pos",
            as_columns(rows),
        )
