"""The kinds of sensor: one row each. A new kind of sensor is a new row.

A row gives what is physically possible (readings outside are marked bad), how much of the span is noise to
an alarm (deadband), how the value is written, and the words for it.
"""

from typing import NamedTuple


class Quantity(NamedTuple):
    """What a signal measures, whoever makes the sensor."""

    key: str
    unit: str
    """UCUM code."""
    low: float
    """Below it the reading is implausible: a sensor fault, not a process value."""
    high: float
    deadband: float
    """Share of the alarm limit a value must return by before its alarm clears (domain facts, ISA-18.2)."""
    decimals: int
    name_en: str
    name_zh: str
    change: float = 0.10
    """Share of its usual level that a change must reach to mean something to the machine; ours."""
    least: float = 0.0
    """And the least such change, in its unit: what process and weather do to any machine."""
    settles_s: float = 0.0
    """Time constant at most, with which it follows a change of what the machine does; 0: at once."""


SIGNALS: dict[str, Quantity] = {
    row.key: row
    for row in (
        #        key            unit     low      high       band  dec  English               Chinese
        Quantity("temperature", "Cel", -60.0, 1_400.0, 0.01, 1, "Temperature", "温度", 0.0, 5.0, 900.0),
        Quantity("vibration", "mm/s", 0.0, 200.0, 0.05, 2, "Vibration velocity", "振动速度", 0.25, 0.3),
        Quantity("acceleration", "m/s2", -5_000.0, 5_000.0, 0.05, 3, "Acceleration", "加速度", 0.25, 0.5),
        Quantity("current", "A", -10_000.0, 10_000.0, 0.03, 2, "Current", "电流", 0.08, 0.0),
        Quantity("voltage", "V", -100_000.0, 100_000.0, 0.02, 1, "Voltage", "电压", 0.05, 0.0),
        Quantity("power", "kW", -100_000.0, 100_000.0, 0.03, 2, "Power", "功率", 0.08, 0.0),
        Quantity("energy", "kW.h", 0.0, 1e12, 0.0, 1, "Energy", "电能"),
        Quantity("pressure", "bar", -1.0, 4_000.0, 0.02, 2, "Pressure", "压力", 0.08, 0.0),
        Quantity("flow", "L/min", -100_000.0, 100_000.0, 0.05, 1, "Flow", "流量", 0.08, 0.0),
        Quantity("level", "%", -5.0, 105.0, 0.05, 1, "Level", "液位"),
        Quantity("humidity", "%", 0.0, 100.0, 0.02, 1, "Humidity", "湿度", 0.0, 15.0, 900.0),
        Quantity("speed", "r/min", -200_000.0, 200_000.0, 0.02, 0, "Speed", "转速", 0.03, 0.0),
        Quantity("torque", "N.m", -1e6, 1e6, 0.03, 1, "Torque", "扭矩"),
        Quantity("force", "kN", -1e5, 1e5, 0.03, 1, "Force", "力"),
        Quantity("load", "%", -300.0, 300.0, 0.05, 1, "Load", "负载", 0.25, 5.0),
        Quantity("cycle", "s", 0.0, 86_400.0, 0.05, 2, "Cycle time", "节拍", 0.08, 0.0),
        Quantity("count", "1", 0.0, 1e15, 0.0, 0, "Count", "计数"),
        Quantity("velocity", "m/s", -1_000.0, 1_000.0, 0.02, 2, "Velocity", "速度"),
        Quantity("distance", "mm", -1e9, 1e9, 0.02, 2, "Distance", "距离"),
        Quantity("state", "", float("-inf"), float("inf"), 0.0, 0, "State", "状态"),
        # What nobody described: every finite number is believed.
        Quantity("", "", float("-inf"), float("inf"), 0.02, 3, "Value", "数值"),
    )
}
"""Key → row; the empty key is a signal whose quantity nobody named."""


def quantity(key: str) -> Quantity:
    """The row of a key, or that of an undescribed signal.

    >>> quantity("pressure").unit, quantity("no such").key
    ('bar', '')
    """
    return SIGNALS.get(key, SIGNALS[""])
