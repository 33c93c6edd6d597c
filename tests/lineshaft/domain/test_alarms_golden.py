"""Published examples: OPC 10000-9 (OPC UA Part 9, Alarms & Conditions), Annex B.1.2, Table B.1.

Its Confirm is a second acknowledgement, which ISA-18.2 and this machine do not have: its rows 4 and 8 are
left out, and Retain is as of a condition that needs no Confirm: kept while it is active or not acknowledged.
Annex B.1.5 (on-delay, off-delay, re-alarm) is a drawing without figures.
Source: https://reference.opcfoundation.org/Core/Part9/v105/docs/B.1.2
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from alarm_script import act, change
from lineshaft.domain.alarm_states import UNSEEN, Event, State
from lineshaft.domain.alarm_steps import apply_act, apply_condition

if TYPE_CHECKING:
    from lineshaft.domain.alarms import Alarm

TABLE_B1 = [
    # (what happens, Active, Acked, Retain)
    ("active", True, False, True),
    ("acknowledged", True, True, True),
    ("inactive", False, True, False),
    ("active", True, False, True),
    ("inactive", False, False, True),
    ("acknowledged", False, True, False),
]


def test_one_condition_through_its_two_cycles() -> None:
    alarm: Alarm | None = None
    found = []
    for pos, (what, *_) in enumerate(TABLE_B1, 1):
        if what == "acknowledged":
            assert alarm
            step = apply_act(alarm, act(alarm, Event.ACK, pos))
        else:
            step = apply_condition(alarm, change(pos, active=what == "active"))
        assert step
        alarm = step[0]
        found.append((what, alarm.active, alarm.state not in UNSEEN, alarm.state is not State.NORMAL))
    assert found == TABLE_B1


@pytest.mark.parametrize(
    ("event", "back"),
    [(Event.UNSHELVE, State.UNACKNOWLEDGED), (Event.EXPIRE, State.UNACKNOWLEDGED)],
)
def test_a_timed_shelving_ends_by_hand_or_by_its_time(event: Event, back: State) -> None:
    """OPC 10000-9, 5.8.17: TimedShelved → Unshelved by Unshelve, or when UnshelveTime is over."""
    step = apply_condition(None, change(1))
    assert step
    step = apply_act(step[0], act(step[0], Event.SHELVE, 2))
    assert step
    shelved = step[0].shelved
    assert shelved
    step = apply_act(step[0], replace(act(step[0], event, 3), seen_pos=shelved.pos))
    assert step
    assert step[0].state is back


def test_a_one_shot_shelving_ends_when_the_condition_goes_away() -> None:
    """OPC 10000-9, 5.8.17: OneShotShelved → Unshelved when the alarm becomes inactive."""
    step = apply_condition(None, change(1))
    assert step
    step = apply_act(step[0], act(step[0], Event.SHELVE, 2, one_shot=True))
    assert step
    step = apply_condition(step[0], change(3, active=False))
    assert step
    assert (step[0].state, step[0].shelved) == (State.NORMAL, None)
    again = apply_condition(step[0], change(4))
    assert again
    assert again[0].state is State.UNACKNOWLEDGED
