"""The shard flow: `python -m stream.flow`. From the journal to committed results, on one screen.

One worker a process: threads make Bytewax slower, not faster. Items are chunks, not readings. Everything
that thinks is in `stream.steps` and knows nothing of Bytewax.
"""

import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import bytewax.operators as op
import structlog
from bytewax.dataflow import Dataflow
from bytewax.inputs import Source
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import Sink
from bytewax.run import cli_main

from lineshaft.clock import system_clock
from lineshaft.domain.results import Bundle
from lineshaft.store import bundles, journal
from lineshaft.store.database import Connection
from stream import snapshots, starting
from stream.chunk import Chunk
from stream.cluster import shards_of
from stream.pulse import Pulse
from stream.recovery import distrust, open_store
from stream.settings import StreamSettings
from stream.sinks import BundleWriter, TableSink
from stream.source import JournalReader, JournalSource, KeyedChunk
from stream.steps.shard import ShardState

log = structlog.get_logger()

EPOCH = timedelta(seconds=10)
"""Between two snapshots of the state. It does not delay results: sinks write within an epoch."""


class StateError(Exception):
    """A shard has no state that reaches the chunk it was given: all must be derived again."""


@dataclass(slots=True)
class Past:
    """What was known when this process started."""

    head: journal.Head
    positions: Mapping[int, int]
    """What is written already, by shard."""
    states: Mapping[int, ShardState] = field(default_factory=dict)
    """The nearest kept state of each shard of ours that has one."""
    is_astray: bool = False

    @property
    def reached(self) -> dict[int, int]:
        """The positions of the states."""
        return {shard: state.pos for shard, state in self.states.items()}

    def begin(self, chunk: Chunk) -> ShardState:
        """The state a shard begins its first chunk with, where the recovery store has none.

        Raises:
            StateError: the store gave a position but no state; it is not to be believed.
        """
        state = self.states.get(chunk.shard) or ShardState(chunk.shard)
        if state.pos < chunk.first_pos - 1:
            self.is_astray = True
            raise StateError(f"shard {chunk.shard} knows all up to {state.pos}, got {chunk.first_pos}")
        return state


class Shard(StatefulBatchLogic[Chunk, Bundle, bytes]):
    """One shard's state as Bytewax keeps it."""

    def __init__(self, begin: Callable[[Chunk], ShardState], resumed: bytes | None) -> None:
        """Go on from a snapshot of our own, or begin with the first chunk."""
        self.begin = begin
        self.state: ShardState | None = pickle.loads(resumed) if resumed else None  # noqa: S301 - our own store

    def on_batch(self, values: list[Chunk]) -> tuple[Iterable[Bundle], bool]:
        """Chunks in, bundles out; a chunk that was seen before gives none."""
        state = self.state = self.state or self.begin(values[0])
        return [
            bundle
            for chunk in values
            if chunk.last_pos > state.pos
            for bundle in snapshots.stepped(state, chunk)
        ], self.RETAIN

    def snapshot(self) -> bytes:
        """Bytes: the state goes on changing while Bytewax writes."""
        return pickle.dumps(self.state, pickle.HIGHEST_PROTOCOL)


def flow(
    source: Source[KeyedChunk],
    sink: Sink[tuple[str, Bundle]],
    begin: Callable[[Chunk], ShardState] = lambda chunk: ShardState(chunk.shard),
) -> Dataflow:
    """The dataflow over a source and a sink, and what a shard's state is that has none."""
    dataflow = Dataflow("shards")
    chunks = op.input("journal", dataflow, source)  # (shard, Chunk), each shard's in order
    derived = op.stateful_batch("steps", chunks, lambda resumed: Shard(begin, resumed))  # (shard, Bundle)
    op.output("tables", derived, sink)
    return dataflow


def run(settings: StreamSettings, should_stop: Callable[[], bool]) -> None:
    """Run the flow until it should stop."""
    process, processes = settings.flow_process, max(len(settings.flow_addresses), 1)
    name = f"flow-{process}" if process else "flow"
    dial = starting.dial(settings, name)
    past = starting.ask_when_there(dial, lambda conn: _past(conn, process, processes), should_stop)
    if past is None:
        return
    folder = Path(settings.data_dir or ".") / "recovery"
    recovery = open_store(folder, past.head, processes)
    log.info(
        "flow_started",
        journal=past.head.db,
        head=past.head.pos,
        written=min(past.positions.values(), default=0),
        kept=min(past.reached.values(), default=0),
        processes=processes,
    )
    writer = BundleWriter(dial, system_clock, should_stop)
    reader = JournalReader(dial, past.positions.values())
    pulse = Pulse(
        name,
        connect=dial,
        clock=system_clock,
        metrics_port=settings.metrics_port,
        detail=lambda: {"pos": writer.pos, "readings": writer.readings},
        checks={"cluster": lambda: None if reader.is_owned else "waits for the cluster's other processes"},
    )
    with pulse, reader:
        source = JournalSource(reader, should_stop, past.reached, process, processes)
        try:
            cli_main(  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
                flow(source, TableSink(writer, process, processes), past.begin),
                process_id=process if settings.flow_addresses else None,
                addresses=list(settings.flow_addresses) or None,
                epoch_interval=EPOCH,
                recovery_config=recovery,
            )
        except Exception:
            if writer.is_astray or past.is_astray:
                distrust(folder)
            if not writer.gave_up:
                raise
    log.info("flow_stopped", pos=writer.pos)


def _past(conn: Connection, process: int, processes: int) -> Past:
    """What the journal and the tables say; and states for where the recovery store has none."""
    past = Past(journal.head(conn), bundles.positions(conn))
    wanted = [(shard, past.positions.get(shard, 0)) for shard in shards_of(process, processes)]
    found = {shard: snapshots.newest(conn, "shard", shard, pos, ShardState) for shard, pos in wanted}
    past.states = {shard: state for shard, state in found.items() if state}
    return past


def main() -> None:
    """Run as a process: until SIGTERM or SIGINT."""
    starting.run_process("flow", run)


if __name__ == "__main__":
    main()
