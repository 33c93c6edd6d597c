"""Trained models: their artefacts, their roles, and how good they are in use.

A model changes its role by the database's function `model_become` alone, which retires the old champion,
writes down who did it and why, and appends the row `_/model` by which the stream swaps it: all in one
transaction.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, LiteralString, NamedTuple

from psycopg.types.json import Jsonb
from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import fetch, fetch_one

Role = Literal["challenger", "champion", "advisory", "retired"]

LEAST_JUDGED: Final = 5
"""Forewarnings on which somebody has spoken before a model demotes itself: fewer prove nothing."""
ITSELF: Final = "lineshaft"
"""Who demotes."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Trained:
    """A model as training gives it."""

    name: str
    kind: str
    """A machine kind, `*` for all."""
    span_from_us: int
    span_to_us: int
    features: list[str]
    metrics: dict[str, Any]
    threshold: float
    target: float
    """Precision below which it demotes itself."""
    sha256: str
    artefact: bytes


class Standing(TypedDict):
    """How good a model is in use: its forewarnings against what people found."""

    forewarnings: int
    confirmed: int
    refuted: int
    precision: float | None
    """Of those somebody has spoken on."""
    found: int
    missed: int
    """Faults without a forewarning in the week before."""
    recall: float | None
    lead_s: float | None
    """Median time from a confirmed forewarning to its fault."""
    machine_weeks: float
    false_alarms_week: float | None
    """For each machine and week."""
    recent: int
    """The last ones judged since it was given its role, 30 at most."""
    recent_precision: float | None


@dataclass(slots=True, frozen=True)
class ModelRow:
    """A model as the API gives it; instants are epoch milliseconds."""

    id: int
    name: str
    kind: str
    version: int
    label: str
    """What results call it."""
    role: Role
    since: int
    trained: int
    span_from: int
    span_to: int
    metrics: dict[str, Any]
    """On the part of the history that it had not seen."""
    threshold: float
    target: float
    sha256: str
    bytes: int
    standing: Standing


class ModelEvent(TypedDict):
    """A change of a model's role."""

    at: int
    from_role: Role | None
    to_role: Role
    by: str
    why: str


@dataclass(slots=True, frozen=True)
class ModelDetail(ModelRow):
    """A model with its columns and what became of it, the newest first."""

    features: list[str]
    events: list[ModelEvent]


_MODEL: Final[LiteralString] = """
    SELECT m.model_id AS id, m.name, m.kind, m.version, m.label, m.role, m.since, m.trained,
           m.span_from, m.span_to, m.metrics, m.threshold, m.target, m.sha256,
           octet_length(m.artefact) AS bytes, to_jsonb(s) - 'model_id' AS standing
"""
_DETAIL: Final[LiteralString] = """, m.features,
    (SELECT jsonb_agg(jsonb_build_object('at', floor(extract(epoch FROM at) * 1000)::bigint,
                'from_role', from_role, 'to_role', to_role, 'by', by, 'why', why)
            ORDER BY model_event_id DESC)
     FROM model_event WHERE model_id = m.model_id) AS events
"""
_FROM: Final[LiteralString] = " FROM model m JOIN model_standing s USING (model_id)"


async def listing(conn: AsyncConnection) -> list[ModelRow]:
    """All models: those in use first, then by kind and age, the newest first."""
    order: LiteralString = (
        " ORDER BY array_position(ARRAY['champion', 'challenger', 'advisory', 'retired'], m.role),"
        " m.name, m.kind, m.version DESC"
    )
    return await fetch(conn, ModelRow, _MODEL + _FROM + order)


async def one(conn: AsyncConnection, model_id: int) -> ModelDetail | None:
    """One model with what became of it."""
    return await fetch_one(
        conn, ModelDetail, _MODEL + _DETAIL + _FROM + " WHERE m.model_id = %s", (model_id,)
    )


class Decision(NamedTuple):
    """What a model is to be, by whom and why."""

    role: Role
    by: str
    """A login, `cli`, or `ITSELF`."""
    why: str


async def become(conn: AsyncConnection, model_id: int, decided: Decision, now_us: int) -> bool | None:
    """Give a model another role, in the caller's transaction; commit soon, the journal waits.

    Returns:
        None where there is no such model, False where it has that role.
    """
    cursor = await conn.execute(
        "SELECT model_become(%s, %s, %s, %s, %s)", (model_id, *decided, to_datetime(now_us))
    )
    row = await cursor.fetchone()
    return None if row is None or row[0] is None else bool(row[0])


async def find(conn: AsyncConnection, label: str) -> int | None:
    """The id of a model by its label."""
    cursor = await conn.execute("SELECT model_id FROM model WHERE label = %s", (label,))
    row = await cursor.fetchone()
    return int(row[0]) if row else None


async def before(conn: AsyncConnection, name: str, kind: str) -> int | None:
    """The model that was champion before the last that was: where a rollback leads; None: there is none."""
    cursor = await conn.execute(
        "SELECT model_id FROM model JOIN model_event USING (model_id)"
        " WHERE name = %s AND kind = %s AND to_role = 'champion'"
        " GROUP BY model_id ORDER BY max(model_event_id) DESC OFFSET 1 LIMIT 1",
        (name, kind),
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else None


def add(conn: Connection, trained: Trained, *, by: str, why: str, now_us: int) -> str:
    """Add a model as a challenger and tell the stream; commits. Gives its label."""
    now = to_datetime(now_us)
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('lineshaft model', 0))")
    row = conn.execute(
        "INSERT INTO model (name, kind, version, role, since, trained, span_from, span_to, features, metrics,"
        " threshold, target, sha256, artefact)"
        " SELECT %(name)s, %(kind)s, coalesce(max(version), 0) + 1, 'challenger', %(now)s, %(now)s, %(from)s,"
        " %(to)s, %(features)s, %(metrics)s, %(threshold)s, %(target)s, %(sha256)s, %(artefact)s"
        " FROM model WHERE name = %(name)s AND kind = %(kind)s RETURNING model_id, label",
        {
            "name": trained.name,
            "kind": trained.kind,
            "now": now,
            "from": to_datetime(trained.span_from_us),
            "to": to_datetime(trained.span_to_us),
            "features": Jsonb(trained.features),
            "metrics": Jsonb(trained.metrics),
            "threshold": trained.threshold,
            "target": trained.target,
            "sha256": trained.sha256,
            "artefact": trained.artefact,
        },
    ).fetchone()
    model_id, label = row or (0, "")
    conn.execute(
        "INSERT INTO model_event (model_id, at, to_role, by, why, pos)"
        " VALUES (%s, %s, 'challenger', %s, %s, model_tell(%s, %s))",
        (model_id, now, by, why, model_id, now),
    )
    conn.commit()
    return str(label)


def demote(conn: Connection, now_us: int) -> int:
    """Make champions advisory whose forewarnings have become too often wrong; commits. Gives how many."""
    found = conn.execute(
        "SELECT m.model_id, s.recent, s.recent_precision, m.target"
        " FROM model m JOIN model_standing s USING (model_id)"
        " WHERE m.role = 'champion' AND s.recent >= %s AND s.recent_precision < m.target ORDER BY m.model_id",
        (LEAST_JUDGED,),
    ).fetchall()
    for model_id, recent, precision, target in found:
        conn.execute(
            "SELECT model_become(%s, 'advisory', %s, %s, %s)",
            (
                model_id,
                ITSELF,
                f"precision {precision:.2f} of the last {recent} judged forewarnings, target {target:.2f}",
                to_datetime(now_us),
            ),
        )
    conn.commit()
    return len(found)
