"""Tries a rule on the stored past: reads what it listens to, and asks it by the code that the live flow runs.

The past comes in slices of time, of all machines at once: a thread fetches the next one while a rule is asked
about the last. So a month costs no more memory than a day, and each slice tells how far it is.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from lineshaft.clock import SECOND_US, from_datetime, monotonic_clock, to_datetime
from lineshaft.domain.machines import STATES
from lineshaft.domain.plant import Plant, from_document
from lineshaft.domain.rules.calm import NEVER_US
from lineshaft.domain.rules.document import Rule
from lineshaft.domain.rules.evaluation import Verdict
from lineshaft.domain.rules.history import Retold, Series
from lineshaft.domain.rules.parents import DOWN, Downtime, parents, quieted, together
from lineshaft.domain.rules.scoping import covers, places
from lineshaft.domain.rules.targets import Known, Target, targets
from lineshaft.domain.rules.trial import DAY_US, KnownFault, Trial, Trying
from lineshaft.domain.topology import Topology
from lineshaft.store.database import Connection
from lineshaft.store.tried_inputs import STATE, Heard, Span, Wanted, states_before

MOST_READINGS: Final = 200_000_000
"""In one trial; more take longer than anybody waits."""
AT_ONCE: Final = 1_000_000
"""Readings held at once, about."""
LONGEST_S: Final = 300.0
HOUR_US: Final = 3_600_000_000
DOWN_CODES: Final = [STATES.index(state) for state in DOWN]
Progress = Callable[[float], None]
"""Told which share is done; what it raises ends the trial."""


class TrialError(Exception):
    """The rule cannot be tried; the key says why, for who translates it, the text for everybody else."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


@dataclass(slots=True)
class Asking:
    """A rule at one machine or signal, and what it has said so far."""

    target: Target
    retold: Retold
    found: list[Verdict] = field(default_factory=list)
    readings: int = 0

    def take(self, past: Mapping[Heard, Series], until_us: int) -> None:
        """Ask it about a slice of time."""
        machine = self.target.place.machine
        mine = {it: past[machine, it] for it in self.target.plan.inputs if (machine, it) in past}
        self.readings += sum(len(series.ts_us) for it, series in mine.items() if it.what == "signal")
        self.found += self.retold.take(mine, until_us)


@dataclass(slots=True)
class Downs:
    """When machines that others depend on are down."""

    since_us: dict[str, int] = field(default_factory=dict)
    times: dict[str, list[Downtime]] = field(default_factory=lambda: defaultdict(list))

    def hear(self, machine: str, said: Series) -> None:
        """What a machine said of its state, in the order of time."""
        down = np.isin(said.value, DOWN_CODES)
        turns = np.flatnonzero(np.diff(down, prepend=machine in self.since_us))
        for ts_us, is_down in zip(said.ts_us[turns].tolist(), down[turns].tolist(), strict=True):
            if is_down:
                self.since_us[machine] = ts_us
            else:
                self.times[machine].append((self.since_us.pop(machine), ts_us))

    def of(self, machines: Sequence[str]) -> list[Downtime]:
        """When at least one of some is down."""
        still = [(self.since_us[key], NEVER_US) for key in machines if key in self.since_us]
        return together([*still, *(one for key in machines for one in self.times.get(key, ()))])


def try_rule(conn: Connection, rule: Rule, span: Span, progress: Progress = lambda _: None) -> Trial:
    """What a rule would have raised within a span of the past; nothing is written.

    Raises:
        TrialError: there is nothing to try it on, or too much.
    """
    begun_us = monotonic_clock()
    plant = _plant(conn)
    wanted = [target for machine in _machines(plant, rule) for target in targets(rule, span[0], machine)]
    if not wanted:
        raise TrialError("no_machine", "no machine in the scope has the signals that the rule asks for")
    asking = [Asking(one, Retold(one.plan, one.place, span[0])) for one in wanted]
    feeding = _feeding(plant, rule, wanted)
    above = sorted({key for keys in feeding.values() for key in keys})
    inputs = {(one.place.machine, it) for one in wanted for it in one.plan.inputs}
    reading = Wanted.of(conn, inputs | {(key, STATE) for key in above})
    downs = Downs(dict.fromkeys(_down_before(conn, above, span[0]), span[0]))
    with closing(_slices(conn, reading, span)) as slices:
        for until_us, past in slices:
            for one in asking:
                one.take(past, until_us)
            for key in above:
                if (key, STATE) in past:
                    downs.hear(key, past[key, STATE])
            progress((until_us - span[0]) / (span[1] - span[0]))
            _watch_time(begun_us)
    trying = Trying(span)
    for one in asking:
        machine = one.target.place.machine
        down = downs.of(feeding.get(machine, ()))
        trying.add(machine, one.target.rule_key, one.readings, [*quieted(one.found, down)])
    result = trying.done(_faults(conn, span))
    took_s = (monotonic_clock() - begun_us) / SECOND_US
    return replace(result, took_s=round(took_s, 2))


def _watch_time(begun_us: int) -> None:
    if (monotonic_clock() - begun_us) / SECOND_US > LONGEST_S:
        text = f"it takes longer than {LONGEST_S:.0f} s: try fewer days or a narrower scope"
        raise TrialError("too_long", text)


def _plant(conn: Connection) -> Plant:
    row = conn.execute("SELECT document FROM plant ORDER BY version DESC LIMIT 1").fetchone()
    if row is None:
        raise TrialError("no_plant", "no plant is described yet: `lineshaft plant apply` does that")
    return from_document(row[0])


def _machines(plant: Plant, rule: Rule) -> Iterator[Known]:
    where = places(plant)
    for machine in plant.machines.values():
        if covers(rule.scope, where[machine.key]):
            quantities = {one.name: one.quantity for one in machine.signals}
            yield Known(where[machine.key], quantities, {one.name: one.unit for one in machine.signals})


def _feeding(plant: Plant, rule: Rule, wanted: Sequence[Target]) -> dict[str, list[str]]:
    """Machine → the machines that it depends on, where that makes it quiet."""
    if not rule.suppress.parent_down:
        return {}
    topology = Topology.of(plant)
    return {
        one.place.machine: [key for key in parents(topology, one.place.machine) if key in plant.machines]
        for one in wanted
    }


def _down_before(conn: Connection, machines: Sequence[str], at_us: int) -> list[str]:
    said = states_before(conn, machines, at_us) if machines else {}
    return [key for key, state in said.items() if state in DOWN]


def _slices(conn: Connection, reading: Wanted, span: Span) -> Generator[tuple[int, dict[Heard, Series]]]:
    """The past in slices with their ends, fetched one ahead."""
    step_us = _step_us(conn, reading, span)
    # Whole days of UTC, as the tables are cut.
    edges = [*range((span[0] // step_us + 1) * step_us, span[1], step_us), span[1]]
    pieces = [*zip([span[0], *edges], edges, strict=False)]
    with ThreadPoolExecutor(1, "past") as fetching:
        ahead = fetching.submit(reading.read, conn, pieces[0])
        for at, piece in enumerate(pieces):
            past = ahead.result()
            if at + 1 < len(pieces):
                ahead = fetching.submit(reading.read, conn, pieces[at + 1])
            yield piece[1], past


def _step_us(conn: Connection, reading: Wanted, span: Span) -> int:
    """How long a slice is: days, or where a day is much, a part of one."""
    row = conn.execute(
        "SELECT coalesce(sum(n), 0)::bigint FROM reading_1h"
        " WHERE signal_id = ANY(%s) AND bucket >= %s AND bucket < %s",
        ([*reading.signals], to_datetime(span[0]), to_datetime(span[1])),
    ).fetchone()
    total = int(row[0]) if row else 0
    if total > MOST_READINGS:
        raise TrialError("too_much", f"{total:,} readings are too many: try fewer days or a narrower scope")
    a_day = total * DAY_US / (span[1] - span[0])
    hours = next((hours for hours in (24, 12, 6, 3) if a_day * hours / 24 <= AT_ONCE), 1)
    return hours * HOUR_US


def _faults(conn: Connection, span: Span) -> list[KnownFault]:
    rows = conn.execute(
        "SELECT machine, began, ended, mode FROM label WHERE verdict = 'true' AND withdrawn IS NULL"
        " AND ended >= %s AND began < %s ORDER BY began",
        (to_datetime(span[0]), to_datetime(span[1])),
    ).fetchall()
    return [
        KnownFault(key, from_datetime(began), from_datetime(ended), mode) for key, began, ended, mode in rows
    ]
