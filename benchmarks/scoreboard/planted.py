"""The simulator's planted faults through the production shard: what is alarmed, when, and what is said of it.

Each seed is a plant of 24 machines of its own, from the first minute of its life: an agent sends five seconds
a message, time ticks after them, and `stream.steps.shard.ShardState` takes the rows as it does in the flow.
What the rules raise, and what the machines' rows say, is held against the simulator's ground truth:

- alarmed: an anomaly of the machine is raised between the fault's onset and the machine's breakdown;
- lead: the share of that span still left then; of those not alarmed 0;
- named: the mode that was planted is among the two likeliest told last before the breakdown (and, apart, told
  with the alarm);
- false: a rule about machines raises anything while no fault is planted, nor for ten minutes after a repair;
- a sensor's fault is reported as the machine's if any of those rules raises something while it lasts.

Choices were made on seeds 1 to 3; others are for reporting.

    python -m benchmarks.scoreboard.planted [--seeds 11 12 13] [--hours 12]
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from benchmarks.scoreboard.shards import START_US, derived
from lineshaft.domain.results import Bundle, MachineRow
from simulators.faults import Episode, Schedule
from simulators.machines import MACHINES
from simulators.modes import HOUR_US, MINUTE_US

SEEDS = (11, 12, 13)
HOURS = 12
GRACE_US = 10 * MINUTE_US
"""How long after a repair a machine may still show what was wrong with it."""
WEEK_US = 7 * 24 * HOUR_US
GOALS = {
    "alarmed_share": 0.95,
    "median_lead": 0.25,
    "false_per_machine_week": 1.0,
    "named_top2_share": 0.85,
    "sensors_not_machines_share": 0.95,
}


MACHINES_OWN = ("anomaly", "failure", "zone", "threshold")
"""Rules that speak of the machine; `sensor` and `stale` do not."""
PLACE = {machine.id: place for place, machine in enumerate(MACHINES)}
Modes = tuple[str, ...]
"""Failure modes, likeliest first."""


class Alarm(NamedTuple):
    """What a rule raised of a machine."""

    machine: int
    at_us: int
    rule: str
    named: Modes
    """Told with it."""


@dataclass
class Told:
    """What a shard told of its machines."""

    alarms: list[Alarm] = field(default_factory=list)
    named: dict[int, list[tuple[int, Modes]]] = field(default_factory=lambda: defaultdict(list))
    """Machine → when it was told what is wrong, while it was within an episode."""
    sensors: list["Strange"] = field(default_factory=list)
    """Machine, when, and which fault of a sensor was found."""
    faulty: dict[int, set[str]] = field(default_factory=dict)

    def take(self, bundle: Bundle) -> None:
        """Take in what a chunk gave."""
        last: dict[int, Modes] = {}
        for row in bundle.machines:
            machine = PLACE[bundle.devices[row.device].key.device]
            last[machine] = tuple(one.mode for one in row.diagnosis)
            if row.judged:
                self._look(machine, row, last[machine])
        for fact in bundle.facts:
            rule = fact.body.get("rule")
            if fact.kind == "condition" and fact.body["active"] and rule in MACHINES_OWN:
                machine = PLACE[fact.source.split("/")[0]]
                self.alarms.append(Alarm(machine, fact.ts_us, rule, last.get(machine, ())))

    def _look(self, machine: int, row: MachineRow, named: Modes) -> None:
        if row.anomaly and named:
            self.named[machine].append((row.ts_us, named))
        faulty = {f"{one.signal} {one.fault}" for one in row.sensor_faults}
        self.sensors += [(machine, row.ts_us, one) for one in faulty - self.faulty.get(machine, set())]
        self.faulty[machine] = faulty


class Outcome(NamedTuple):
    """What became of one planted fault."""

    fault: str
    machine: str
    sensor: bool
    alarmed: bool
    lead: float
    named: Modes
    """Told last before the breakdown."""
    named_first: Modes
    """Told with the alarm."""
    said: tuple[str, ...]
    """Sensors' faults that were told while it lasted."""


Strange = tuple[int, int, str]
"""Machine, when, and which fault of a sensor was told although it was well."""


def run(seed: int, hours: int) -> tuple[list[Outcome], list[Alarm], list[Strange]]:
    """One plant: what became of each fault, false alarms, and false faults of sensors."""
    schedule, told = Schedule(seed, START_US), Told()
    until_us = START_US + hours * HOUR_US
    for bundle in derived(seed, schedule, until_us):
        told.take(bundle)
    episodes = schedule.between(START_US, until_us)
    outcomes = [outcome(one, told) for one in episodes if one.end_us <= until_us]
    false = [one for one in told.alarms if not _planted(one.machine, one.at_us, episodes)]
    strange = [one for one in told.sensors if not _planted(one[0], one[1], episodes)]
    return outcomes, false, strange


def outcome(episode: Episode, told: Told) -> Outcome:
    """Hold what was told against one planted fault."""
    span = range(episode.onset_us, episode.stop_us)
    mine = [one for one in told.alarms if one.machine == episode.machine and one.at_us in span]
    if not episode.fault.sensor:
        mine = [one for one in mine if one.rule == "anomaly"]
    named = [modes for at_us, modes in told.named[episode.machine] if at_us in span]
    lead = (episode.stop_us - mine[0].at_us) / (episode.stop_us - episode.onset_us) if mine else 0.0
    return Outcome(
        fault=episode.fault.key,
        machine=MACHINES[episode.machine].id,
        sensor=episode.fault.sensor is not None,
        alarmed=bool(mine),
        lead=lead,
        named=named[-1] if named else (),
        named_first=mine[0].named if mine else (),
        said=tuple(what for m, at_us, what in told.sensors if m == episode.machine and at_us in span),
    )


def _planted(machine: int, at_us: int, episodes: Iterable[Episode]) -> bool:
    """Whether a machine has a planted fault, or had one until just now."""
    return any(one.machine == machine and one.onset_us <= at_us <= one.end_us + GRACE_US for one in episodes)


def figures(
    found: Sequence[Outcome], false: Sequence[Alarm], strange: Sequence[Strange], weeks: float
) -> dict[str, Any]:
    """The scoreboard's figures of some plants."""
    machines = [one for one in found if not one.sensor]
    sensors = [one for one in found if one.sensor]
    alarmed = [one for one in machines if one.alarmed]
    rules: dict[str, int] = defaultdict(int)
    for one in false:
        rules[one.rule] += 1
    return {
        "planted": len(found),
        "machine_faults": len(machines),
        "alarmed_share": _share(one.alarmed for one in machines),
        "median_lead": round(float(np.median([one.lead for one in machines])), 3),
        "false_per_machine_week": round(len(false) / weeks, 3),
        "false_by_rule": dict(rules),
        "named_top2_share": _share(one.fault in one.named[:2] for one in alarmed),
        "named_top2_at_alarm_share": _share(one.fault in one.named_first[:2] for one in alarmed),
        "sensor_faults": len(sensors),
        "sensors_not_machines_share": _share(not one.alarmed for one in sensors),
        "sensors_told_share": _share(bool(one.said) for one in sensors),
        "false_sensor_faults_per_machine_week": round(len(strange) / weeks, 3),
        "machine_weeks": round(weeks, 2),
        "by_fault": {
            key: _of_kind([one for one in found if one.fault == key])
            for key in sorted({o.fault for o in found})
        },
    }


def _of_kind(found: list[Outcome]) -> dict[str, Any]:
    alarmed = [one for one in found if one.alarmed]
    if found[0].sensor:
        return {"planted": len(found), "as_machine": len(alarmed), "told": sum(bool(o.said) for o in found)}
    return {
        "planted": len(found),
        "alarmed": len(alarmed),
        "median_lead": round(float(np.median([one.lead for one in found])), 2),
        "named_top2": sum(one.fault in one.named[:2] for one in alarmed),
        "named_top2_at_alarm": sum(one.fault in one.named_first[:2] for one in alarmed),
    }


def _share(good: Iterable[bool]) -> float:
    marks = list(good)
    return round(sum(marks) / len(marks), 3) if marks else 0.0


def board(seeds: Sequence[int], hours: int) -> dict[str, Any]:
    """The figures of some seeds together."""
    began = time.monotonic()
    found: list[Outcome] = []
    false: list[Alarm] = []
    strange: list[Strange] = []
    for seed in seeds:
        outcomes, alarms, more = run(seed, hours)
        found, false, strange = found + outcomes, false + alarms, strange + more
    weeks = len(seeds) * len(MACHINES) * hours * HOUR_US / WEEK_US
    return {
        "name": "Simulator, planted faults",
        "seeds": list(seeds),
        "hours": hours,
        **figures(found, false, strange, weeks),
        "goals": GOALS,
        "missed": [one._asdict() for one in found if one.alarmed == one.sensor],
        "false": [f"{MACHINES[one.machine].id} {one.rule} {' '.join(one.named)}" for one in false],
        "false_sensors": [f"{MACHINES[machine].id} {what}" for machine, _, what in strange],
        "seconds": round(time.monotonic() - began, 1),
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--hours", type=int, default=HOURS)
    arguments = parser.parse_args()
    print(json.dumps(board(arguments.seeds, arguments.hours), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
