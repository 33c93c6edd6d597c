"""Derives results anew from the journal, into a schema of their own: `lineshaft replay`.

The steps are those of the flows, in one process and without Bytewax: shards, then the plant, range by range.
It begins at the nearest kept state before `--from`, or at the journal's beginning. The live schema is only
read. With `--compare` the results are held against the live ones; they must be equal, row for row.

To try a changed rule or model on the past, name a function that changes each shard's state before it begins:
`--revise mine:candidate` with `def candidate(state: ShardState) -> None: state.rules.append(MyRule())`, then
look at the new schema's alarms, or at what `--compare` says has become different.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module

from lineshaft import logs, target
from lineshaft.clock import Clock, system_clock, to_datetime
from lineshaft.settings import SettingsError
from lineshaft.store import bundles, facts, journal, replays
from lineshaft.store.database import Connection, ConnectionLost, connect
from lineshaft.store.facts import Control
from lineshaft.store.journal import CONTROL_SHARD, REPLAYED_LANE, Row
from lineshaft.store.migrate import MigrationError, migrate
from lineshaft.target import Target
from lineshaft.wire.topics import SHARDS
from stream import plant_past, snapshots
from stream.chunk import Chunk
from stream.plant_past import PlantPast
from stream.plant_sink import PlantWriter
from stream.plant_state import PlantChunk, PlantState
from stream.steps.shard import ShardState

ROWS, BYTES = 5_000, 32 << 20
"""Read at once, at most."""
PREFIX = "replay"
"""Schemas are made under names that begin so: a slip must not fill another."""

Revise = Callable[[ShardState], None]


class ReplayError(Exception):
    """It cannot be done; the text says why."""


@dataclass(slots=True)
class Replay:
    """States on their way through the journal, and where their results go."""

    live: Connection
    """Only read."""
    fresh: Connection
    pos: int
    """Read up to here."""
    shards: dict[int, ShardState]
    plant: PlantState
    writer: PlantWriter
    memory: bundles.Memory = field(default_factory=bundles.Memory)
    began: int = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.pos

    def run(self, up_to: int) -> None:
        """Go on to a position."""
        while self.pos < up_to:
            rows = journal.read(self.live, self.pos, range(CONTROL_SHARD, SHARDS), ROWS, BYTES)
            self.live.rollback()
            is_part = len(rows) >= ROWS or sum(len(row.body) for row in rows) >= BYTES
            reach = min(up_to, rows[-1].pos) if is_part else up_to
            self.step([row for row in rows if row.pos <= reach], reach)

    def step(self, rows: Sequence[Row], up_to: int) -> None:
        """Take the rows up to a position, and write what comes of them."""
        of_shard: dict[int, list[Row]] = {shard: [] for shard in self.shards}
        for row in rows:
            if _stands_before(row, self.began):
                continue
            for shard in of_shard if row.shard == CONTROL_SHARD else (row.shard,):
                if row.pos > self.shards[shard].pos:
                    of_shard[shard].append(row)
        derived = [
            state.step(Chunk(shard, state.pos + 1, up_to, of_shard[shard]))
            for shard, state in self.shards.items()
            if state.pos < up_to
        ]
        bundles.write(self.fresh, derived, self.memory, tell_live=False)
        self.pos = up_to
        after_pos = self.plant.pos
        if after_pos < up_to:
            controls = [
                Control(row.pos, row.received_us, row.topic, bytes(row.body))
                for row in rows
                if row.shard == CONTROL_SHARD and row.pos > after_pos
            ]
            found = facts.in_order(controls, facts.derived(self.fresh, after_pos, up_to))
            self.fresh.rollback()
            self.writer.write(self.plant.step(PlantChunk(after_pos, up_to, found)))


def _stands_before(row: Row, began: int) -> bool:
    """Whether a row is a dead letter's replay whose message was derived at its own place (decision 0010)."""
    return row.lane == REPLAYED_LANE and int(str((row.properties or {}).get("of", 0))) > began


def begin(where: Target, into: str, after_pos: int, clock: Clock, revise: Revise | None = None) -> Replay:
    """Make a schema, and the states that stand nearest before a position.

    Args:
        where: the owner's address and the live schema.
        into: the schema to make.
        after_pos: results are wanted behind it; 0: from the journal's beginning.
        clock: for the pace of writing.
        revise: changes each shard's state before it begins.

    Raises:
        ReplayError: the schema is there already, or its name is none for a replay.
    """
    if not into.startswith(PREFIX):
        raise ReplayError(f"--into {into}: expected a name that begins with {PREFIX!r}")
    live = connect(where.url, schema=where.schema, application="lineshaft replay")
    live.read_only = True
    if live.execute("SELECT to_regnamespace(quote_ident(%s))", (into,)).fetchone() != (None,):
        live.close()
        raise ReplayError(f"there is a schema {into} already: name another, or drop that one")
    past = snapshots.newest(live, "plant", 0, after_pos, PlantPast) if after_pos else None
    plant = past.state if past else PlantState()
    shards = {}
    for shard in range(SHARDS):
        found = snapshots.newest(live, "shard", shard, plant.pos, ShardState) if past else None
        shards[shard] = found or ShardState(shard)
        if revise:
            revise(shards[shard])
    live.rollback()
    migrate(where.url, into)
    dial = partial(connect, where.url, schema=into, application="lineshaft replay")
    fresh = dial()
    replays.begin(fresh, {shard: state.pos for shard, state in shards.items()}, plant.pos, where.schema)
    if past:
        plant_past.put(fresh, past)
        fresh.commit()
    writer = PlantWriter(dial, clock, plant.pos)
    return Replay(live, fresh, min(state.pos for state in shards.values()), shards, plant, writer)


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the command; 0 well and equal, 1 different or failed, 2 not understood."""
    options = _parser().parse_args(arguments)
    logs.configure("replay", "WARNING")
    try:
        return _run(options, target.find(options.data_dir, environ))
    except (ReplayError, SettingsError, MigrationError, OSError, *ConnectionLost) as error:
        sys.stderr.write(f"lineshaft: {error}\n")
        return 1


def _run(options: argparse.Namespace, where: Target) -> int:
    after_pos, up_to = _span(options, where)
    into = options.into or f"{PREFIX}_{to_datetime(system_clock()):%Y_%m_%d_%H%M%S}"
    replay = begin(where, into, after_pos, system_clock, _named(options.revise) if options.revise else None)
    sys.stdout.write(f"{into}: positions {after_pos + 1} to {up_to}, beginning behind {replay.pos}\n")
    with replay.live, replay.fresh:
        replay.run(up_to)
        replay.writer.close()
        span = {"low": after_pos, "high": up_to, "end": up_to}
        for table in replays.TABLES:
            rows, _ = replays.fingerprint(replay.live, table, into, into, span)
            sys.stdout.write(f"  {table.name:<16} {rows:>12,}\n")
        return _compare(replay.live, (where.schema, into), after_pos, up_to) if options.compare else 0


def _compare(live: Connection, schemas: tuple[str, str], after_pos: int, up_to: int) -> int:
    found = [replays.compare(live, table, schemas, after_pos, up_to) for table in replays.TABLES]
    sides = [side for table in found for side in table.differing]
    for side in sides:
        sys.stdout.write(f"{side.table}: only in {side.schema}, some:\n")
        sys.stdout.writelines(f"  {row}\n" for row in side.rows)
    differing = sorted({side.table for side in sides})
    words = f"different: {', '.join(differing)}" if sides else "equal"
    sys.stdout.write(f"compared {sum(table.rows for table in found):,} rows with {schemas[0]}: {words}\n")
    return 1 if sides else 0


def _span(options: argparse.Namespace, where: Target) -> tuple[int, int]:
    """The positions behind which and up to which results are wanted."""
    with connect(where.url, schema=where.schema, application="lineshaft replay") as conn:
        head = journal.head(conn).pos
        # Further than the live flows have come there is nothing to hold against.
        reached = min(facts.frontier(conn), facts.plant_position(conn)) if options.compare else head
        first = replays.first_kept(conn)

        def position(text: str) -> int:
            return int(text) if text.isdecimal() else replays.position_at(conn, _instant(text), head)

        after_pos = position(options.after) if options.after else 0
        up_to = min(position(options.up_to), reached) if options.up_to else reached
        conn.rollback()
    if after_pos >= up_to:
        raise ReplayError(f"nothing between {after_pos} and {up_to}; the journal holds {first} to {head}")
    if first > after_pos + 1:
        sys.stderr.write(f"the journal begins at {first}: what was before is dropped\n")
        after_pos = first - 1
    return after_pos, up_to


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ReplayError(f"{text}: expected a position, or a time like 2026-11-21T08:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _named(name: str) -> Revise:
    module, _, function = name.partition(":")
    try:
        found: Revise = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise ReplayError(f"--revise {name}: expected module:function ({error})") from error
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lineshaft replay",
        description="Derive results anew from the journal, into a schema of their own.",
    )
    target.add_argument(parser)
    add = parser.add_argument
    add("--from", dest="after", metavar="WHEN", help="a position, or a time (UTC): results behind it")
    add("--to", dest="up_to", metavar="WHEN", help="up to this position or time")
    add("--into", metavar="SCHEMA", help=f"beginning with {PREFIX!r} (default: named by the time)")
    add("--compare", action="store_true", help="with the live results; exit code 1 when they differ")
    add("--revise", metavar="MODULE:FUNCTION", help="changes each shard's state first: a backtest")
    return parser


if __name__ == "__main__":
    sys.exit(main())
