"""The plant flow without its engine, on a real database."""

from functools import partial

from lineshaft.clock import system_clock
from lineshaft.store import facts
from lineshaft.store.database import Connection, connect
from plant_facts import tables
from stream.plant import load
from stream.plant_sink import PlantWriter
from stream.plant_state import PlantChunk, PlantState

STREAM = "lineshaft_stream"
"""The role it has in production: it can do its work with that."""


def advance(url: str, state: PlantState, *, cut: int = 10_000) -> PlantState:
    """Take the plant flow as far as the shards have come, in chunks of so many positions."""
    with connect(url) as conn:
        end = facts.frontier(conn)
        writer = PlantWriter(partial(connect, url, role=STREAM), system_clock, state.pos)
        try:
            while state.pos < end:
                up_to = min(state.pos + cut, end)
                chunk = PlantChunk(state.pos, up_to, facts.read(conn, state.pos, up_to))
                writer.write(state.step(chunk))
        finally:
            writer.close()
    return state


def loaded(url: str) -> PlantState:
    """What a new process begins with."""
    with connect(url, role=STREAM) as conn:
        return load(conn)


def tables_after(url: str, conn: Connection, cut: int, *, restart: bool) -> dict[str, list[str]]:
    """Forget everything the plant flow wrote, and let it write it again."""
    conn.execute("TRUNCATE alarm, alarm_act, alarm_journal, item, move, shipment, notification CASCADE")
    conn.execute("DELETE FROM sink_position WHERE sink = 'plant'")
    conn.commit()
    state = loaded(url)
    while state.pos < facts.frontier(conn):
        up_to = min(state.pos + cut, facts.frontier(conn))
        writer = PlantWriter(partial(connect, url, role=STREAM), system_clock, state.pos)
        writer.write(state.step(PlantChunk(state.pos, up_to, facts.read(conn, state.pos, up_to))))
        conn.rollback()
        writer.close()
        state = loaded(url) if restart else state
    return tables(conn)
