"""The envelope: who sends which message in which order, as MQTT 5 user properties.

It stands beside the body so that ingest never opens a body, and no body can block what is behind it.
"""

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from lineshaft.wire.rejected import Rejected

BOOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
MAX_SEQ = 2**62


class Lane(IntEnum):
    """Which queue of the agent a message came by; each has its own order."""

    LIVE = 0
    LATE = 1
    """Written while the uplink was down or behind: drained beside the live lane."""


_LANES = {lane.name.lower(): lane for lane in Lane}


class Envelope(NamedTuple):
    """Boot is the outbox file's random id, seq counts from 1 in each lane, lo is the lowest still held."""

    boot: str
    lane: Lane
    seq: int
    lo: int
    agent: str


def to_properties(envelope: Envelope) -> list[tuple[str, str]]:
    """The envelope as MQTT 5 user properties.

    >>> to_properties(Envelope("01hf7y", Lane.LIVE, 7, 3, "gw1"))
    [('boot', '01hf7y'), ('lane', 'live'), ('seq', '7'), ('lo', '3'), ('agent', 'gw1')]
    """
    return [
        ("boot", envelope.boot),
        ("lane", envelope.lane.name.lower()),
        ("seq", str(envelope.seq)),
        ("lo", str(envelope.lo)),
        ("agent", envelope.agent),
    ]


def from_properties(properties: Iterable[tuple[str, str]], agent: str) -> Envelope | Rejected | None:
    """The envelope in a message's user properties; None where the message carries none.

    Args:
        properties: the message's user properties.
        agent: the agent the topic names; the envelope must name the same.
    """
    found = dict(properties)
    try:
        boot, lane_name, named = found["boot"], found["lane"], found["agent"]
        seq, lo = _count(found["seq"]), _count(found["lo"])
    except KeyError:
        if "boot" not in found and "seq" not in found:
            return None
        missing = [name for name in Envelope._fields if name not in found]
        return Rejected("envelope", f"no property {', '.join(missing)}")
    if named != agent:
        return Rejected("agent_mismatch", f"topic says {agent!r}, envelope {named[:64]!r}")
    lane = _LANES.get(lane_name.lower())
    is_boot = len(boot) <= 64 and _is_boot(boot)  # no long text into the cache
    if seq is None or lo is None or lo > seq or lane is None or not is_boot:
        return Rejected("envelope", f"boot, lane, seq or lo out of range: {found}"[:300])
    return Envelope(boot, lane, seq, lo, agent)


@lru_cache(4_096)
def _is_boot(text: str) -> bool:
    return BOOT.fullmatch(text) is not None


def _count(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        return None
    number = int(text)
    return number if 1 <= number <= MAX_SEQ else None
