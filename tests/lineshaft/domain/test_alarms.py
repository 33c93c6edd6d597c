"""The table of edges: that all of it can happen, and nothing beside it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from alarm_script import NOW, act, at, change
from lineshaft.domain.alarm_states import ACTS, SHOWN, TRANSITIONS, UPON_RULE, Event, State, is_legal
from lineshaft.domain.alarm_steps import NOT_LEGAL, UNSEEN_CHANGE, apply_act, apply_condition, rebuild
from lineshaft.domain.alarms import Act, Alarm, Condition, ConditionChange, Entry

CONDITIONS: list[dict[str, Any]] = [
    {"active": active, "priority": priority, "suppressed": suppressed, "latching": latching, "auto_ack": auto}
    for active, priority, suppressed, latching, auto in product(
        (True, False), (2, 3), (None, "machine_off", "parent_down"), (False, True), (False, True)
    )
]


def what_may_come(alarm: Alarm | None, pos: int) -> Iterator[tuple[Alarm, Entry]]:
    for condition in CONDITIONS:
        step = apply_condition(alarm, change(pos, **condition))
        if step:
            yield step
    if alarm is None:
        return
    for event, one_shot in product((*ACTS, Event.EXPIRE), (False, True)):
        seen_pos = alarm.shelved.pos if event is Event.EXPIRE and alarm.shelved else alarm.annunciated_pos
        step = apply_act(alarm, replace(act(alarm, event, pos, one_shot=one_shot), seen_pos=seen_pos))
        if step and not step[1].is_refused:
            yield step


def kind(alarm: Alarm) -> tuple[object, ...]:
    """What an alarm's future depends on."""
    return (
        alarm.state, alarm.active, alarm.latched, alarm.latching, alarm.auto_ack, alarm.suppressed,
        alarm.priority, alarm.shelved and alarm.shelved.one_shot,
    )  # fmt: skip


def everything() -> Iterator[tuple[Alarm | None, Alarm, Entry]]:
    """Every step from every kind of alarm there can be."""
    known, waiting = set(), deque[Alarm | None]([None])
    while waiting:
        before = waiting.popleft()
        for after, entry in what_may_come(before, before.pos + 1 if before else 1):
            yield before, after, entry
            if kind(after) not in known:
                known.add(kind(after))
                waiting.append(after)


def test_every_edge_of_the_table_can_be_taken_and_no_other() -> None:
    taken = {(entry.from_state, entry.event, entry.to_state) for _, _, entry in everything()}
    table = {(state, event, after) for (state, event), afters in TRANSITIONS.items() for after in afters}
    assert taken == table


def test_every_line_says_who_when_why_and_what_changed() -> None:
    for before, after, entry in everything():
        assert entry.by == ("li" if entry.event in ACTS else "stream")
        assert (entry.at_us, entry.pos) == (at(entry.pos), after.pos)
        assert entry.to_state is after.state
        assert entry.comment or entry.event not in {Event.SHELVE, Event.TAKE_OUT, Event.SUPPRESS}
        if before is None:
            assert rebuild([entry]) == after


def test_an_alarm_is_shown_while_its_condition_holds_unless_it_is_kept_quiet() -> None:
    for _, after, _ in everything():
        is_quiet = bool(after.suppressed or after.shelved or after.out_of_service)
        if after.active:
            assert (after.state in SHOWN) is not is_quiet
        assert (after.state is State.SHELVED) is bool(after.shelved)
        assert (after.state is State.OUT_OF_SERVICE) is bool(after.out_of_service)


def test_who_asks_nobody_is_never_unacknowledged_by_itself() -> None:
    shown = [(entry, after) for before, after, entry in everything() if after.auto_ack and entry.annunciates]
    assert shown
    assert {after.state for _, after in shown} == {State.ACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED}


def test_a_latched_alarm_is_let_go_by_nothing_but_a_reset() -> None:
    ends = {
        entry.event
        for before, after, entry in everything()
        if before and before.latched and after.state is State.NORMAL
    }
    assert ends == {Event.RESET}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", ACTS)
def test_an_act_that_a_state_does_not_allow_is_written_down_and_changes_nothing(
    state: State, event: Event
) -> None:
    step = apply_condition(None, change(1))
    assert step
    alarm = replace(step[0], state=state)
    if is_legal(state, event):
        return
    again = apply_act(alarm, act(alarm, event, 2))
    assert again
    assert again[0] == alarm
    assert again[1].detail == {"refused": NOT_LEGAL}


def test_an_acknowledgement_does_not_cover_what_its_giver_could_not_see() -> None:
    raised = apply_condition(None, change(1))
    assert raised
    escalated = apply_condition(raised[0], change(3, priority=2))
    assert escalated
    step = apply_act(escalated[0], act(raised[0], Event.ACK, 4))
    assert step
    assert step[0] == escalated[0]
    assert step[1].detail == {"refused": UNSEEN_CHANGE}


def test_an_escalation_asks_for_a_new_acknowledgement_and_easing_does_not() -> None:
    alarm = play(change(1), Event.ACK, change(3, priority=2))
    assert (alarm.state, alarm.acked_by) == (State.UNACKNOWLEDGED, None)
    alarm = play(change(1, priority=2), Event.ACK, change(3))
    assert (alarm.state, alarm.priority, alarm.acked_by) == (State.ACKNOWLEDGED, 3, "li")


def test_what_was_shelved_comes_back_as_what_it_has_become() -> None:
    assert play(change(1), Event.SHELVE, Event.UNSHELVE).state is State.UNACKNOWLEDGED
    assert play(change(1), Event.SHELVE, change(3, active=False), Event.UNSHELVE).state is State.NORMAL
    quiet = play(change(1), Event.SHELVE, change(3, suppressed="machine_off"), Event.UNSHELVE)
    assert (quiet.state, quiet.suppressed) == (State.SUPPRESSED, "machine_off")


def test_underneath_a_shelving_the_condition_goes_on() -> None:
    alarm = play(change(1), Event.SHELVE, change(3, active=False), change(4, priority=1), Event.UNSHELVE)
    assert (alarm.state, alarm.count, alarm.priority) == (State.UNACKNOWLEDGED, 2, 1)


def test_a_shelving_begun_again_is_not_ended_by_the_time_of_the_first() -> None:
    first = play(change(1), Event.SHELVE)
    again = apply_act(first, act(first, Event.SHELVE, 3))
    assert again
    ends = replace(act(first, Event.EXPIRE, 9), seen_pos=2)
    assert apply_act(again[0], ends) is None
    step = apply_act(again[0], replace(ends, seen_pos=3))
    assert step
    assert step[0].state is State.UNACKNOWLEDGED


def test_what_is_out_of_service_was_shelved_no_longer() -> None:
    alarm = play(change(1), Event.SHELVE, Event.TAKE_OUT, Event.GIVE_BACK)
    assert (alarm.state, alarm.shelved) == (State.UNACKNOWLEDGED, None)


def test_only_acts_upon_the_rule_open_what_is_closed() -> None:
    opening = {event for (state, event) in TRANSITIONS if state is State.NORMAL} & set(ACTS)
    assert opening == {Event.SHELVE, Event.TAKE_OUT, Event.COMMENT}
    assert opening - {Event.COMMENT} < UPON_RULE


def test_a_condition_survives_its_fact() -> None:
    condition = Condition("press-1", "zone", True, 2, "alarm.zone", None, None, {"zone": "D"})  # noqa: FBT003 - a field
    assert Condition.from_body("press-1", condition.to_body()) == condition
    assert "suppressed" not in condition.to_body()
    special = replace(condition, suppressed="parent_down", latching=True, auto_ack=True)
    assert Condition.from_body("press-1", special.to_body()) == special


def play(first: ConditionChange, *then: ConditionChange | Event) -> Alarm:
    """The alarm after a script; acts are at the position of their place in it."""
    step = apply_condition(None, first)
    assert step
    alarm, entries = step[0], [step[1]]
    for pos, one in enumerate(then, 2):
        made = (
            apply_act(alarm, act(alarm, one, pos)) if isinstance(one, Event) else apply_condition(alarm, one)
        )
        assert made
        alarm = made[0]
        entries.append(made[1])
    assert rebuild(entries) == alarm
    return alarm


def test_a_tick_ends_only_the_shelving_it_is_for() -> None:
    alarm = play(change(1))
    nothing = Act(alarm.alarm_id, Event.EXPIRE, "stream", None, NOW, 1, 5)
    assert apply_act(alarm, nothing) is None
