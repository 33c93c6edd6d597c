"""What devices said, what the plant flow is told, and the books; each function writes one kind of row."""

from collections.abc import Sequence

from lineshaft.clock import to_datetime
from lineshaft.domain.results import CountKey
from lineshaft.store import arrays, dead_letters
from lineshaft.store.database import Connection
from lineshaft.store.result_rows import Placed, as_columns, as_json, copy_tuples, last_of_each


def events(conn: Connection, placed: Sequence[Placed]) -> None:
    """What devices said once."""
    copy_tuples(
        conn,
        "COPY event (pos, n, ts, device_id, code, severity, text, detail) FROM STDIN (FORMAT BINARY)",
        ["int8", "int4", "timestamptz", "int4", "text", "text", "text", "jsonb"],
        [
            (
                row.pos, row.n, to_datetime(row.event.ts_us), int(one.devices[row.device]), row.event.code,
                row.event.severity, row.event.text, as_json(row.event.detail),
            )
            for one in placed
            for row in one.bundle.events
        ],
    )  # fmt: skip


def facts(conn: Connection, placed: Sequence[Placed]) -> None:
    """What the plant flow reads."""
    copy_tuples(
        conn,
        "COPY fact (pos, shard, n, ts, kind, source, body) FROM STDIN (FORMAT BINARY)",
        ["int8", "int2", "int4", "timestamptz", "text", "text", "jsonb"],
        [
            (
                row.pos,
                one.bundle.shard,
                row.n,
                to_datetime(row.ts_us),
                row.kind,
                row.source,
                as_json(row.body),
            )
            for one in placed
            for row in one.bundle.facts
        ],
    )


def heard(conn: Connection, placed: Sequence[Placed]) -> None:
    """When devices were heard last."""
    found: dict[int, int] = {}
    for one in placed:
        found.update((int(one.devices[row.device]), row.received_us) for row in one.bundle.heard)
    if found:
        devices = sorted(found)
        conn.execute(
            "UPDATE device SET last_seen = greatest(device.last_seen, w.seen),"
            " first_seen = coalesce(device.first_seen, w.seen)"  # described before it was heard
            " FROM unnest(%s, %s) AS w (device_id, seen)"
            " WHERE device.device_id = w.device_id",
            (
                arrays.numbers("int4", devices),
                arrays.numbers("timestamptz", [found[device] for device in devices]),
            ),
        )


def reports(conn: Connection, placed: Sequence[Placed]) -> None:
    """Devices' retained words about themselves."""
    rows = last_of_each(
        ((device, row.kind), (device, row.kind, as_json(row.body)))
        for one in placed
        for row in one.bundle.reports
        for device in [int(one.devices[row.device])]
    )
    if rows:
        conn.execute(
            "UPDATE device SET state = coalesce(w.state, device.state), meta = coalesce(w.meta, device.meta)"
            " FROM (SELECT device_id, (array_agg(body) FILTER (WHERE kind = 'state'))[1] AS state,"
            "              (array_agg(body) FILTER (WHERE kind = 'meta'))[1] AS meta"
            "       FROM unnest(%s::int[], %s::text[], %s::jsonb[]) AS r (device_id, kind, body)"
            "       GROUP BY device_id) AS w"
            " WHERE device.device_id = w.device_id",
            as_columns(rows),
        )


def counts(conn: Connection, placed: Sequence[Placed]) -> None:
    """The flow's books."""
    total: dict[tuple[int, CountKey], list[int]] = {}
    for one in placed:
        for key, count in one.bundle.counts.items():
            line = total.setdefault((one.bundle.shard, key), [0, 0])
            line[0] += count.messages
            line[1] += count.readings
    if total:
        conn.execute(
            "INSERT INTO flow_count (shard, site, agent, result, code, messages, readings)"
            " SELECT * FROM unnest(%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (shard, site, agent, result, code) DO UPDATE SET"
            " messages = flow_count.messages + excluded.messages,"
            " readings = flow_count.readings + excluded.readings",
            _count_columns(total),
        )


def _count_columns(total: dict[tuple[int, CountKey], list[int]]) -> list[arrays.Array]:
    shard, *key, messages, readings = as_columns(
        (shard, *key, *line) for (shard, key), line in sorted(total.items())
    )
    return [
        arrays.numbers("int2", shard),
        *map(arrays.texts, key),
        arrays.numbers("int8", messages),
        arrays.numbers("int8", readings),
    ]


def samples(conn: Connection, placed: Sequence[Placed]) -> None:
    """The newest reading of each class that the books count apart."""
    newest = {key: sample for one in placed for key, sample in one.bundle.samples.items()}
    if newest:
        conn.execute(
            "INSERT INTO flow_sample AS old"
            " (site, agent, class, device, signal, ts, value, earlier, received, pos)"
            " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::timestamptz[], %s::float8[], %s::float8[], %s::timestamptz[], %s::bigint[])"
            " ON CONFLICT (site, agent, class) DO UPDATE SET device = excluded.device,"
            " signal = excluded.signal, ts = excluded.ts, value = excluded.value, earlier = excluded.earlier,"
            " received = excluded.received, pos = excluded.pos WHERE old.pos <= excluded.pos",
            as_columns(
                (
                    *key, one.device, one.signal, to_datetime(one.ts_us), one.value, one.earlier,
                    to_datetime(one.received_us), one.pos,
                )
                for key, one in sorted(newest.items())
            ),
        )  # fmt: skip


def letters(conn: Connection, placed: Sequence[Placed]) -> None:
    """What could not be used, as the flow sampled it; the counts are exact, and stand in the books."""
    found = (
        dead_letters.Letter(
            row.received_us, "flow", row.topic, row.code, row.detail, row.body, row.pos, row.site,
            row.agent, row.device, row.boot, row.lane, row.seq, row.readings, row.sampled, row.properties,
        )
        for one in placed
        for row in one.bundle.letters
    )  # fmt: skip
    dead_letters.insert_many(conn, found)
