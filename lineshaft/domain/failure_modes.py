"""How machines fail: one row a failure mode, with what it does to which quantity and what to do about it.

The changes are what condition monitoring handbooks teach (ISO 13373-3 and -9 on vibration, the tables of ISO
17359 of faults against measured parameters, the Hydraulic Institute on cavitation; not read in the standards
themselves). `shows` is how often a developed fault of the mode shows the change, in round figures of ours.
Codes are written in the manner of ISO 14224's failure modes (not read in the standard).
"""

from typing import Literal, NamedTuple

Way = Literal["up", "down"]
Part = Literal["level", "spread"]


class Change(NamedTuple):
    """What a failure mode does to a quantity."""

    quantity: str
    """Key of `lineshaft.domain.signals.SIGNALS`."""
    part: Part
    way: Way
    shows: float
    """Share of developed faults that show it."""


class FailureMode(NamedTuple):
    """One way to fail."""

    key: str
    code: str
    name_en: str
    name_zh: str
    changes: tuple[Change, ...]
    advice: str
    """Key of what to do about it, as the screens word it."""
    often: float = 1.0
    """How common it is beside the others, in round figures of ours."""


def _up(quantity: str, shows: float, spread: float = 0.0) -> tuple[Change, ...]:
    level = Change(quantity, "level", "up", shows)
    return (level, Change(quantity, "spread", "up", spread)) if spread else (level,)


def _down(quantity: str, shows: float, spread: float = 0.0) -> tuple[Change, ...]:
    level = Change(quantity, "level", "down", shows)
    return (level, Change(quantity, "spread", "up", spread)) if spread else (level,)


SENSOR = "sensor"
"""Not of the machine: one signal changes alone, in a way no mode of the machine explains."""

FAILURE_MODES: dict[str, FailureMode] = {
    mode.key: mode
    for mode in (
        FailureMode(
            "bearing", "VIB-BRG", "Bearing damage", "轴承损坏",
            # Rough surfaces: impacts, so vibration grows and becomes uneven, then friction heats.
            (*_up("vibration", 0.95, 0.85), *_up("acceleration", 0.95, 0.85), *_up("temperature", 0.7),
             *_up("current", 0.35), *_up("power", 0.35)),
            # Surveys of motor failures (IEEE 493, EPRI) find four in ten of them.
            "check_bearing", 2.0,
        ),
        FailureMode(
            "unbalance", "VIB-UNB", "Unbalance", "不平衡",
            # A steady force once a turn: vibration without impacts and without heat.
            (*_up("vibration", 0.95, 0.3), *_up("acceleration", 0.8, 0.2), *_up("current", 0.15)),
            "balance",
        ),
        FailureMode(
            "misalignment", "VIB-MIS", "Misalignment", "不对中",
            # The coupling works against its bearings: vibration, driving power and some heat.
            (*_up("vibration", 0.9, 0.5), *_up("acceleration", 0.8, 0.4), *_up("current", 0.75),
             *_up("power", 0.75), *_up("temperature", 0.6)),
            "align",
        ),
        FailureMode(
            "looseness", "VIB-LOO", "Mechanical looseness", "机械松动",
            (*_up("vibration", 0.9, 0.9), *_up("acceleration", 0.9, 0.9),
             Change("speed", "spread", "up", 0.3)),
            "tighten", 0.5,
        ),
        FailureMode(
            "cavitation", "PRO-CAV", "Cavitation", "汽蚀",
            # Vapour instead of liquid: less head, less flow, less power, all of them restless.
            (*_down("pressure", 0.9, 0.85), *_down("flow", 0.9, 0.85), *_up("vibration", 0.8, 0.85),
             *_up("acceleration", 0.85, 0.85), *_down("current", 0.65), *_down("power", 0.65)),
            "check_suction",
        ),
        FailureMode(
            "blockage", "PRO-PLU", "Blockage", "堵塞",
            (*_up("pressure", 0.8), *_down("flow", 0.95), *_up("temperature", 0.4), *_down("current", 0.4)),
            "clear_line", 0.6,
        ),
        FailureMode(
            "leak", "PRO-ELP", "Leak", "泄漏",
            # A centrifugal pump gives more flow against less head, and takes more power for it.
            (*_down("pressure", 0.95), Change("flow", "level", "up", 0.4), *_up("current", 0.35),
             *_down("level", 0.8)),
            "find_leak", 0.6,
        ),
        FailureMode(
            "overheating", "OHE", "Overheating", "过热",
            # Cooling or winding: heat without a mechanical sign.
            (*_up("temperature", 0.97), *_up("current", 0.35), *_up("power", 0.35)),
            "check_cooling",
        ),
        FailureMode(
            "valve leak", "VAL-LCP", "Valve leaking inside", "阀内漏",
            # Oil flows past the valve: pressure is hard to hold, strokes take longer, throttled oil heats.
            (*_down("pressure", 0.9, 0.6), *_up("cycle", 0.85), *_up("temperature", 0.55),
             *_up("current", 0.45), *_up("power", 0.45)),
            "check_valves",
        ),
        FailureMode(
            "belt slip", "DRV-SLI", "Belt slipping", "皮带打滑",
            # The belt stays behind its drive, which has less to pull, and rubs itself warm.
            (*_down("speed", 0.9, 0.8), *_down("velocity", 0.9, 0.8), *_down("current", 0.8, 0.4),
             *_down("power", 0.8, 0.4), *_down("torque", 0.8), *_up("temperature", 0.65),
             *_up("vibration", 0.4)),
            "tension_belt",
        ),
        FailureMode(
            "overload", "OVL", "Overload", "过载",
            (*_up("load", 0.95), *_up("current", 0.95), *_up("power", 0.95), *_up("torque", 0.9),
             *_up("force", 0.8), *_up("temperature", 0.65), *_down("speed", 0.5), *_down("velocity", 0.5),
             *_up("cycle", 0.2)),
            "reduce_load",
        ),
        FailureMode(
            "tool wear", "TOO-WEA", "Tool wear", "刀具磨损",
            (*_up("load", 0.7), *_up("current", 0.8), *_up("power", 0.8), *_up("torque", 0.85),
             *_up("force", 0.85), *_up("vibration", 0.75, 0.5), *_up("temperature", 0.5)),
            "change_tool",
        ),
        FailureMode(
            "electrical", "ELF", "Electrical fault", "电气故障",
            (*_up("current", 0.6, 0.85), Change("voltage", "spread", "up", 0.6), *_down("voltage", 0.5),
             *_up("temperature", 0.6), *_up("vibration", 0.3)),
            "check_supply", 0.6,
        ),
        FailureMode(SENSOR, "INS", "Sensor fault", "传感器故障", (), "check_sensor"),
    )
}  # fmt: skip
"""Key → failure mode, in the order of the screens."""


def modes_of(kind: tuple[str, ...]) -> tuple[FailureMode, ...]:
    """The modes of these keys; where a kind names none, all that machines can have.

    >>> [mode.key for mode in modes_of(("bearing", "no such"))]
    ['bearing']
    """
    named = tuple(FAILURE_MODES[key] for key in kind if key in FAILURE_MODES)
    return named or tuple(mode for mode in FAILURE_MODES.values() if mode.changes)
