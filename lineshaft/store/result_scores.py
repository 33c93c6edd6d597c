"""What the chain thought of machines, from bundles: a row of each judged window, and how each is now."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from psycopg import sql

from lineshaft.clock import to_datetime
from lineshaft.domain.results import MachineRow, SensorFault
from lineshaft.store.database import Connection
from lineshaft.store.result_rows import Placed, as_columns, as_json, copy_tuples
from lineshaft.store.rows import MILLIS_US

_COMMON: Final[LiteralString] = (
    "device_id, ts, pos, score, health, zone, contributors, model, probability, anomaly, mode, basis,"
    " p_fail_24h, p_fail_7d, rul_p10_s, rul_p50_s, rul_p90_s"
)
_TYPES: Final = (
    "int4", "timestamptz", "int8", "float4", "float4", "text", "jsonb", "text", "float4", "bool", "text",
    "text", "float4", "float4", "float8", "float8", "float8",
)  # fmt: skip
_LATEST: Final[LiteralString] = "state, state_since, diagnosis, advice, sensor_faults, evidence_from, models"
_LATEST_TYPES: Final = ("text", "timestamptz", "jsonb", "text", "jsonb", "timestamptz", "jsonb")


def scores(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each judged window, and how each machine is now."""
    rows = [(int(one.devices[row.device]), row) for one in placed for row in one.bundle.machines]
    copy_tuples(
        conn,
        f"COPY score ({_COMMON}) FROM STDIN (FORMAT BINARY)",
        list(_TYPES),
        [_common(device, row) for device, row in rows if row.judged],
    )
    latest = [(*_common(device, row), *_now(row)) for device, row in sorted(dict(rows).items())]
    if latest:
        conn.execute(_UPSERT, as_columns(latest))


def _common(device: int, row: MachineRow) -> tuple[Any, ...]:
    return (
        device, to_datetime(row.ts_us), row.pos, row.score, row.health, row.zone,
        as_json([{"signal": one.signal, "share": one.share} for one in row.contributors]),
        row.model, row.probability, row.anomaly, row.mode, row.basis, *row.outlook,
    )  # fmt: skip


def _now(row: MachineRow) -> tuple[Any, ...]:
    findings = [
        one._asdict() | {"evidence": [each._asdict() for each in one.evidence]} for one in row.diagnosis
    ]
    return (
        row.state, to_datetime(row.state_since_us), as_json(findings), row.advice,
        as_json([_fault(one) for one in row.sensor_faults]),
        None if row.evidence_from_us is None else to_datetime(row.evidence_from_us),
        as_json(dict(row.models)),
    )  # fmt: skip


def _fault(one: SensorFault) -> dict[str, Any]:
    return {"signal": one.signal, "fault": one.fault, "since": one.since_us // MILLIS_US}


def _upsert() -> sql.Composed:
    columns: LiteralString = f"{_COMMON}, {_LATEST}"
    changed = (sql.SQL("{name} = excluded.{name}").format(name=sql.SQL(name)) for name in columns.split(", "))
    return sql.SQL(
        "INSERT INTO latest_score AS old ({columns}) SELECT * FROM unnest({arrays})"
        " ON CONFLICT (device_id) DO UPDATE SET {changes} WHERE old.pos <= excluded.pos"
    ).format(
        columns=sql.SQL(columns),
        arrays=sql.SQL(", ").join(sql.SQL(f"%b::{kind}[]") for kind in (*_TYPES, *_LATEST_TYPES)),
        changes=sql.SQL(", ").join(list(changed)[1:]),
    )


_UPSERT: Final = _upsert()
