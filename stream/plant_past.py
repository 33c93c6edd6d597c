"""What the plant flow needs to begin at a position other than the one its tables have reached.

Running, it needs no such thing: what it remembers stands in the tables it writes. A replay that does not
begin at the journal's beginning finds here what stood in them at the position it begins behind.
"""

from dataclasses import dataclass, field

from lineshaft.clock import SECOND_US
from lineshaft.domain.alarms import Alarm, Entry
from lineshaft.domain.items import Item
from lineshaft.domain.journeys import Shipment
from lineshaft.domain.results import Kept
from lineshaft.store import alarm_changes, alarm_rows, causes, items, parents, shipments, snapshots
from lineshaft.store.database import Connection
from lineshaft.store.snapshots import Snapshot
from stream.plant_state import PlantState
from stream.snapshots import pack, unpack

SEEN_US = 7 * 86_400 * SECOND_US
"""Items that were not seen for as long are left out: they are many, and seldom come back."""


@dataclass(slots=True)
class PlantPast:
    """The plant flow's state and what stood in its tables, at the state's position."""

    state: PlantState
    alarms: list[tuple[Alarm, list[Entry]]]
    """Those that were not normal, with their journal."""
    items: list[tuple[Item, int]]
    """With the position of their last change."""
    arrived: list[Shipment] = field(default_factory=list)
    """Those that nobody has signed for yet."""


def keep(conn: Connection, pos: int, state: Kept) -> None:
    """Keep the state with what the tables hold, in the transaction that brought them to its position."""
    past = PlantPast(
        unpack(state.packed, PlantState),
        alarm_changes.as_of(conn),
        items.recent(conn, state.taken_us - SEEN_US),
        shipments.waiting_for_proof(conn, state.taken_us - SEEN_US),
    )
    snapshots.keep(conn, [Snapshot("plant", 0, pos, state.code, state.taken_us, pack(past))])


def put(conn: Connection, past: PlantPast) -> None:
    """Fill empty tables with what stood in them, in the caller's transaction."""
    alarm_rows.put(conn, [alarm for alarm, _ in past.alarms])
    causes.put(conn, past.state.causes.grouping.groups.values(), past.state.pos)
    causes.remember(conn, past.state.causes.whole(), past.state.pos)
    parents.keep(conn, sorted(past.state.parents.down), past.state.pos)
    entries = sorted((one for _, mine in past.alarms for one in mine), key=lambda one: one.pos)
    alarm_rows.add_lines(conn, entries)
    items.write(conn, past.items, [])
    shipments.write(conn, [*past.arrived, *past.state.shipments.values()])
