"""Is the right root named? `python -m benchmarks.cause [--runs 100] [--seed 1]`.

Each run plants one failure of a supply among machines' own faults that have nothing to do with it: two that
begin within four minutes of it, and those the simulated plant has anyway. Messages go through the shard's
steps and the plant's, faster than real time. A plant that has run for a quarter of an hour is warmed up once
for each of five seeds, and each run begins with a copy. Right is a run whose largest group among the machines
of the supply names the supply; other roots that were named are told as well.
"""

import argparse
import copy
import pickle
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.scoreboard.shards import START_US, messages, plant
from lineshaft.domain.causes import Cause
from lineshaft.domain.plant import Plant, to_document
from lineshaft.store.facts import Control, Fact
from lineshaft.store.journal import CONTROL_SHARD, Row
from lineshaft.wire.topics import shard_of
from simulators import describe, noise
from simulators.base import SECOND_US
from simulators.faults import Episode, Schedule
from simulators.machines import MACHINES
from simulators.process import Process
from simulators.shared import SHARED_FAULTS, SUPPLIES, Outage
from stream.chunk import Chunk
from stream.plant_state import PlantChunk, PlantState
from stream.steps.shard import ShardState

MINUTE_US = 60 * SECOND_US
WARM_US = 15 * MINUTE_US
"""Of a plant before anything is planted: detectors know it by then."""
RUN_US = 12 * MINUTE_US
SEEDS = 5
AGENT = "plant-1"


@dataclass(frozen=True)
class Planted(Schedule):
    """Its own faults as ever, and one outage with two faults of machines beside it."""

    outage: Outage | None = None

    def outages(self, from_us: int, to_us: int) -> list[Outage]:
        """The one."""
        return [self.outage] if self.outage and self.outage.at_us <= to_us and from_us >= 0 else []

    def between(self, from_us: int, to_us: int) -> list[Episode]:
        """With those beside it."""
        return super().between(from_us, to_us) + list(self.beside)

    @property
    def beside(self) -> Iterator[Episode]:
        """Faults of two machines that begin within four minutes of it, and have nothing to do with it."""
        if self.outage is None:
            return
        for n in range(2):
            place = noise.uniform(noise.key(self.seed, "beside", self.outage.number, n), np.arange(2))
            machine = int(float(place[0]) * len(MACHINES))
            own = self.episode(n)
            onset_us = self.outage.at_us + int((float(place[1]) * 8 - 4) * MINUTE_US)
            fault = self._fault(100 + self.outage.number * 2 + n, MACHINES[machine])
            grows_us = min(own.full_us - own.onset_us, 3 * MINUTE_US)
            stop_us = onset_us + grows_us + 2 * MINUTE_US
            yield Episode(500_000 + n, machine, fault, onset_us, onset_us + grows_us, stop_us, stop_us)


class Run(NamedTuple):
    """What a run came to."""

    number: int
    planted: str
    kind: str
    machines: int
    named: str
    """Root of the group that holds most of the machines of the planted one; empty: none was named."""
    children: int
    """Machines of it in that group."""
    strangers: int
    """Machines in it that do not hang on what failed."""
    after_s: float
    """From the outage to when this root was named."""
    others: tuple[str, ...]
    """Further roots that were named, machines themselves left aside."""


class Plants:
    """Shard and plant flow, warmed up once for each seed."""

    def __init__(self) -> None:
        self._warm: dict[int, bytes] = {}
        self.described: Plant = plant(AGENT)

    def warm(self, seed: int) -> tuple[ShardState, PlantState, int]:
        """Both as they are after the warming up, to be gone on with."""
        if seed not in self._warm:
            shard, whole = ShardState(shard_of(describe.SITE, AGENT)), PlantState()
            body = msgspec.json.encode(to_document(self.described))
            row = Row(1, CONTROL_SHARD, START_US, None, None, None, None, None, "_/plant", None, body)
            shard.step(Chunk(shard.shard, 1, 1, [row]))
            whole.step(PlantChunk(0, 1, [Control(1, START_US, "_/plant", body)]))
            flow = Flow(shard, whole, 1)
            for _ in flow.go(Process(seed, Schedule(seed, START_US)), START_US, START_US + WARM_US):
                pass
            self._warm[seed] = pickle.dumps((shard, whole, flow.pos))
        shard, whole, pos = pickle.loads(self._warm[seed])  # noqa: S301 - our own, of this process
        return shard, whole, pos


@dataclass
class Flow:
    """Shard and plant flow side by side."""

    shard: ShardState
    plant: PlantState
    pos: int

    def go(self, process: Process, from_us: int, until_us: int) -> Iterator[Cause]:
        """Take a stretch of the world; gives groups as they change."""
        for now_us, bodies in messages(process, from_us, until_us):
            rows = []
            for machine, body in bodies:
                at = next(n for n, one in enumerate(MACHINES) if one.id == machine)
                if process.schedule.is_silent(at, now_us):
                    continue
                self.pos += 1
                topic = f"lineshaft/v1/{describe.SITE}/{AGENT}/{machine}/m"
                own = (describe.SITE, AGENT, "b", 0, self.pos)
                rows.append(Row(self.pos, self.shard.shard, now_us, *own, topic, None, body))
            self.pos += 1
            rows.append(
                Row(self.pos, CONTROL_SHARD, now_us, None, None, None, None, None, "_/tick", None, b"")
            )
            first = self.plant.pos + 1
            found = self.shard.step(Chunk(self.shard.shard, first, self.pos, rows))
            said: list[Fact | Control] = [
                Fact(one.pos, self.shard.shard, one.n, one.ts_us, one.kind, one.source, one.body)
                for one in found.facts
            ]
            said.append(Control(self.pos, now_us, "_/tick", b""))
            said.sort(key=lambda one: (one.pos, isinstance(one, Fact)))
            bundle = self.plant.step(PlantChunk(first - 1, self.pos, said))
            yield from (one.cause for _, one in bundle.together.groups)


def run(number: int, seed: int, plants: Plants) -> Run:
    """One planted outage, and what was made of it."""
    supply = SUPPLIES[number % len(SUPPLIES)]
    fault = next(one for one in SHARED_FAULTS if one.supply == supply.kind)
    at_us = START_US + WARM_US + int(float(noise.uniform(noise.key(seed, "when"), number)) * 60) * SECOND_US
    outage = Outage(1000 + number, supply, fault, at_us + MINUTE_US)
    schedule = Planted(seed, START_US, outage=outage)
    shard, whole, pos = plants.warm(seed)
    flow, groups = Flow(shard, whole, pos), dict[str, Cause]()
    first_us: dict[str, int] = {}
    began_us = START_US + WARM_US
    for cause in flow.go(Process(seed, schedule), began_us, began_us + RUN_US):
        if cause.named_us >= outage.at_us:
            first_us.setdefault(cause.root, cause.named_us)
        if cause.children:
            groups[cause.group_key] = copy.copy(cause)
        else:
            groups.pop(cause.group_key, None)
    felt = {MACHINES[one.machine].id for one in schedule.felt(outage)}
    return _judge(outage, number, felt, list(groups.values()))._replace(
        after_s=(first_us.get(supply.key, 0) - outage.at_us) / SECOND_US
    )


def _judge(outage: Outage, number: int, felt: set[str], groups: list[Cause]) -> Run:
    # What was named before the outage is nothing of it.
    after = [one for one in groups if one.named_us >= outage.at_us and one.kind != "asset"]
    best = max(after, key=lambda one: len(_machines(one) & felt), default=None)
    inside = _machines(best) if best else set()
    return Run(
        number=number,
        planted=outage.supply.key,
        kind=outage.supply.kind,
        machines=len(felt),
        named=best.root if best and inside & felt else "",
        children=len(inside & felt),
        strangers=len(
            {
                one
                for one in inside
                if next(m.line for m in MACHINES if m.id == one) not in outage.supply.feeds
            }
        ),
        after_s=float("nan"),
        others=tuple(one.root for one in after if best is None or one.root != best.root),
    )


def _machines(cause: Cause) -> set[str]:
    return {child.source for child in cause.children}


def main(arguments: list[str] | None = None) -> int:
    """Print a line a run and the sums; 1 where fewer than 95 % are right."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cause", description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    plants, runs, began_s = Plants(), [], time.monotonic()
    order = sorted(range(options.runs), key=lambda number: number % SEEDS)
    for number in order:
        found = run(number, options.seed + number % SEEDS, plants)
        runs.append(found)
        right = "right" if found.named == found.planted else "WRONG"
        print(
            f"{found.number:>3} {right} {found.planted:<9} named {found.named or '-':<9} {found.children} of"
            f" {found.machines} machines, {found.strangers} strangers, after {found.after_s:.0f} s"
            f" {' '.join(found.others)}",
            flush=True,
        )
    right_ones = [one for one in runs if one.named == one.planted]
    by_kind, of_kind = Counter(one.kind for one in right_ones), Counter(one.kind for one in runs)
    share = len(right_ones) / len(runs)
    kinds = ", ".join(f"{kind} {by_kind[kind]}/{count}" for kind, count in of_kind.items())
    median = float(np.median([one.after_s for one in right_ones])) if right_ones else float("nan")
    print(f"right root in {len(right_ones)} of {len(runs)} ({share:.0%}): {kinds}")
    print(
        f"named {median:.0f} s after the outage in the middle;"
        f" {sum(one.children for one in runs)} of {sum(one.machines for one in runs)} machines under it,"
        f" {sum(one.strangers for one in runs)} strangers, {sum(len(one.others) for one in runs)} other roots"
    )
    print(f"{time.monotonic() - began_s:.0f} s")
    return 0 if share >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
