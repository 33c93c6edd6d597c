"""What people change of a work order: move it, close it with what they found, plan it anew.

Who changes it says which version they have seen. What only adds to it is in `work_doing`.
"""

from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.maintenance.orders import UNFINISHED, Act, OrderMove, OrderState, move
from lineshaft.store import labels, parts
from lineshaft.store.database import AsyncConnection
from lineshaft.store.labels import Label, Verdict
from lineshaft.store.rows import MILLIS_US
from lineshaft.store.work_orders import ENTRY


class SeenOldError(Exception):
    """Somebody changed the order since it was read."""


class ImpossibleError(Exception):
    """The order is in no state for this."""


class RoleError(Exception):
    """Another role is needed for this."""


@dataclass(slots=True, frozen=True)
class Seen:
    """An order as it is while its row is locked; instants in microseconds."""

    id: UUID
    number: int
    machine: str
    state: OrderState
    since_us: int
    created_us: int
    started_us: int | None
    label_id: int | None
    version: int

    @property
    def name(self) -> str:
        """What people call it."""
        return f"WO-{self.number}"


@dataclass(slots=True, frozen=True)
class Finding:
    """What was found, as the order is closed; what does not apply is None."""

    verdict: Verdict | None
    mode: str | None
    cause: str | None
    action: str | None
    found: str
    fault_from_us: int | None
    """Since when it was a fault; default: as the order says, else when the order was made."""
    down_s: float | None
    """How long the machine stood because of it."""


@dataclass(slots=True, frozen=True)
class Step:
    """What someone does to an order."""

    act: Act
    by: str
    role: str
    why: str = ""
    version: int | None = None


async def seen(conn: AsyncConnection, order_id: UUID, version: int | None) -> Seen | None:
    """Lock an order until the transaction ends; None where there is none.

    Raises:
        SeenOldError: its version is not the one that was seen.
    """
    cursor = await conn.execute(
        "SELECT order_id, number, machine, state, since, created, started, label_id, version"
        " FROM work_order WHERE order_id = %s FOR UPDATE",
        (order_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    started = None if row[6] is None else from_datetime(row[6])
    order = Seen(
        row[0], row[1], row[2], OrderState(row[3]), from_datetime(row[4]), from_datetime(row[5]), started,
        row[7], row[8],
    )  # fmt: skip
    if version is not None and version != order.version:
        raise SeenOldError(f"{order.name} was changed meanwhile: it is at version {order.version}")
    return order


def moved(order: Seen, step: Step) -> OrderMove:
    """Where a step leads.

    Raises:
        ImpossibleError: nowhere from here.
        RoleError: this person may not.
    """
    to = move(order.state, step.act)
    if to is None:
        raise ImpossibleError(f"{order.name} is {order.state}: it cannot {step.act}")
    if step.role not in to.roles:
        raise RoleError(f"your role, {step.role}, may not {step.act} an order")
    return to


async def take_step(
    conn: AsyncConnection, order: Seen, step: Step, now_us: int, finding: Finding | None = None
) -> None:
    """Move a locked order, in the caller's transaction; closing and reopening end with the journal held.

    Raises:
        ImpossibleError: it cannot be done from here.
        RoleError: this person may not.
    """
    to = moved(order, step).to
    now = to_datetime(now_us)
    worked_s = (now_us - order.since_us) / 1e6 if order.state is OrderState.IN_PROGRESS else 0.0
    finished = now if to in {OrderState.DONE, OrderState.CANCELLED} else None
    await conn.execute(
        "UPDATE work_order SET state = %s, since = %s, updated = %s, version = version + 1,"
        " worked_s = worked_s + %s, finished = %s,"
        " started = CASE WHEN %s THEN coalesce(started, %s) ELSE started END WHERE order_id = %s",
        (to, now, now, max(0.0, worked_s), finished, to in {OrderState.IN_PROGRESS, OrderState.DONE}, now,
         order.id),
    )  # fmt: skip
    await conn.execute(ENTRY, (uuid4(), order.id, now, step.by, step.act, order.state, to, step.why))
    if to is not OrderState.IN_PROGRESS:
        await conn.execute(
            "UPDATE work_time SET ended = %s WHERE order_id = %s AND ended IS NULL", (now, order.id)
        )
    if finished is not None:
        await parts.release_all(conn, order.id, step.by, now_us)
    if step.act is Act.CLOSE:
        await _write_found(conn, order, finding or _NOTHING, step.by, now_us)
    if step.act is Act.REOPEN and order.label_id is not None:
        await labels.withdraw(conn, order.label_id, now_us)
        await conn.execute("UPDATE work_order SET label_id = NULL WHERE order_id = %s", (order.id,))


_NOTHING: Final = Finding(None, None, None, None, "", None, None)


async def _write_found(conn: AsyncConnection, order: Seen, found: Finding, by: str, now_us: int) -> None:
    """What was found, on the order and as a label: models learn from it, the trust meter counts it."""
    fault_from = None if found.fault_from_us is None else to_datetime(found.fault_from_us)
    cursor = await conn.execute(
        "UPDATE work_order SET verdict = %s, mode = %s, cause = %s, action = %s, found = %s,"
        " fault_from = coalesce(%s, fault_from, created), down_s = %s, closed_by = %s WHERE order_id = %s"
        " RETURNING fault_from",
        (found.verdict, found.mode, found.cause, found.action, found.found, fault_from, found.down_s, by,
         order.id),
    )  # fmt: skip
    row = await cursor.fetchone()
    if found.verdict is None or row is None or not await labels.is_machine(conn, order.machine):
        return
    began_ms = min(from_datetime(row[0]), now_us) // MILLIS_US
    label = Label(
        machine=order.machine,
        from_ts=began_ms,
        to_ts=max(began_ms, now_us // MILLIS_US),
        mode=found.mode if found.verdict == "true" else None,
        verdict=found.verdict,
        source="work_order",
        reference=order.name,
    )
    written = await labels.add(conn, label, by, now_us)
    if written is not None:
        await conn.execute("UPDATE work_order SET label_id = %s WHERE order_id = %s", (written.id, order.id))


_CHANGE: Final[LiteralString] = """
    UPDATE work_order SET title = %(title)s, title_zh = CASE WHEN %(title)s = title THEN title_zh ELSE '' END,
      detail = %(detail)s, priority = %(priority)s, due = %(due)s, assignee = %(assignee)s, team = %(team)s,
      estimate_h = %(estimate_h)s, cost_other = %(cost_other)s, updated = %(now)s, version = version + 1
    WHERE order_id = %(id)s
"""


async def is_corrective(conn: AsyncConnection, order_id: UUID) -> bool:
    """Whether an order is about something that went wrong."""
    cursor = await conn.execute(
        "SELECT FROM work_order WHERE order_id = %s AND kind = 'corrective'", (order_id,)
    )
    return await cursor.fetchone() is not None


CHANGEABLE: Final = (
    "title", "detail", "priority", "due", "assignee", "team", "estimate_h", "cost_other",
)  # fmt: skip


async def fields(conn: AsyncConnection, order_id: UUID) -> dict[str, Any]:
    """What of an order can be changed, as it is; `due` in epoch milliseconds."""
    cursor = await conn.execute(
        "SELECT title, detail, priority, due, assignee, team, estimate_h, cost_other FROM work_order"
        " WHERE order_id = %s",
        (order_id,),
    )
    row = await cursor.fetchone()
    known = dict(zip(CHANGEABLE, row or (), strict=True))
    return known | {"due": from_datetime(known["due"]) // MILLIS_US}


async def change(
    conn: AsyncConnection, order: Seen, to: dict[str, Any], by: str, now_us: int
) -> dict[str, Any]:
    """Change a locked order; gives what changed, as it was before.

    Raises:
        ImpossibleError: it is finished.
    """
    if order.state not in UNFINISHED:
        raise ImpossibleError(f"{order.name} is {order.state}; reopen it first")
    before = await fields(conn, order.id)
    after = before | to
    differs = {name: before[name] for name in CHANGEABLE if before[name] != after[name]}
    if differs:
        now = to_datetime(now_us)
        due = to_datetime(after["due"] * MILLIS_US)
        await conn.execute(_CHANGE, after | {"id": order.id, "now": now, "due": due})
        await conn.execute(ENTRY, (uuid4(), order.id, now, by, "change", None, None, ", ".join(differs)))
    return differs
