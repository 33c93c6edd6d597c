"""Conditions and acts of one rule at one source, at places in a journal, for tests."""

from typing import Any

from lineshaft.domain.alarm_states import ACTS, Event
from lineshaft.domain.alarms import Act, Alarm, Condition, ConditionChange

NOW = 1_763_700_000_000_000
SOURCE, RULE = "press-1", "threshold:temp"


def at(pos: int) -> int:
    """When the row of a position was received."""
    return NOW + pos * 1_000_000


def change(pos: int, *, active: bool = True, priority: int = 3, **more: Any) -> ConditionChange:
    """The condition at a position."""
    condition = Condition(SOURCE, RULE, active, priority, "alarm.high", value=float(pos), **more)
    return ConditionChange(condition, "hall1", at(pos), pos)


def act(alarm: Alarm, event: Event, pos: int, *, one_shot: bool = False, for_s: int = 3600) -> Act:
    """What somebody does who sees the alarm as it is."""
    return Act(
        alarm_id=alarm.alarm_id,
        event=event,
        by="li" if event in ACTS else "stream",
        comment="why not" if event in ACTS else None,
        at_us=at(pos),
        seen_pos=alarm.annunciated_pos,
        pos=pos,
        source=alarm.source,
        rule=alarm.rule,
        until_us=at(pos + for_s) if event is Event.SHELVE else None,
        one_shot=one_shot,
    )
