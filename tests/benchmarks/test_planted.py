import json
from typing import Any

from benchmarks.scoreboard.planted import Alarm, Told, figures, outcome
from benchmarks.scoreboard.shards import START_US, derived, messages
from simulators.base import SECOND_US
from simulators.faults import FAULTS, Episode, Fault, Schedule
from simulators.modes import MINUTE_US
from simulators.plant import Plant
from simulators.process import Process

BEARING = next(fault for fault in FAULTS if fault.key == "bearing")
FROZEN = next(fault for fault in FAULTS if fault.sensor == "frozen")


def episode(fault: Fault, machine: int) -> Episode:
    onset = START_US + 60 * MINUTE_US
    times = (onset, onset + 8 * MINUTE_US, onset + 10 * MINUTE_US, onset + 15 * MINUTE_US)
    return Episode(0, machine, fault, *times)


Cells = dict[tuple[str, int, str], object]
"""Device, time and signal → value."""


def cells(device: str, body: Any) -> Cells:
    return {
        (device, body["ts"] + row[0], name): value
        for row in body["r"]
        for name, value in zip(body["n"], row[1:], strict=True)
        if value is not None and name != "count"
    }


def test_an_agent_that_batches_sends_what_the_plant_sends() -> None:
    until_us = START_US + 20 * SECOND_US
    told: Cells = {}
    for message in Plant(3, START_US, START_US - 1).step(until_us - 1):
        told |= cells(message.device, message.body)
    batched: Cells = {}
    for _, bodies in messages(Process(3, Schedule(3, START_US)), START_US, until_us):
        for device, body in bodies:
            batched |= cells(device, json.loads(body))
    assert batched == told


def test_the_shard_says_something_of_every_machine() -> None:
    told = Told()
    for bundle in derived(3, Schedule(3, START_US), START_US + MINUTE_US):
        told.take(bundle)
    assert len(told.faulty) == 24


def test_a_fault_alarmed_half_way_leaves_half_of_its_span() -> None:
    one = episode(BEARING, 2)
    half = one.onset_us + 5 * MINUTE_US
    told = Told(alarms=[Alarm(2, half, "anomaly", ("unbalance", "bearing")), Alarm(1, half, "anomaly", ())])
    told.named[2] = [(half, ("unbalance",)), (half + 1, ("bearing", "unbalance"))]
    found = outcome(one, told)
    assert (found.alarmed, found.lead) == (True, 0.5)
    assert (found.named, found.named_first) == (("bearing", "unbalance"), ("unbalance", "bearing"))


def test_an_alarm_after_the_breakdown_is_too_late() -> None:
    one = episode(BEARING, 2)
    assert not outcome(one, Told(alarms=[Alarm(2, one.stop_us, "anomaly", ())])).alarmed


def test_figures_count_misses_as_no_lead_and_any_rule_against_a_sensors_fault() -> None:
    ill, frozen = episode(BEARING, 2), episode(FROZEN, 3)
    told = Told(alarms=[Alarm(3, frozen.onset_us + 1, "zone", ())])
    found = figures([outcome(ill, told), outcome(frozen, told)], told.alarms, [], 2.0)
    assert found["alarmed_share"] == found["median_lead"] == 0.0
    assert found["sensors_not_machines_share"] == 0.0
    assert found["false_per_machine_week"] == 0.5
