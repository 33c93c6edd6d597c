"""The asset tree and the machines in it, as the screens show them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, LiteralString

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.domain.signals import quantity
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch, fetch_one


@dataclass(slots=True, frozen=True)
class AssetNode:
    """An asset and what is below it, in plant order."""

    key: str
    level: str
    """site, area, line, work_unit, storage_zone, reader or vehicle."""
    kind: str
    name: Names
    children: "list[AssetNode]" = field(default_factory=list)


class AlarmSummary(TypedDict):
    """The alarms of an asset that are not normal again."""

    priority: int | None
    """The most urgent, 1 … 4."""
    count: int


class Contributor(TypedDict):
    """How much of a score one signal explains."""

    signal: str
    share: float


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
class Machine(MachineRow):
    """A machine with what its score is made of and its signals."""

    line_name: Names
    timezone: str
    """Of its site, as its clocks show it: IANA's name."""
    contributors: list[Contributor]
    model: str | None
    signals: list[SignalRow]


@dataclass(slots=True, frozen=True)
class _Placed:
    asset_id: int
    parent_id: int | None
    key: str
    level: str
    kind: str
    name: Names


@dataclass(slots=True, frozen=True)
class _Scored(MachineRow):
    line_name: Names
    timezone: str
    contributors: list[Contributor] | None
    model: str | None


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
           greatest(s.ts, r.ts) AS ts, e.every_ms,
           jsonb_build_object('priority', m.priority, 'count', m.count) AS alarms
"""
_DETAIL: Final[LiteralString] = """,
    s.contributors, s.model,
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
        WHERE source = a.key AND state <> 'normal') m ON true
    WHERE a.level = 'work_unit' AND a.removed IS NULL
"""


async def tree(conn: AsyncConnection) -> list[AssetNode]:
    """All described assets: sites at the top, their children in plant order."""
    rows = await fetch(
        conn,
        _Placed,
        "SELECT asset_id, parent_id, key, level, kind,"
        " jsonb_build_object('en', name, 'zh', coalesce(nullif(name_zh, ''), name)) AS name"
        " FROM asset WHERE removed IS NULL ORDER BY sequence",
    )
    nodes = {row.asset_id: AssetNode(row.key, row.level, row.kind, row.name) for row in rows}
    tops: list[AssetNode] = []
    for row in rows:
        above = nodes.get(row.parent_id) if row.parent_id is not None else None
        (above.children if above else tops).append(nodes[row.asset_id])
    return tops


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
    found = await fetch_one(
        conn,
        _Scored,
        _MACHINE + _DETAIL + _MACHINE_FROM + " AND a.key = %s",
        (key,),
    )
    if found is None:
        return None
    return Machine(
        key=found.key,
        name=found.name,
        kind=found.kind,
        site=found.site,
        area=found.area,
        line=found.line,
        state=found.state,
        state_since=found.state_since,
        health=found.health,
        score=found.score,
        zone=found.zone,
        ts=found.ts,
        every_ms=found.every_ms,
        alarms=found.alarms,
        line_name=found.line_name,
        timezone=found.timezone,
        contributors=found.contributors or [],
        model=found.model,
        signals=list(_signal_rows(await _signals(conn, key))),
    )


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
