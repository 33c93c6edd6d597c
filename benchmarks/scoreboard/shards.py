"""A simulated plant through the production shard: messages as an agent sends them, rows as the flow does."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from lineshaft.domain.machines import KINDS
from lineshaft.domain.plant import Plant, parse, to_document
from lineshaft.domain.results import Bundle
from lineshaft.domain.signals import quantity
from lineshaft.store.journal import CONTROL_SHARD, Row
from lineshaft.wire.topics import shard_of
from simulators import describe
from simulators.base import SECOND_US
from simulators.faults import Schedule
from simulators.machines import LEVELS, MACHINES
from simulators.modes import MINUTE_US, Mode
from simulators.process import Process
from simulators.sensors import sensed
from stream.chunk import Chunk
from stream.steps.shard import ShardState

START_US = 1_795_298_400 * SECOND_US
"""06:00 at the plant: all lines work, and the last one works for 16 hours."""
BATCH_S = 5
"""Seconds in a message."""
STRETCH_US = 10 * MINUTE_US
"""What is simulated at once."""


def derived(seed: int, schedule: Schedule, until_us: int) -> Iterator[Bundle]:
    """Every stretch of messages through the shard's steps."""
    agent = f"plant-{seed}"
    state = ShardState(shard_of(describe.SITE, agent))
    document = to_document(plant(agent))
    first = Row(
        1,
        CONTROL_SHARD,
        START_US,
        None,
        None,
        None,
        None,
        None,
        "_/plant",
        None,
        msgspec.json.encode(document),
    )
    yield state.step(Chunk(state.shard, 1, 1, [first]))
    process, pos = Process(seed, schedule), 1
    for from_us in range(START_US, until_us, STRETCH_US):
        sent = messages(process, from_us, min(from_us + STRETCH_US, until_us))
        for now_us, bodies in sent:
            rows = []
            for machine, body in bodies:
                pos += 1
                topic = f"lineshaft/v1/{describe.SITE}/{agent}/{machine}/m"
                rows.append(
                    Row(pos, state.shard, now_us, describe.SITE, agent, "b", 0, pos, topic, None, body)
                )
            pos += 1
            rows.append(Row(pos, CONTROL_SHARD, now_us, None, None, None, None, None, "_/tick", None, b""))
            yield state.step(Chunk(state.shard, rows[0].pos, pos, rows))


def plant(agent: str) -> Plant:
    """The simulated plant's description, its machines spoken for by another agent."""
    found = parse(describe.text().replace("device: plant-1/", f"device: {agent}/"))
    if not isinstance(found, Plant):
        raise TypeError(found)
    return found


def messages(process: Process, from_us: int, until_us: int) -> Iterator[tuple[int, list[tuple[str, bytes]]]]:
    """When, and which machine sends which body; the first second of a batch is a multiple of its length."""
    ready: list[list[tuple[str, bytes]]] = [[] for _ in range(0, until_us - from_us, BATCH_S * SECOND_US)]
    for kind in LEVELS:
        for machine, columns in _columns(process, kind, from_us, until_us):
            names = (*columns, "state")
            rows = list(zip(*columns.values(), _states(process, machine, from_us, until_us), strict=True))
            for batch, bodies in enumerate(ready):
                since_us = from_us + batch * BATCH_S * SECOND_US + machine % 5 * SECOND_US // 5
                some = rows[batch * BATCH_S : (batch + 1) * BATCH_S]
                cells = [[1000 * second, *row] for second, row in enumerate(some)]
                body = {"v": 1, "ts": since_us // 1000, "n": names, "r": cells}
                bodies.append((MACHINES[machine].id, msgspec.json.encode(body)))
    for batch, bodies in enumerate(ready):
        yield from_us + (batch + 1) * BATCH_S * SECOND_US, bodies


def _columns(
    process: Process, kind: str, from_us: int, until_us: int
) -> Iterator[tuple[int, dict[str, list[float | None]]]]:
    """Each machine of a kind with its signals, a value a second, as `simulators.plant` rounds them."""
    members = [place for place, machine in enumerate(MACHINES) if machine.kind == kind]
    seconds = np.arange(from_us, until_us, SECOND_US)
    machine = np.repeat(members, len(seconds))
    at_us = np.tile(seconds, len(members)) + machine % 5 * (SECOND_US // 5)
    found: dict[str, np.ndarray[Any, np.dtype[Any]]] = {}
    for signal in (one for one in KINDS[kind].signals if one.name in LEVELS[kind]):
        value = sensed(process, kind, signal.name, machine, at_us).round(
            quantity(signal.quantity).decimals + 1
        )
        silent = np.isnan(value) | (at_us // SECOND_US % int(signal.every_s) != 0)
        if signal.name == "cycle_s":
            silent |= process.mode(machine, at_us) != Mode.RUN
        cells = value.astype(object)
        cells[silent] = None
        found[signal.name] = cells.reshape(len(members), -1)
    for at, place in enumerate(members):
        yield place, {name: values[at].tolist() for name, values in found.items()}


def _states(process: Process, machine: int, from_us: int, until_us: int) -> list[str | None]:
    """What a machine says it does: when that changes, and every ten seconds."""
    at_us = np.arange(from_us - SECOND_US, until_us, SECOND_US) + machine % 5 * (SECOND_US // 5)
    mode = process.mode(np.full(len(at_us), machine), at_us)
    says = (mode[1:] != mode[:-1]) | (at_us[1:] // SECOND_US % 10 == 0)
    return [
        Mode(one).name if now else None for one, now in zip(mode[1:].tolist(), says.tolist(), strict=True)
    ]
