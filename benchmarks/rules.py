"""What written alarm rules cost the flow: `python -m benchmarks.rules`, 1,000 signals under 50 rules each.

It takes a shard's state through a journal of its own, with the rules and without in turn, and counts the
processor's time of the steps: of a reading, and of the ticks at which the rules are taken over. There is no
database in it, so that the share is one of the steps alone; of the whole flow it is smaller.
"""

import argparse
import gc
import json
import pickle
import sys
import time
from collections.abc import Iterator
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np
import orjson

from lineshaft.domain.plant import Plant, parse, to_document
from lineshaft.store.journal import CONTROL_SHARD, Row
from stream.chunk import Chunk
from stream.steps.shard import ShardState

SIGNALS: Final = ("temp", "vib", "current", "pressure", "flow")
START_US: Final = 1_790_000_000_000_000
S: Final = 1_000_000


class Size(NamedTuple):
    """Of the plant, and how it sends."""

    machines: int
    rules: int
    rows: int
    """In a message, of each signal; a message a second and machine."""
    seconds: int
    odd: float
    """Share of values that are beyond some limits."""


class Cost(NamedTuple):
    """Processor time."""

    reading_us: float
    taken_over_s: float
    """Of the step in which the rules came to work."""
    restart_s: float
    """Of the first stretch after a state was loaded."""
    facts: int


def plant(machines: int) -> Plant:
    """So many pumps on one line."""
    listed = ", ".join(f"{{id: pump-{n}, kind: pump, device: gw-{n // 8}/pump-{n}}}" for n in range(machines))
    found = parse(
        "version: 1\nsites:\n  - {id: works, timezone: UTC, areas: [{id: hall, lines: [{id: line, machines: ["
        f"{listed}]}}]}}]}}\n"
    )
    if not isinstance(found, Plant):
        raise TypeError(found)
    return found


def rules(count: int) -> Iterator[dict[str, Any]]:
    """Rules over every signal, each with limits of its own; every fifth is a tree of two conditions."""
    for n in range(count):
        over = {
            "is": "value",
            "op": ">",
            "levels": [{"limit": 60 + n, "priority": 3}, {"limit": 160 + n, "priority": 2}],
        }
        under = {"is": "value", "op": "<", "levels": [{"limit": 40 - n}]}
        when = {"is": "any", "of": [over, under]} if n % 5 == 0 else over
        yield {
            "kind": "condition", "id": f"rule-{n}", "name": {"en": f"Rule {n}"}, "when": when,
            "scope": {"signal": list(SIGNALS)}, "patience": {"on_s": 5, "off_s": 10},
        }  # fmt: skip


class Journal:
    """Rows, a second at a time."""

    def __init__(self, size: Size) -> None:
        self._size, self._pos, self._seq = size, 0, 0
        self._random = np.random.default_rng(7)

    def chunk(self, rows: list[Row]) -> Chunk:
        """Rows as a shard takes them."""
        return Chunk(3, rows[0].pos, rows[-1].pos, rows)

    def control(self, second: int, topic: str, body: bytes = b"") -> Row:
        """A control row."""
        self._pos += 1
        return Row(
            self._pos, CONTROL_SHARD, START_US + second * S, None, None, None, None, None, topic, None, body
        )

    def second(self, second: int) -> list[Row]:
        """What all machines send in a second, and its tick."""
        size, now_us = self._size, START_US + second * S
        values = 50 + self._random.normal(size=(size.machines, size.rows, len(SIGNALS)))
        values[self._random.random(values.shape) < size.odd] += 30
        step_ms = 1000 // size.rows
        found = []
        for n, mine in enumerate(values.round(3).tolist()):
            self._pos, self._seq = self._pos + 1, self._seq + 1
            rows = [[step_ms * at - 999, *row] for at, row in enumerate(mine)]
            body = orjson.dumps({"v": 1, "ts": now_us // 1000, "n": SIGNALS, "r": rows})
            agent, topic = f"gw-{n // 8}", f"lineshaft/v1/works/gw-{n // 8}/pump-{n}/m"
            found.append(Row(self._pos, 3, now_us, "works", agent, "b", 0, self._seq, topic, None, body))
        return [*found, self.control(second, "_/tick")]


def run(size: Size, *, ruled: bool) -> Cost:
    """Through the journal once."""
    state, journal = ShardState(3), Journal(size)
    state.step(
        journal.chunk([journal.control(0, "_/plant", orjson.dumps(to_document(plant(size.machines))))])
    )
    for second in range(1, 4):  # so that every signal is known
        state.step(journal.chunk(journal.second(second)))
    told = [
        journal.control(
            4, "_/rule", orjson.dumps({"id": one["id"], "version": 1, "state": "active", "document": one})
        )
        for one in rules(size.rules if ruled else 0)
    ]
    begun_s = time.process_time()
    state.step(journal.chunk([*told, *journal.second(4)]))
    taken_over_s, took_s, facts = time.process_time() - begun_s, 0.0, 0
    gc.collect()
    for second in range(5, 5 + size.seconds):
        chunk = journal.chunk(journal.second(second))
        begun_s = time.process_time()
        facts += len(state.step(chunk).facts)
        took_s += time.process_time() - begun_s
    loaded = pickle.loads(pickle.dumps(state))  # noqa: S301 - our own
    chunk = journal.chunk(journal.second(5 + size.seconds))
    begun_s = time.process_time()
    loaded.step(chunk)
    readings = size.machines * len(SIGNALS) * size.rows * size.seconds
    return Cost(1e6 * took_s / readings, taken_over_s, time.process_time() - begun_s, facts)


def main() -> int:
    """Measure, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--machines", type=int, default=200, help="of 5 signals each")
    parser.add_argument("--rules", type=int, default=50)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 10], help="of each signal in a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--odd", type=float, nargs="+", default=[0.0, 0.001], help="values beyond limits")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    for rows, odd in product(options.rows, options.odd):
        size = Size(options.machines, options.rules, rows, options.seconds, odd)
        without, ruled = run(size, ruled=False), run(size, ruled=True)
        found[f"{rows} Hz, {odd:.1%} of the values beyond limits"] = {
            "us_a_reading_without": round(without.reading_us, 2),
            "us_a_reading": round(ruled.reading_us, 2),
            "share_of_steps": round(1 - without.reading_us / ruled.reading_us, 3),
            "taken_over_s": round(ruled.taken_over_s - without.taken_over_s, 2),
            "restart_s": round(ruled.restart_s - without.restart_s, 2),
            "facts": ruled.facts - without.facts,
        }
    sys.stdout.write(f"{json.dumps(found)}\n" if options.json else "")
    for name, figures in ({} if options.json else found).items():
        sys.stdout.write(f"{name}\n" + "".join(f"    {what:22} {value}\n" for what, value in figures.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
