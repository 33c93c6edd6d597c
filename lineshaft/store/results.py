"""Reads, fixes and arrival times of bundles; each function writes one kind.

Series go in by COPY, what is only the latest by upsert, in the caller's transaction. A later row wins; rows
of one statement are in the order of their key, so that two writers cannot lock each other out.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.store.copy import copy_rows
from lineshaft.store.database import Connection
from lineshaft.store.result_rows import Placed, as_columns, copy_tuples, last_of_each


def reads(conn: Connection, placed: Sequence[Placed]) -> None:
    """RFID reads."""
    rows: list[tuple[Any, ...]] = []
    for one in placed:
        mine = one.bundle.reads
        device = one.devices[mine.device].tolist() if len(mine) else []
        rssi = [None if np.isnan(value) else value for value in mine.rssi_dbm.tolist()]
        rows += zip(
            map(to_datetime, mine.ts_us.tolist()),
            device,
            mine.antenna.tolist(),
            mine.epcs,
            rssi,
            mine.count.tolist(),
            mine.pos.tolist(),
            strict=True,
        )
    copy_tuples(
        conn,
        "COPY rfid_read (ts, device_id, antenna, epc, rssi_dbm, count, pos) FROM STDIN (FORMAT BINARY)",
        ["timestamptz", "int4", "int4", "text", "float4", "int4", "int8"],
        rows,
    )


def fixes(conn: Connection, placed: Sequence[Placed]) -> None:
    """GPS fixes."""
    types = {
        "ts": "timestamptz", "lat": "float8", "lon": "float8", "speed_ms": "float4", "heading_deg": "float4",
        "accuracy_m": "float4", "flags": "int2", "pos": "int8",
    }  # fmt: skip
    columns = {
        name: np.concatenate([getattr(one.bundle.fixes, "ts_us" if name == "ts" else name) for one in placed])
        for name in types
    }
    columns["device_id"] = np.concatenate([one.devices[one.bundle.fixes.device] for one in placed])
    unknown = ("speed_ms", "heading_deg", "accuracy_m")
    copy_rows(conn.cursor(), "fix", {**types, "device_id": "int4"}, columns, nan_is_null=unknown)


def presences(conn: Connection, placed: Sequence[Placed]) -> None:
    """Tags at readers' zones."""
    rows = last_of_each(
        (
            (device, row.zone, row.epc),
            (
                device, row.zone, row.epc, to_datetime(row.since_us), to_datetime(row.last_seen_us),
                row.reads, row.present, row.pos,
            ),
        )
        for one in placed
        for row in one.bundle.presences
        for device in [int(one.devices[row.device])]
    )  # fmt: skip
    if rows:
        conn.execute(
            "INSERT INTO presence AS old (device_id, zone, epc, since, last_seen, reads, present, pos)"
            " SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],"
            " %s::bigint[], %s::boolean[], %s::bigint[])"
            " ON CONFLICT (device_id, zone, epc) DO UPDATE SET since = excluded.since,"
            " last_seen = excluded.last_seen, reads = excluded.reads, present = excluded.present,"
            " pos = excluded.pos WHERE old.pos <= excluded.pos",
            as_columns(rows),
        )


def tracks(conn: Connection, placed: Sequence[Placed]) -> None:
    """Where each vehicle is now."""
    rows = last_of_each(
        (
            device,
            (
                device, to_datetime(row.ts_us), row.lat, row.lon, row.speed_ms, row.heading_deg,
                None if np.isnan(row.accuracy_m) else row.accuracy_m, row.trip_state,
                to_datetime(row.state_since_us), row.odometer_m, row.pos,
            ),
        )
        for one in placed
        for row in one.bundle.tracks
        for device in [int(one.devices[row.device])]
    )  # fmt: skip
    if rows:
        conn.execute(
            "INSERT INTO latest_fix AS old (device_id, ts, lat, lon, speed_ms, heading_deg, accuracy_m,"
            " trip_state, state_since, odometer_m, pos)"
            " SELECT * FROM unnest(%s::int[], %s::timestamptz[], %s::float8[], %s::float8[], %s::real[],"
            " %s::real[], %s::real[], %s::text[], %s::timestamptz[], %s::float8[], %s::bigint[])"
            " ON CONFLICT (device_id) DO UPDATE SET ts = excluded.ts, lat = excluded.lat,"
            " lon = excluded.lon, speed_ms = excluded.speed_ms, heading_deg = excluded.heading_deg,"
            " accuracy_m = excluded.accuracy_m, trip_state = excluded.trip_state,"
            " state_since = excluded.state_since, odometer_m = excluded.odometer_m, pos = excluded.pos"
            " WHERE old.pos <= excluded.pos",
            as_columns(rows),
        )


def etas(conn: Connection, placed: Sequence[Placed]) -> None:
    """Arrival times: all of them, and the latest of each shipment."""
    rows = [
        (
            row.shipment_id, *map(to_datetime, row[1:5]), row.remaining_m, row.pace_ms, row.model, row.pos,
            Jsonb(row.detail) if row.detail else None,
        )
        for one in placed
        for row in one.bundle.etas
    ]  # fmt: skip
    if not rows:
        return
    copy_tuples(
        conn,
        "COPY eta (shipment_id, ts, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms, model, pos, detail)"
        " FROM STDIN (FORMAT BINARY)",
        ["text", *["timestamptz"] * 4, "float8", "float4", "text", "int8", "jsonb"],
        rows,
    )
    conn.execute(
        "INSERT INTO latest_eta AS old (shipment_id, ts, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms,"
        " model, pos, detail)"
        " SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],"
        " %s::timestamptz[], %s::float8[], %s::real[], %s::text[], %s::bigint[], %s::jsonb[])"
        " ON CONFLICT (shipment_id) DO UPDATE SET ts = excluded.ts, eta_p10 = excluded.eta_p10,"
        " eta_p50 = excluded.eta_p50, eta_p90 = excluded.eta_p90, remaining_m = excluded.remaining_m,"
        " pace_ms = excluded.pace_ms, model = excluded.model, pos = excluded.pos, detail = excluded.detail"
        " WHERE old.pos <= excluded.pos",
        as_columns(last_of_each((row[0], row) for row in rows)),
    )
