"""The shard flow: `python -m stream.flow`. From the journal to committed results, on one screen.

One worker a process: threads make Bytewax slower, not faster. Items are chunks, not readings. Everything
that thinks is in `stream.steps` and knows nothing of Bytewax.
"""

import os
import pickle
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

import bytewax.operators as op
import structlog
from bytewax.dataflow import Dataflow
from bytewax.inputs import Source
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import Sink
from bytewax.run import cli_main

from lineshaft import logs
from lineshaft.clock import system_clock
from lineshaft.domain.results import Bundle
from lineshaft.stopping import when_told
from lineshaft.store import bundles, journal
from lineshaft.store.database import Connection, ConnectionLost, connect
from stream.chunk import Chunk
from stream.pulse import Pulse
from stream.recovery import distrust, open_store
from stream.settings import StreamSettings
from stream.sinks import BundleWriter, TableSink
from stream.source import JournalReader, JournalSource, KeyedChunk
from stream.steps.shard import ShardState

log = structlog.get_logger()

EPOCH = timedelta(seconds=10)
"""Between two snapshots of the state. It does not delay results: sinks write within an epoch."""
RETRY_S = 1.0


class Shard(StatefulBatchLogic[Chunk, Bundle, bytes]):
    """One shard's state as Bytewax keeps it."""

    def __init__(self, resumed: bytes | None) -> None:
        """Go on from a snapshot of our own, or begin with the first chunk."""
        self.state: ShardState | None = pickle.loads(resumed) if resumed else None  # noqa: S301 - our own store

    def on_batch(self, values: list[Chunk]) -> tuple[Iterable[Bundle], bool]:
        """Chunks in, bundles out; a chunk that was seen before gives none."""
        state = self.state = self.state or ShardState(values[0].shard)
        return [state.step(chunk) for chunk in values if chunk.last_pos > state.pos], self.RETAIN

    def snapshot(self) -> bytes:
        """Bytes: the state goes on changing while Bytewax writes."""
        return pickle.dumps(self.state, pickle.HIGHEST_PROTOCOL)


def flow(source: Source[KeyedChunk], sink: Sink[tuple[str, Bundle]]) -> Dataflow:
    """The dataflow over a source and a sink."""
    dataflow = Dataflow("shards")
    chunks = op.input("journal", dataflow, source)  # (shard, Chunk), each shard's in order
    derived = op.stateful_batch("steps", chunks, Shard)  # (shard, Bundle)
    op.output("tables", derived, sink)
    return dataflow


def run(settings: StreamSettings, should_stop: Callable[[], bool]) -> None:
    """Run the flow until it should stop."""
    dial = partial(
        connect,
        settings.database_url,
        role=settings.database_role,
        schema=settings.database_schema,
        application="lineshaft flow",
    )
    found = _look(dial, should_stop)
    if found is None:
        return
    head, positions = found
    folder = Path(settings.data_dir or ".") / "recovery"
    recovery = open_store(folder, head)
    log.info("flow_started", journal=head.db, head=head.pos, written=min(positions.values(), default=0))
    writer = BundleWriter(dial, system_clock, should_stop)
    pulse = Pulse(
        "flow",
        connect=dial,
        clock=system_clock,
        metrics_port=settings.metrics_port,
        detail=lambda: {"pos": writer.pos, "readings": writer.readings},
    )
    with pulse, JournalReader(dial, positions.values()) as reader:
        dataflow = flow(JournalSource(reader, should_stop), TableSink(writer, settings.flow_process))
        try:
            cli_main(  # type: ignore[no-untyped-call]  # bytewax leaves it untyped
                dataflow,
                process_id=settings.flow_process if settings.flow_addresses else None,
                addresses=list(settings.flow_addresses) or None,
                epoch_interval=EPOCH,
                recovery_config=recovery,
            )
        except Exception:
            if writer.is_astray:
                distrust(folder)
            if not writer.gave_up:
                raise
    log.info("flow_stopped", pos=writer.pos)


def _look(
    dial: Callable[[], Connection], should_stop: Callable[[], bool]
) -> tuple[journal.Head, dict[int, int]] | None:
    """The journal's head and the sinks' positions, as soon as the database is there."""
    while not should_stop():
        try:
            with dial() as conn:
                return journal.head(conn), bundles.positions(conn)
        except ConnectionLost as error:
            log.warning("database_lost", part="start", why=str(error))
            time.sleep(RETRY_S)
    return None


def main() -> None:
    """Run as a process: until SIGTERM or SIGINT."""
    settings = StreamSettings.from_environment(os.environ)
    logs.configure("flow", settings.log_level)
    stop = threading.Event()
    when_told(stop.set)
    run(settings, stop.is_set)


if __name__ == "__main__":
    main()
