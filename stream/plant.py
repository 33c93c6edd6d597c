"""The plant flow: `python -m stream.plant`. Makes of shards' facts what crosses agents.

Alarms, moves of items and shipments, in the journal's order. What it remembers is read from the tables it
writes, at their position: it needs no recovery store, and a killed process goes on where it was.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import bytewax.operators as op
import structlog
from bytewax.dataflow import Dataflow
from bytewax.run import cli_main

from lineshaft.clock import system_clock
from lineshaft.domain.plant import from_document
from lineshaft.domain.promises import PRIORITY
from lineshaft.domain.rules.parents import Parents
from lineshaft.store import alarm_changes, causes, facts, parents, shipments
from lineshaft.store.database import Connection
from lineshaft.store.snapshots import last_taken_us
from stream import plant_exceptions, snapshots, starting
from stream.plant_acts import Shelvings
from stream.plant_causes import Causes
from stream.plant_late import Estimate
from stream.plant_sink import PlantSink, PlantWriter
from stream.plant_source import FactReader, PlantSource
from stream.plant_state import PlantState
from stream.pulse import Pulse
from stream.settings import StreamSettings

log = structlog.get_logger()

EPOCH = timedelta(seconds=1)


def flow(source: PlantSource, state: PlantState, sink: PlantSink) -> Dataflow:
    """The dataflow over a source, the state it continues, and a sink."""
    dataflow = Dataflow("plant")
    chunks = op.input("facts", dataflow, source)  # PlantChunk, in the journal's order
    # PlantBundle; one worker, one partition: order is kept
    bundles = op.flat_map("step", chunks, partial(snapshots.plant_stepped, state))
    keyed = op.key_on("plant", bundles, lambda _: "plant")  # ("plant", PlantBundle)
    op.output("tables", keyed, sink)
    return dataflow


def load(conn: Connection) -> PlantState:
    """The state as the tables tell it, at the position they reach."""
    # One snapshot for all: another process may still be writing.
    conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    state = PlantState(pos=facts.plant_position(conn), kept_us=last_taken_us(conn, "plant"))
    plant = from_document(facts.plant_document(conn, state.pos))
    state.site_of = plant.site_of
    state.causes = Causes.from_memory(causes.memory(conn), plant)
    state.parents = Parents(state.causes.topology, parents.kept(conn))
    state.parents.restore(alarm_changes.active_conditions(conn, "rule"))
    state.shelvings = Shelvings.of(alarm_changes.settled(conn))
    state.shipments = shipments.open_ones(conn)
    state.unloading = shipments.unloading(conn)
    state.ended = shipments.ended_ids(conn)
    for key, *made in shipments.last_estimates(conn, state.shipments, state.pos):
        state.lateness.remember(key, Estimate(*made))
        state.exceptions.remember(key, Estimate(*made))
    levels = {priority: level for level, priority in PRIORITY.items()}
    for condition in alarm_changes.active_conditions(conn, "late"):
        key = condition.rule.removeprefix("late:")
        state.lateness.held[key], state.lateness.level[key] = condition, levels[condition.priority]
    for kind in plant_exceptions.RULES:
        state.exceptions.held |= plant_exceptions.restored(alarm_changes.active_conditions(conn, kind))
    conn.commit()
    return state


def run(settings: StreamSettings, should_stop: Callable[[], bool]) -> None:
    """Run the flow until it should stop."""
    dial = starting.dial(settings, "plant")
    state = starting.ask_when_there(dial, load, should_stop)
    if state is None:
        return
    log.info("plant_started", pos=state.pos, shipments=len(state.shipments))
    writer = PlantWriter(dial, system_clock, state.pos, should_stop=should_stop)
    pulse = Pulse(
        "plant",
        connect=dial,
        clock=system_clock,
        metrics_port=settings.metrics_port,
        detail=lambda: {"pos": state.pos, "written": writer.written},
    )
    with pulse, FactReader(dial, state.pos) as reader:
        dataflow = flow(PlantSource(reader, should_stop), state, PlantSink(writer))
        cli_main(dataflow, epoch_interval=EPOCH)  # type: ignore[no-untyped-call]  # bytewax leaves it untyped


def main() -> None:
    """Run as a process: until SIGTERM or SIGINT."""
    starting.run_process("plant", run)


if __name__ == "__main__":
    main()
