"""The ground truth: which fault of which machine begins, is full, and ends when."""

import orjson

from simulators.faults import OUTAGES_FROM, Schedule
from simulators.machines import MACHINES


def text(seed: int, start_us: int, span_us: int) -> str:
    """The planted faults from the start on as a JSON document; times in ms since 1970."""
    schedule = Schedule(seed, start_us, shared=True)
    faults = [
        {
            "number": episode.number,
            "machine": MACHINES[episode.machine].id,
            "fault": episode.fault.key,
            "sensor": episode.fault.sensor is not None,
            "signals": [effect.signal for effect in episode.fault.effects],
            "onset_ms": episode.onset_us // 1000,
            "full_ms": episode.full_us // 1000,
            "stop_ms": episode.stop_us // 1000,
            "end_ms": episode.end_us // 1000,
        }
        for episode in schedule.between(start_us, start_us + span_us)
        if episode.number < OUTAGES_FROM
    ]
    outages = [
        {
            "number": outage.number,
            "root": outage.supply.key,
            "kind": outage.supply.kind,
            "machines": [MACHINES[one.machine].id for one in felt],
            "onset_ms": outage.at_us // 1000,
            "end_ms": max(one.end_us for one in felt) // 1000,
        }
        for outage in schedule.outages(start_us, start_us + span_us)
        if (felt := schedule.felt(outage))
    ]
    document = {"seed": seed, "start_ms": start_us // 1000, "faults": faults, "outages": outages}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
