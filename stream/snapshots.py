"""When a flow's state is kept, and how it is packed.

It is kept at the tick that ends an hour of the journal's time, the very first one included, so that every run
over a journal keeps the same states at the same positions. The state travels with the bundle of its position
and is written in that bundle's transaction (`lineshaft.store.snapshots`).

A state is believed where the same version of the steps has packed it, of classes of the same shape
(`stream.shapes`); else the next older one is taken, or all is derived from the journal's beginning.
"""

import pickle
import zlib
from collections.abc import Iterator
from typing import TypeVar

import structlog

from lineshaft import __version__
from lineshaft.clock import SECOND_US
from lineshaft.domain.results import Bundle, Kept
from lineshaft.store import snapshots
from lineshaft.store.database import Connection
from lineshaft.store.facts import Control
from lineshaft.store.journal import CONTROL_SHARD
from lineshaft.store.snapshots import Flow
from stream.chunk import Chunk
from stream.plant_state import PlantBundle, PlantChunk, PlantState
from stream.shapes import shape_of
from stream.steps.shard import ShardState

log = structlog.get_logger()

State = TypeVar("State")

STATE = 9
"""Of the states' meaning; raised where an old state loads, but must not be gone on with."""
CODE = f"{__version__} {STATE} {shape_of([ShardState, PlantState])}"
"""What a state is marked with, and must be marked with to be believed."""
EVERY_US = 3600 * SECOND_US
TICK = "_/tick"
LEVEL = 1
"""Of compression: mostly empty room in arrays, which the quickest one finds as well."""


def is_due(kept_us: int, tick_us: int) -> bool:
    """Whether a tick begins another hour than that of the last snapshot.

    >>> is_due(0, 90_000_000_000), is_due(90_000_000_000, 91_000_000_000)
    (True, False)
    """
    return tick_us // EVERY_US != kept_us // EVERY_US


def cut(chunk: Chunk, kept_us: int) -> Iterator[tuple[Chunk, int]]:
    """The chunk in pieces that end where the state is to be kept.

    Args:
        chunk: of any length; what comes of it does not depend on where it is cut.
        kept_us: the journal's time of the last snapshot; 0 where there is none.

    Yields:
        A piece and the time of the tick it ends with, where the state is to be kept behind it; else 0.
    """
    rest = chunk
    for row in chunk.rows:
        if row.shard == CONTROL_SHARD and row.topic == TICK and is_due(kept_us, row.received_us):
            kept_us = row.received_us
            taken = [one for one in rest.rows if one.pos <= row.pos]
            yield rest._replace(last_pos=row.pos, rows=taken), kept_us
            rest = rest._replace(first_pos=row.pos + 1, rows=rest.rows[len(taken) :])
    if rest.first_pos <= rest.last_pos:
        yield rest, 0


def stepped(state: ShardState, chunk: Chunk) -> Iterator[Bundle]:
    """Take a chunk; what comes of it is cut where the state is to be kept, and carries it."""
    for piece, kept_us in cut(chunk, state.kept_us):
        bundle = state.step(piece)
        if kept_us:
            state.kept_us = kept_us
            bundle.state = keep(state, kept_us)
        yield bundle


def plant_stepped(state: PlantState, chunk: PlantChunk) -> Iterator[PlantBundle]:
    """The same for the plant flow."""
    rows, after_pos = chunk.rows, chunk.after_pos
    for row in chunk.rows:
        if isinstance(row, Control) and row.topic == TICK and is_due(state.kept_us, row.at_us):
            taken = [one for one in rows if one.pos <= row.pos]
            bundle = state.step(PlantChunk(after_pos, row.pos, taken))
            state.kept_us = row.at_us
            bundle.state = keep(state, row.at_us)
            yield bundle
            rows, after_pos = rows[len(taken) :], row.pos
    if after_pos < chunk.pos:
        yield state.step(PlantChunk(after_pos, chunk.pos, rows))


def keep(state: object, taken_us: int) -> Kept:
    """A state as it is now, to be written with the rows of its position."""
    return Kept(CODE, taken_us, pack(state))


def pack(state: object) -> bytes:
    """A state as bytes; it may go on changing."""
    return zlib.compress(pickle.dumps(state, pickle.HIGHEST_PROTOCOL), LEVEL)


def unpack(packed: bytes, kind: type[State]) -> State:
    """What `pack` was given.

    Raises:
        TypeError: it is of another kind. What else can go wrong is up to the state's classes.
    """
    state = pickle.loads(zlib.decompress(packed))  # noqa: S301 - our own tables and folders
    if not isinstance(state, kind):
        raise TypeError(f"holds a {type(state).__name__}, expected a {kind.__name__}")
    return state


def newest(conn: Connection, flow: Flow, shard: int, up_to: int, kind: type[State]) -> State | None:
    """The nearest state at or below a position that this version can go on with."""
    for found in snapshots.newest_first(conn, flow, shard, up_to):
        why = f"made by {found.code}, expected {CODE}"
        if found.code == CODE:
            try:
                return unpack(found.state, kind)
            except Exception as error:  # noqa: BLE001 - a state that does not load is as good as none
                why = f"{type(error).__name__}: {error}"
        log.warning("snapshot_ignored", flow=flow, shard=shard, pos=found.pos, why=why)
    return None
