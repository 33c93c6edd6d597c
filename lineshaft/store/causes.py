"""What the plant flow finds out about alarms together: groups under a root, floods, its memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from psycopg.types.json import Jsonb

from lineshaft.clock import to_datetime
from lineshaft.domain.causes import Cause, Regrouped
from lineshaft.domain.evidence import Raised
from lineshaft.domain.floods import Flood
from lineshaft.store.database import Connection

PART = "causes"


@dataclass(slots=True)
class Together:
    """What a chunk changed of them, in the journal's order."""

    groups: list[Regrouped] = field(default_factory=list)
    floods: list[tuple[str, str, Flood]] = field(default_factory=list)
    """(scope, site, flood)"""
    memory: bytes = b""
    """All that is remembered at the chunk's end; empty: as before."""

    @property
    def is_any(self) -> bool:
        """Whether there is something to write."""
        return bool(self.groups or self.floods or self.memory)


def write(conn: Connection, found: Together, pos: int) -> None:
    """Write it, in the caller's transaction, behind the alarms of the same chunk."""
    for one in found.groups:
        _leave(conn, one)
        _join(conn, one)
    put(conn, [one.cause for one in found.groups], pos)
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
                pos,
            )
            for scope, site, flood in found.floods
        ],
    )
    if found.memory:
        conn.execute(
            "INSERT INTO plant_memory (part, pos, body) VALUES (%s, %s, %s)"
            " ON CONFLICT (part) DO UPDATE SET pos = excluded.pos, body = excluded.body",
            (PART, pos, found.memory),
        )


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


def memory(conn: Connection) -> bytes | None:
    """What was remembered last; None where nothing ever was."""
    row = conn.execute("SELECT body FROM plant_memory WHERE part = %s", (PART,)).fetchone()
    return bytes(row[0]) if row else None


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
            "UPDATE alarm SET cause_id = nullif((SELECT o.alarm_id FROM alarm AS o"
            " WHERE o.group_key = %(group)s AND o.source = %(root)s ORDER BY o.raised_pos LIMIT 1), alarm_id)"
            " WHERE group_key = %(group)s",
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
