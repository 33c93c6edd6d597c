"""The machines as they are now, as the screens show them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final, LiteralString

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.domain.signals import quantity
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch, fetch_one


class AlarmSummary(TypedDict):
    """The alarms of an asset that are not normal again."""

    priority: int | None
    """The most urgent, 1 … 4."""
    count: int


class Contributor(TypedDict):
    """How much of a score one signal explains."""

    signal: str
    share: float


class Evidence(TypedDict):
    """One thing that speaks for a failure mode."""

    signal: str
    change: str
    """What it did: up, down, wide, narrow, …"""
    size: float
    """In units of what is usual."""


class Finding(TypedDict):
    """A failure mode that may be behind what is seen."""

    mode: str
    likelihood: float
    evidence: list[Evidence]


class SensorFault(TypedDict):
    """A signal that is not to be believed."""

    signal: str
    fault: str
    since: int


@dataclass(slots=True, frozen=True)
class MachineRow:
    """A machine as it is now; what was never heard is null."""

    key: str
    name: Names
    kind: str
    site: str
    area: str
    line: str
    state: str | None
    state_since: int | None
    health: float | None
    """0 … 100."""
    score: float | None
    """0 normal … 1."""
    zone: str | None
    """Vibration zone A … D (ISO 20816-3)."""
    anomaly: bool
    """Whether it is within an episode that is one."""
    basis: str | None
    """Who judges its health: limits, peers or own."""
    p_fail_24h: float | None
    """Of a failure within that time; null where no model says."""
    p_fail_7d: float | None
    rul_p10_s: float | None
    """Remaining life in seconds; null where it does not degrade, or nobody knows."""
    rul_p50_s: float | None
    rul_p90_s: float | None
    failure_mode: str | None
    """The likeliest; null where nothing is found."""
    advice: str | None
    """Key of what to do."""
    ts: int | None
    """When its newest data was measured."""
    every_ms: float | None
    """The shortest interval expected of its signals."""
    alarms: AlarmSummary


@dataclass(slots=True, frozen=True)
class SignalRow:
    """A signal of a machine: what is expected and what was measured last."""

    name: str
    label: Names
    unit: str
    quantity: str
    decimals: int
    every_ms: float | None
    low_low: float | None
    low: float | None
    high: float | None
    high_high: float | None
    ts: int | None
    value: float | None
    text: str | None
    quality: int | None
    """0 good, 1 uncertain, 2 bad, 3 stale."""


@dataclass(slots=True, frozen=True)
class _Explained(MachineRow):
    line_name: Names
    timezone: str
    """Of its site, as its clocks show it: IANA's name."""
    mode: str | None
    """What it is doing, said or found."""
    probability: float | None
    """Of its latest window under "normal"; null while it is not known."""
    contributors: list[Contributor]
    diagnosis: list[Finding]
    """Likeliest first."""
    sensor_faults: list[SensorFault]
    evidence_from: int | None
    """Where the span begins that all this rests on."""
    model: str | None
    """What scored it: name and version."""
    models: dict[str, str]
    """What speaks of its state, its remaining life, its failures."""


@dataclass(slots=True, frozen=True)
class Machine(_Explained):
    """A machine with what is thought of it and why, and its signals."""

    signals: list[SignalRow]


@dataclass(slots=True, frozen=True)
class _Signal:
    name: str
    label: Names | None
    unit: str
    quantity: str
    every_ms: float | None
    low_low: float | None
    low: float | None
    high: float | None
    high_high: float | None
    ts: int | None
    value: float | None
    text: str | None
    quality: int | None


_MACHINE: Final[LiteralString] = """
    SELECT a.key,
           jsonb_build_object('en', a.name, 'zh', coalesce(nullif(a.name_zh, ''), a.name)) AS name,
           a.kind, a.site, area.key AS area, line.key AS line, s.state, s.state_since,
           round(s.health::numeric, 1)::float8 AS health, round(s.score::numeric, 3)::float8 AS score, s.zone,
           coalesce(s.anomaly, false) AS anomaly, s.basis,
           round(s.p_fail_24h::numeric, 4)::float8 AS p_fail_24h,
           round(s.p_fail_7d::numeric, 4)::float8 AS p_fail_7d,
           s.rul_p10_s, s.rul_p50_s, s.rul_p90_s, s.diagnosis -> 0 ->> 'mode' AS failure_mode, s.advice,
           greatest(s.ts, r.ts) AS ts, e.every_ms,
           jsonb_build_object('priority', m.priority, 'count', m.count) AS alarms
"""
_DETAIL: Final[LiteralString] = """,
    s.mode, s.probability::float8 AS probability, coalesce(s.contributors, '[]') AS contributors,
    coalesce(s.diagnosis, '[]') AS diagnosis, coalesce(s.sensor_faults, '[]') AS sensor_faults,
    s.evidence_from, s.model, coalesce(s.models, '{}') AS models,
    jsonb_build_object('en', line.name, 'zh', coalesce(nullif(line.name_zh, ''), line.name)) AS line_name,
    coalesce((SELECT settings ->> 'timezone' FROM asset WHERE key = a.site AND level = 'site'), 'UTC')
        AS timezone
"""
_MACHINE_FROM: Final[LiteralString] = """
    FROM asset a
    JOIN asset line ON line.asset_id = a.parent_id
    JOIN asset area ON area.asset_id = line.parent_id
    LEFT JOIN LATERAL (
        SELECT l.* FROM latest_score l JOIN device d USING (device_id) WHERE d.asset_id = a.asset_id
        ORDER BY l.ts DESC LIMIT 1) s ON true
    LEFT JOIN LATERAL (
        SELECT max(l.ts) AS ts, max(l.pos) AS pos
        FROM device d JOIN signal USING (device_id) JOIN latest_reading l USING (signal_id)
        WHERE d.asset_id = a.asset_id) r ON true
    LEFT JOIN LATERAL (
        SELECT min(every_s) * 1000 AS every_ms FROM asset_signal WHERE asset_id = a.asset_id) e ON true
    LEFT JOIN LATERAL (
        SELECT min(priority) AS priority, count(*) AS count FROM alarm
        WHERE source = a.key AND state <> 'normal'
          AND state NOT IN ('shelved', 'suppressed', 'out_of_service')) m ON true
    WHERE a.level = 'work_unit' AND a.removed IS NULL
"""


async def machines(conn: AsyncConnection, after_pos: int | None = None) -> list[MachineRow]:
    """The machines in plant order; with a position, only those in which something changed after it."""
    if after_pos is None:
        return await fetch(conn, MachineRow, _MACHINE + _MACHINE_FROM + " ORDER BY a.sequence")
    return await fetch(
        conn,
        MachineRow,
        _MACHINE
        + _MACHINE_FROM
        + " AND (s.pos > %(pos)s OR r.pos > %(pos)s"
        + " OR EXISTS (SELECT FROM alarm WHERE source = a.key AND pos > %(pos)s)) ORDER BY a.sequence",
        {"pos": after_pos},
    )


async def machine(conn: AsyncConnection, key: str) -> Machine | None:
    """One machine with all its signals, described or heard; None where there is none of that key."""
    found = await fetch_one(conn, _Explained, _MACHINE + _DETAIL + _MACHINE_FROM + " AND a.key = %s", (key,))
    if found is None:
        return None
    said = {one.name: getattr(found, one.name) for one in fields(found)}
    return Machine(**said, signals=list(_signal_rows(await _signals(conn, key))))


async def _signals(conn: AsyncConnection, key: str) -> list[_Signal]:
    return await fetch(
        conn,
        _Signal,
        "WITH heard AS ("
        "  SELECT DISTINCT ON (s.name) s.name, l.ts, l.value, l.text, l.quality"
        "  FROM asset a JOIN device d USING (asset_id) JOIN signal s USING (device_id)"
        "  LEFT JOIN latest_reading l USING (signal_id)"
        "  WHERE a.key = %(key)s ORDER BY s.name, l.ts DESC NULLS LAST),"
        " described AS ("
        "  SELECT g.* FROM asset_signal g JOIN asset a USING (asset_id) WHERE a.key = %(key)s)"
        " SELECT name, CASE WHEN g.label IS NULL THEN NULL ELSE"
        "   jsonb_build_object('en', g.label, 'zh', coalesce(nullif(g.label_zh, ''), g.label)) END AS label,"
        "  coalesce(g.unit, '') AS unit, coalesce(g.quantity, '') AS quantity, g.every_s * 1000 AS every_ms,"
        "  g.low_low, g.low, g.high, g.high_high, h.ts, h.value, h.text, h.quality"
        " FROM described g FULL JOIN heard h USING (name) ORDER BY g.sequence NULLS LAST, name",
        {"key": key},
    )


def _signal_rows(signals: Iterable[_Signal]) -> Iterable[SignalRow]:
    for one in signals:
        yield SignalRow(
            name=one.name,
            label=one.label or Names(en=one.name, zh=one.name),
            unit=one.unit,
            quantity=one.quantity,
            decimals=quantity(one.quantity).decimals,
            every_ms=one.every_ms,
            low_low=one.low_low,
            low=one.low,
            high=one.high,
            high_high=one.high_high,
            ts=one.ts,
            value=one.value,
            text=one.text,
            quality=one.quality,
        )
