"""Writes what bundles say of learned models' forewarnings."""

from collections.abc import Sequence

from lineshaft.clock import to_datetime
from lineshaft.store.database import Connection
from lineshaft.store.result_rows import Placed, as_columns, last_of_each


def forewarnings(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row when one begins, changed once when it ends."""
    rows = last_of_each(
        (
            (row.model, device, row.began_us),
            (
                device,
                row.model,
                row.role,
                to_datetime(row.began_us),
                None if row.ended_us is None else to_datetime(row.ended_us),
                row.peak,
                row.pos,
            ),
        )
        for one in placed
        for row in one.bundle.forewarnings
        for device in [int(one.devices[row.device])]
    )
    if rows:
        conn.execute(
            "INSERT INTO forewarning AS old (device_id, model, role, began, ended, peak, pos)"
            " SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],"
            " %s::real[], %s::bigint[])"
            " ON CONFLICT (model, device_id, began) DO UPDATE SET ended = excluded.ended,"
            " role = excluded.role, peak = excluded.peak, pos = excluded.pos WHERE old.pos <= excluded.pos",
            as_columns(rows),
        )
