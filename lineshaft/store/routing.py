"""What the router of messages reads and keeps: changes of alarms, who can be told, and what was said."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from psycopg.types.json import Jsonb

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.alarms import Alarm
from lineshaft.domain.delivery.muting import Silence
from lineshaft.domain.delivery.routing import Contact, Person
from lineshaft.domain.plant import Plant, from_document
from lineshaft.store.alarm_rows import COLUMNS, alarm_of
from lineshaft.store.database import Connection

LOCK = "lineshaft router"


class News(NamedTuple):
    """An alarm as it is now, and what happened to it."""

    alarm: Alarm
    events: tuple[str, ...]
    """What happened since the last look, in order; empty: nothing new, it is merely open."""


def become_router(conn: Connection) -> bool:
    """Become the one process that routes, until the connection ends; False while another one is; commits."""
    row = conn.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (LOCK,)).fetchone()
    conn.commit()
    return bool(row and row[0])


def take_news(conn: Connection, limit: int) -> list[News]:
    """Take what happened to alarms out of the queue, in the caller's transaction."""
    rows = conn.execute(
        "DELETE FROM alarm_notice WHERE alarm_notice_id IN ("
        "  SELECT alarm_notice_id FROM alarm_notice ORDER BY alarm_notice_id LIMIT %s)"
        " RETURNING alarm_notice_id, alarm_id, event",
        (limit,),
    ).fetchall()
    events: dict[Any, list[str]] = {}
    for _, key, event in sorted(rows):
        events.setdefault(key, []).append(event)
    found = conn.execute(COLUMNS + " FROM alarm AS m WHERE m.alarm_id = ANY(%s)", (list(events),)).fetchall()
    alarms = {row[0]: alarm_of(row) for row in found}
    return [News(alarms[key], tuple(what)) for key, what in events.items() if key in alarms]


def plant(conn: Connection, known: int) -> tuple[int, Plant] | None:
    """The plant and its version, where it is not the known one."""
    row = conn.execute(
        "SELECT version, document FROM plant WHERE version > %s ORDER BY version DESC LIMIT 1", (known,)
    ).fetchone()
    return (row[0], from_document(row[1])) if row else None


def settings(conn: Connection, kind: str) -> dict[str, dict[str, Any]]:
    """The documents of a kind, by key."""
    rows = conn.execute(
        "SELECT key, document FROM delivery_setting WHERE kind = %s ORDER BY key", (kind,)
    ).fetchall()
    return {key: document | {"key": key} for key, document in rows}


def people(conn: Connection) -> dict[str, Person]:
    """Everybody who may log in."""
    rows = conn.execute(
        "SELECT login, role, language FROM person WHERE disabled IS NULL ORDER BY login"
    ).fetchall()
    return {login: Person(login, role, language) for login, role, language in rows}


def contacts(conn: Connection) -> dict[str, Contact]:
    """Every contact that was not removed, without its address."""
    rows = conn.execute(
        "SELECT key, channel, coalesce(owner, ''), language FROM contact WHERE removed IS NULL ORDER BY key"
    ).fetchall()
    return {row[0]: Contact(*row) for row in rows}


def silences(conn: Connection, now_us: int) -> list[Silence]:
    """The silences that are not over."""
    rows = conn.execute(
        "SELECT matchers, begins, ends, assets FROM silence WHERE ends > %s", (to_datetime(now_us),)
    ).fetchall()
    return [
        Silence(
            {label: tuple(patterns) for label, patterns in matchers.items()},
            from_datetime(begins),
            from_datetime(ends),
            tuple(assets),
        )
        for matchers, begins, ends, assets in rows
    ]


def groups(conn: Connection) -> list[dict[str, Any]]:
    """The states of all groups, as JSON values."""
    return [row[0] for row in conn.execute("SELECT state FROM delivery_group ORDER BY policy, labels")]


def keep_groups(
    conn: Connection,
    changed: Sequence[tuple[str, Sequence[Sequence[str]], bytes]],
    over: Sequence[tuple[str, Sequence[Sequence[str]]]],
) -> None:
    """Write the states of groups as (policy, labels, JSON), and forget those that are over."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO delivery_group (policy, labels, state) VALUES (%s, %s, %s)"
            " ON CONFLICT (policy, labels) DO UPDATE SET state = excluded.state",
            [(policy, Jsonb(labels), Jsonb(orjson.loads(state))) for policy, labels, state in changed],
        )
        cursor.executemany(
            "DELETE FROM delivery_group WHERE policy = %s AND labels = %s",
            [(policy, Jsonb(labels)) for policy, labels in over],
        )
