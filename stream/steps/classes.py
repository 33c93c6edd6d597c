"""Counts and samples readings that the books keep apart: contradictions, late ones, those of bad clocks."""

from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from lineshaft.clock import to_datetime
from lineshaft.domain.readings import Bytes8, Flag
from lineshaft.domain.results import CountKey, Sample, SampleKey
from stream.bundle import Draft
from stream.rules.base import Bools
from stream.steps.arrived import Arrived
from stream.steps.names import Names
from stream.steps.recent import CONFLICT, NEW

FLAGGED = MappingProxyType({"late": Flag.LATE, "clock_bad": Flag.CLOCK_BAD})
"""What is stored with a remark, by the code it is counted under."""


class Sifted(NamedTuple):
    """What was decided about the readings of a stretch."""

    arrived: Arrived
    verdict: Bytes8
    earlier: dict[int, float]
    """Of those that contradict an earlier one, by their place: its value."""


def note(sifted: Sifted, names: Names, draft: Draft) -> None:
    """Count and sample what is remarkable in a stretch; mostly nothing is."""
    flags, verdict = sifted.arrived.readings.flags, sifted.verdict
    if not flags.any() and not sifted.earlier:
        return
    _sample("duplicate_conflict", verdict == CONFLICT, sifted, names, draft)
    for code, flag in FLAGGED.items():
        for key, readings in _sample(code, (verdict == NEW) & (flags & flag != 0), sifted, names, draft):
            draft.count(CountKey(key.site, key.agent, "flagged", code), 0, readings)


def contradiction(at: int, sifted: Sifted, names: Names) -> str:
    """Says of a reading what it contradicts."""
    rows = sifted.arrived.readings
    name = names.signal_name[int(rows.series[at])]
    value, earlier = float(rows.value[at]), sifted.earlier.get(at)
    instant = to_datetime(int(rows.ts_us[at])).isoformat(timespec="milliseconds")
    if np.isnan(value) or earlier is None:
        return f"{name} at {instant} says something else"
    return f"{name} at {instant} is {value:g}, was {earlier:g}"


def _sample(
    kind: str, which: Bools, sifted: Sifted, names: Names, draft: Draft
) -> list[tuple[SampleKey, int]]:
    """Keep the last of some readings of each agent; gives how many of them each has."""
    places = np.flatnonzero(which)
    if not len(places):
        return []
    arrived, rows = sifted.arrived, sifted.arrived.readings
    agent = np.array(names.agent_of)[arrived.device[arrived.message[places]]]
    found, from_the_end, counts = np.unique(agent[::-1], return_index=True, return_counts=True)
    agents, numbered = list(names.agents), []
    for number, back, count in zip(found.tolist(), from_the_end.tolist(), counts.tolist(), strict=True):
        at = int(places[-1 - back])
        message, value = int(arrived.message[at]), float(rows.value[at])
        (site, name), signal = agents[number], int(rows.series[at])
        key = SampleKey(site, name, kind)
        draft.samples[key] = Sample(
            names.devices[int(arrived.device[message])].device,
            names.signal_name[signal],
            int(rows.ts_us[at]),
            None if np.isnan(value) else value,
            None if np.isnan(value) else sifted.earlier.get(at),
            arrived.rows[message].received_us,
            arrived.rows[message].pos,
        )
        numbered.append((key, count))
    return numbered
