"""What the plant flow finds out about alarms together: groups under a root, floods, its memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.causes import Cause, Regrouped
from lineshaft.domain.evidence import Raised
from lineshaft.domain.floods import Flood
from lineshaft.store.database import Connection

PART = "causes"


class Memory(NamedTuple):
    """What is remembered: all of it, or what was told since."""

    body: bytes
    """JSON, as who remembers wrote it."""
    is_whole: bool


@dataclass(slots=True)
class Together:
    """What a chunk changed of them, in the journal's order."""

    pos: int = 0
    """Of the row that is being taken."""
    groups: list[tuple[int, Regrouped]] = field(default_factory=list)
    """(position, group)"""
    floods: dict[tuple[str, int], tuple[str, Flood, int]] = field(default_factory=dict)
    """(scope, since) → (site, flood, position), as they were last"""
    memory: Memory | None = None
    """What is to be remembered at the chunk's end; None: as before."""

    @property
    def is_any(self) -> bool:
        """Whether there is something to write."""
        return bool(self.groups or self.floods or self.memory)


def write(conn: Connection, found: Together, pos: int) -> None:
    """Write it, in the caller's transaction, behind the alarms of the same chunk."""
    for at, one in found.groups:
        _leave(conn, one)
        _join(conn, one)
        put(conn, [one.cause], at)
    conn.cursor().executemany(
        "INSERT INTO alarm_flood (scope, site, since, until, annunciations, peak, pos)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (scope, since) DO UPDATE SET until = excluded.until,"
        " annunciations = excluded.annunciations, peak = excluded.peak, pos = excluded.pos",
        [
            (
                scope,
                site,
                to_datetime(flood.since_us),
                to_datetime(flood.until_us) if flood.until_us is not None else None,
                flood.annunciations,
                flood.peak,
                at,
            )
            for (scope, _), (site, flood, at) in found.floods.items()
        ],
    )
    if found.memory:
        remember(conn, found.memory, pos)


def remember(conn: Connection, memory: Memory, pos: int) -> None:
    """Write what is remembered, in the caller's transaction: instead of all before, or behind it."""
    if memory.is_whole:
        conn.execute("DELETE FROM plant_memory WHERE part = %s OR starts_with(part, %s)", (PART, f"{PART}:"))
    part = PART if memory.is_whole else f"{PART}:{pos}"
    conn.execute("INSERT INTO plant_memory (part, pos, body) VALUES (%s, %s, %s)", (part, pos, memory.body))


def put(conn: Connection, causes: Iterable[Cause], pos: int) -> None:
    """Write groups as they are now, without their alarms, in the caller's transaction."""
    conn.cursor().executemany(
        "INSERT INTO alarm_group (group_key, site, root, kind, since, named, updated, until, children,"
        ' confidence, why, "into", pos)'
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (group_key) DO UPDATE SET site = excluded.site, root = excluded.root,"
        " kind = excluded.kind, since = excluded.since, named = excluded.named, updated = excluded.updated,"
        " until = excluded.until, children = excluded.children, confidence = excluded.confidence,"
        ' why = excluded.why, "into" = excluded."into", pos = excluded.pos',
        [_values(cause, pos) for cause in causes],
    )


def memory(conn: Connection) -> list[Memory]:
    """What is remembered: the whole first, then what was told since; empty where nothing ever was."""
    rows = conn.execute(
        "SELECT body, part = %s FROM plant_memory WHERE part = %s OR starts_with(part, %s) ORDER BY pos",
        (PART, PART, f"{PART}:"),
    )
    return [Memory(bytes(body), is_whole) for body, is_whole in rows]


def _leave(conn: Connection, one: Regrouped) -> None:
    if one.left:
        sources, rules, _ = _columns(one.left)
        conn.execute(
            "UPDATE alarm SET group_key = NULL, cause_id = NULL WHERE group_key = %s"
            " AND (source, rule) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
            (one.cause.group_key, sources, rules),
        )


def _join(conn: Connection, one: Regrouped) -> None:
    if one.joined:
        conn.execute(
            "UPDATE alarm SET group_key = %s FROM unnest(%s::text[], %s::text[], %s::bigint[])"
            " AS child (source, rule, pos) WHERE alarm_id = (SELECT o.alarm_id FROM alarm AS o"
            " WHERE o.source = child.source AND o.rule = child.rule AND o.raised_pos <= child.pos"
            " ORDER BY o.raised_pos DESC LIMIT 1)",
            (one.cause.group_key, *_columns(one.joined)),
        )
    if one.joined or one.left:
        # A root that alarms itself is what the others come of.
        conn.execute(
            "UPDATE alarm SET cause_id = nullif(root.alarm_id, alarm.alarm_id)"
            " FROM (SELECT (SELECT o.alarm_id FROM alarm AS o WHERE o.group_key = %(group)s"
            " AND o.source = %(root)s ORDER BY o.raised_pos LIMIT 1) AS alarm_id) AS root"
            " WHERE group_key = %(group)s"
            # A group of thousands grows with every tick: most of its alarms stay as they are.
            " AND cause_id IS DISTINCT FROM nullif(root.alarm_id, alarm.alarm_id)",
            {"group": one.cause.group_key, "root": one.cause.root},
        )


def _columns(raised: Sequence[Raised]) -> tuple[list[str], list[str], list[int]]:
    return [one.source for one in raised], [one.rule for one in raised], [one.pos for one in raised]


def _values(cause: Cause, pos: int) -> tuple[object, ...]:
    return (
        cause.group_key,
        cause.site,
        cause.root,
        cause.kind,
        to_datetime(cause.since_us),
        to_datetime(cause.named_us),
        to_datetime(cause.updated_us),
        to_datetime(cause.until_us) if cause.until_us is not None else None,
        len(cause.children),
        cause.confidence,
        Jsonb(cause.why),
        cause.into,
        pos,
    )
