"""The kinds of machine: one row each, with the signals and limits a machine has unless its plant says else.

Vibration zones follow ISO 10816-3:2009 (now ISO 20816-3:2022, which is reported to merge A and B). The table
was not read in the standard itself; several tables under that name on the web contradict one another. It
stands here alone so that it can be corrected in one place.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Literal, NamedTuple

Support = Literal["rigid", "flexible"]

VIBRATION_EDITION = "ISO 10816-3:2009"

ZONES = "ABCD"
"""A new, B unrestricted, C plan work, D damaging."""

VIBRATION_LIMITS: dict[tuple[int, Support], tuple[float, float, float]] = {
    (1, "rigid"): (2.3, 4.5, 7.1),
    (1, "flexible"): (3.5, 7.1, 11.0),
    (2, "rigid"): (1.4, 2.8, 4.5),
    (2, "flexible"): (2.3, 4.5, 7.1),
}
"""(group, support) → zone boundaries A/B, B/C, C/D, broadband velocity RMS in mm/s, 10-1000 Hz."""


STATES = ("RUN", "IDLE", "DOWN", "SETUP", "MAINT", "OFFLINE")
"""What a machine does; OFFLINE is ours: it has not been heard for longer than it should be silent."""

_SAID_AS = {
    "RUNNING": "RUN", "EXECUTE": "RUN", "EXECUTING": "RUN", "PRODUCTION": "RUN", "ON": "RUN",
    "STANDBY": "IDLE", "STOPPED": "IDLE", "HELD": "IDLE", "SUSPENDED": "IDLE", "OFF": "IDLE",
    "FAULT": "DOWN", "ERROR": "DOWN", "ABORTED": "DOWN", "ALARM": "DOWN",
    "SET-UP": "SETUP", "CHANGEOVER": "SETUP", "MAINTENANCE": "MAINT",
}  # fmt: skip
"""Words of other vendors (PackML, OPC UA for Machinery) for our states."""


def machine_state(said: str) -> str | None:
    """The state a machine's own word stands for; None where we do not know the word.

    >>> machine_state("running"), machine_state("DOWN"), machine_state("42")
    ('RUN', 'DOWN', None)
    """
    word = said.strip().upper()
    word = _SAID_AS.get(word, word)
    return word if word in STATES[:-1] else None


class SignalDefault(NamedTuple):
    """A signal every machine of a kind has; limits are None where none applies."""

    name: str
    quantity: str
    """Key of `lineshaft.domain.signals.SIGNALS`."""
    unit: str
    every_s: float
    low_low: float | None = None
    low: float | None = None
    high: float | None = None
    high_high: float | None = None


class MachineKind(NamedTuple):
    """What machines of one kind have in common."""

    key: str
    name_en: str
    name_zh: str
    iso_group: int
    """1: above 300 kW, 2: 15 to 300 kW; 0: no vibration zone applies."""
    support: Support
    signals: tuple[SignalDefault, ...]
    failure_modes: tuple[str, ...] = ()
    """Keys of `lineshaft.domain.failure_modes.FAILURE_MODES`; none: any that its signals can show."""


def _signals(*special: SignalDefault, temp_high: float, vib_high: float) -> tuple[SignalDefault, ...]:
    return (
        SignalDefault("state", "state", "", 10.0),
        SignalDefault("temp", "temperature", "Cel", 1.0, high=temp_high, high_high=temp_high + 10.0),
        SignalDefault("vib", "vibration", "mm/s", 1.0, high=vib_high, high_high=round(vib_high * 1.6, 1)),
        *special,
    )


KINDS: dict[str, MachineKind] = {
    kind.key: kind
    for kind in (
        MachineKind(
            "pump", "Pump", "泵", 2, "rigid",
            _signals(
                SignalDefault("current", "current", "A", 1.0, high=48.0, high_high=55.0),
                SignalDefault("pressure", "pressure", "bar", 1.0, 2.0, 2.8, 7.5, 8.5),
                SignalDefault("flow", "flow", "L/min", 1.0, low=60.0),
                temp_high=75.0, vib_high=4.5,
            ),
            ("bearing", "unbalance", "misalignment", "cavitation", "overheating", "leak", "blockage"),
        ),
        MachineKind(
            "motor", "Motor", "电机", 2, "flexible",
            _signals(
                SignalDefault("current", "current", "A", 1.0, high=95.0, high_high=110.0),
                SignalDefault("speed", "speed", "r/min", 1.0, high=1_560.0, high_high=1_650.0),
                temp_high=90.0, vib_high=7.1,
            ),
            ("bearing", "unbalance", "misalignment", "overheating", "electrical"),
        ),
        MachineKind(
            "press", "Press", "压力机", 1, "rigid",
            _signals(
                SignalDefault("current", "current", "A", 1.0, high=190.0, high_high=220.0),
                SignalDefault("pressure", "pressure", "bar", 1.0, high=240.0, high_high=265.0),
                SignalDefault("cycle_s", "cycle", "s", 5.0, high=9.0),
                SignalDefault("count", "count", "1", 5.0),
                temp_high=70.0, vib_high=7.1,
            ),
            ("valve leak", "leak", "overheating", "overload", "bearing"),
        ),
        MachineKind(
            "conveyor", "Conveyor", "输送机", 2, "flexible",
            _signals(
                SignalDefault("current", "current", "A", 1.0, high=28.0, high_high=34.0),
                SignalDefault("speed", "speed", "r/min", 1.0, high=130.0),
                SignalDefault("load", "load", "%", 1.0, high=95.0, high_high=110.0),
                temp_high=70.0, vib_high=7.1,
            ),
            ("bearing", "misalignment", "belt slip", "overload", "overheating"),
        ),
        MachineKind(
            "cnc", "CNC machine", "数控机床", 2, "rigid",
            _signals(
                SignalDefault("current", "current", "A", 1.0, high=75.0, high_high=90.0),
                SignalDefault("speed", "speed", "r/min", 1.0, high=12_500.0),
                SignalDefault("load", "load", "%", 1.0, high=100.0, high_high=120.0),
                SignalDefault("cycle_s", "cycle", "s", 5.0),
                SignalDefault("count", "count", "1", 5.0),
                temp_high=65.0, vib_high=4.5,
            ),
            ("tool wear", "bearing", "unbalance", "overload", "overheating", "looseness"),
        ),
    )
}  # fmt: skip
"""Key → kind. A plant may describe its own; what is in neither has no default signals and no zone."""


def vibration_limits(
    kind: str, kinds: Mapping[str, MachineKind] = KINDS
) -> tuple[float, float, float] | None:
    """Zone boundaries A/B, B/C, C/D in mm/s RMS of a machine kind; None where no zone applies."""
    found = kinds.get(kind)
    return VIBRATION_LIMITS.get((found.iso_group, found.support)) if found else None


def vibration_zone(velocity_mm_s: float, limits: tuple[float, float, float]) -> str:
    """The zone of a vibration velocity RMS; a boundary value belongs to the lower zone.

    >>> vibration_zone(2.8, VIBRATION_LIMITS[2, "rigid"]), vibration_zone(2.9, VIBRATION_LIMITS[2, "rigid"])
    ('B', 'C')
    """
    return ZONES[bisect_left(limits, velocity_mm_s)]
