"""The 24 machines of the simulated plant, and what each signal is while the machine works.

Kinds, signal names, units and limits are those of `lineshaft.domain.machines`; here stand only the levels.
"""

from typing import NamedTuple


class Machine(NamedTuple):
    """One simulated machine."""

    id: str
    kind: str
    line: str
    name_en: str
    name_zh: str


class Level(NamedTuple):
    """A signal's value by operating mode, and how it moves."""

    run: float
    """At full load."""
    idle: float
    setup: float
    down: float
    noise: float
    """Standard deviation from one second to the next."""
    wander: float
    """Standard deviation of the slow part, shared with the load where `follows` says so."""
    follows: float = 0.0
    """Share of the slow part that comes from the machine's load: makes its signals move together."""
    lag_s: float = 0.0
    """Time constant: a housing warms slowly."""


# Vibration of a healthy machine lies in zone A, whatever its wear; only faults leave it.
LEVELS: dict[str, dict[str, Level]] = {
    "pump": {
        "temp": Level(58.0, 38.0, 34.0, 26.0, 0.15, 1.6, 0.6, 300.0),
        "vib": Level(1.0, 0.35, 0.3, 0.03, 0.08, 0.05, 0.5),
        "current": Level(36.0, 9.0, 6.0, 0.0, 0.35, 1.6, 0.9),
        "pressure": Level(5.2, 3.6, 3.4, 0.2, 0.05, 0.22, 0.7),
        "flow": Level(128.0, 84.0, 78.0, 0.0, 1.2, 5.0, 0.9),
    },
    "motor": {
        "temp": Level(68.0, 42.0, 36.0, 26.0, 0.18, 1.9, 0.7, 420.0),
        "vib": Level(1.6, 0.5, 0.4, 0.03, 0.11, 0.07, 0.4),
        "current": Level(74.0, 21.0, 14.0, 0.0, 0.7, 3.4, 0.95),
        "speed": Level(1478.0, 1494.0, 480.0, 0.0, 1.5, 4.0, -0.9),
    },
    "press": {
        "temp": Level(52.0, 40.0, 36.0, 27.0, 0.15, 1.4, 0.6, 600.0),
        "vib": Level(1.6, 0.6, 0.8, 0.04, 0.16, 0.07, 0.5),
        "current": Level(142.0, 38.0, 30.0, 0.0, 2.4, 6.0, 0.9),
        "pressure": Level(205.0, 120.0, 60.0, 5.0, 1.6, 5.0, 0.8),
        "cycle_s": Level(6.2, 0.0, 0.0, 0.0, 0.06, 0.12, 0.3),
    },
    "conveyor": {
        "temp": Level(48.0, 36.0, 33.0, 26.0, 0.15, 1.3, 0.6, 360.0),
        "vib": Level(1.5, 0.5, 0.4, 0.03, 0.10, 0.07, 0.4),
        "current": Level(19.5, 7.5, 5.0, 0.0, 0.3, 1.1, 0.9),
        "speed": Level(108.0, 60.0, 30.0, 0.0, 0.5, 1.0, -0.4),
        "load": Level(58.0, 4.0, 0.0, 0.0, 1.8, 7.0, 0.95),
    },
}
"""Machine kind → signal → level."""

_LAYOUT = {
    "line-1": ("pump", "pump", "motor", "motor", "press", "conveyor"),
    "line-2": ("pump", "motor", "press", "press", "conveyor", "conveyor"),
    "line-3": ("pump", "pump", "motor", "press", "press", "conveyor"),
    "line-4": ("pump", "motor", "motor", "press", "conveyor", "conveyor"),
}
_NAMES = {
    "pump": ("Coolant pump", "冷却泵"),
    "motor": ("Drive motor", "驱动电机"),
    "press": ("Press", "压力机"),
    "conveyor": ("Conveyor", "输送机"),
}


def _machines() -> tuple[Machine, ...]:
    found = []
    for number, (line, kinds) in enumerate(_LAYOUT.items(), 1):
        for place, kind in enumerate(kinds, 1):
            english, chinese = _NAMES[kind]
            tag = f"{number}{place:02}"
            found.append(Machine(f"{kind}-{tag}", kind, line, f"{english} {tag}", f"{chinese} {tag}"))
    return tuple(found)


MACHINES = _machines()
