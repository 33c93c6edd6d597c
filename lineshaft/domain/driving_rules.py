"""How long a driver may drive before a break or a rest, as tables; and the stops that a way ahead needs.

Simplified to what an arrival time needs: continuous and daily driving. Weekly and fortnightly limits, split
breaks and exceptions are left to who plans the drivers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

HOUR_S: Final = 3_600.0


@dataclass(slots=True, frozen=True)
class DrivingRule:
    """Limits of driving; seconds."""

    key: str
    source: str
    drive_s: float
    """Driving after which a break is due."""
    break_s: float
    day_s: float
    """Driving after which a daily rest is due."""
    rest_s: float


RULES: Final[Mapping[str, DrivingRule]] = {
    rule.key: rule
    for rule in (
        DrivingRule(
            "eu", "Regulation (EC) 561/2006, articles 6-8",
            4.5 * HOUR_S, 0.75 * HOUR_S, 9 * HOUR_S, 11 * HOUR_S,
        ),
        DrivingRule(
            "us", "49 CFR 395.3, property-carrying", 8 * HOUR_S, 0.5 * HOUR_S, 11 * HOUR_S, 10 * HOUR_S
        ),
        DrivingRule(
            "cn", "Road Traffic Safety Law regulations, article 62; 8 h a day is usual practice",
            4 * HOUR_S, HOUR_S / 3, 8 * HOUR_S, 10 * HOUR_S,
        ),
    )
}  # fmt: skip
"""By the key that a shipment names; none is assumed."""


@dataclass(slots=True)
class DriverHours:
    """What is known of a driver's day from the vehicle's moves alone."""

    since_break_s: float = 0.0
    since_rest_s: float = 0.0
    still_s: float = 0.0

    def move(self, seconds: float, *, driving: bool, rule: DrivingRule) -> None:
        """Time passes; a standstill as long as a break or a rest counts as one."""
        if driving:
            self.still_s = 0.0
            self.since_break_s += seconds
            self.since_rest_s += seconds
            return
        self.still_s += seconds
        if self.still_s >= rule.break_s:
            self.since_break_s = 0.0
        if self.still_s >= rule.rest_s:
            self.since_rest_s = 0.0


def stops_s(rule: DrivingRule, hours: DriverHours, drive_s: float) -> float:
    """Breaks and rests still to be taken on so much driving.

    >>> eu = RULES["eu"]
    >>> [stops_s(eu, DriverHours(), hours * 3600) / 60 for hours in (4, 5, 9.5)]
    [0.0, 45.0, 705.0]

    Args:
        rule: the limits.
        hours: of the driver until now.
        drive_s: driving still to come.
    """
    total, left = 0.0, drive_s
    since_break, since_rest = hours.since_break_s, hours.since_rest_s
    # The part of the break that is under way has been taken.
    taken = min(hours.still_s, rule.break_s)
    while True:
        until_break, until_rest = max(rule.drive_s - since_break, 0.0), max(rule.day_s - since_rest, 0.0)
        room = min(until_break, until_rest)
        if left <= room:
            return max(total - (taken if total else 0.0), 0.0)
        left -= room
        if until_rest <= until_break:  # a rest is a break as well
            total += rule.rest_s
            since_rest = 0.0
        else:
            total += rule.break_s
            since_rest += room
        since_break = 0.0
