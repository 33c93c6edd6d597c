"""What people do to alarms, as the plant flow finds it in the journal, and the end of what they put aside."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from lineshaft.domain.alarm_states import Event
from lineshaft.domain.alarms import STREAM, Act, Alarm
from lineshaft.store.alarm_changes import act_of
from lineshaft.store.facts import Control


@dataclass(slots=True)
class Shelvings:
    """Every shelving that has begun, until its time is over.

    Whether it was ended or replaced before, the alarm's row says: the end of one that is over ends nothing.
    """

    ends: dict[tuple[int, UUID], tuple[int, str, str]] = field(default_factory=dict)
    """(position of the act, alarm) → when it ends, source and rule."""

    @classmethod
    def of(cls, alarms: Iterable[Alarm]) -> "Shelvings":
        """Those of alarms as they are."""
        return cls({
            (alarm.shelved.pos, alarm.alarm_id): (alarm.shelved.until_us, alarm.source, alarm.rule)
            for alarm in alarms
            if alarm.shelved
        })  # fmt: skip

    def begin(self, act: Act) -> None:
        """Remember a shelving; other acts are none."""
        if act.event is Event.SHELVE and act.until_us is not None:
            self.ends[act.pos, act.alarm_id] = (act.until_us, act.source, act.rule)

    def pass_time(self, at_us: int, pos: int) -> list[Act]:
        """The ends of those whose time is over at a tick, in the order in which they were begun."""
        due = sorted(key for key, (until_us, _, _) in self.ends.items() if until_us <= at_us)
        ended = []
        for began, alarm_id in due:
            _, source, rule = self.ends.pop((began, alarm_id))
            ended.append(
                Act(alarm_id, Event.EXPIRE, STREAM, None, at_us, began, pos, source=source, rule=rule)
            )
        return ended


def acts_of(row: Control) -> list[Act]:
    """The acts that a control row tells, one an alarm.

    Raises:
        KeyError, TypeError, ValueError: its body is of another shape.
    """
    body: dict[str, Any] = orjson.loads(row.body)
    return [
        act_of(row.pos, UUID(one["alarm_id"]), one["source"], one["rule"], body | one)
        for one in body["alarms"]
    ]


def ack_of(row: Control) -> Act:
    """The acknowledgement that a control row tells, of journals from before there were other acts.

    Raises:
        KeyError, TypeError, ValueError: its body is of another shape.
    """
    body: dict[str, Any] = orjson.loads(row.body)
    return act_of(row.pos, UUID(body["alarm_id"]), "", "", body | {"act": Event.ACK})
