from dataclasses import replace
from itertools import count
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lineshaft.domain.alarm_steps import apply_ack, apply_condition, rewind
from lineshaft.domain.alarms import (
    ACTIVE,
    TRANSITIONS,
    Ack,
    Alarm,
    Condition,
    ConditionChange,
    Entry,
    Event,
    State,
    alarm_id,
    transition,
)

NOW = 1_763_700_000_000_000

# What may come next: a condition (active, priority), or an acknowledgement of what is seen.
steps = st.lists(
    st.one_of(
        st.tuples(st.just("condition"), st.booleans(), st.integers(1, 4)),
        st.just(("ack", True, 0)),
    ),
    max_size=30,
)


def change(pos: int, *, active: bool = True, priority: int = 3) -> ConditionChange:
    condition = Condition("press-1", "threshold:temp", active, priority, "alarm.high", value=float(pos))
    return ConditionChange(condition, "hall1", NOW + pos, pos)


def play(script: list[tuple[str, bool, int]]) -> tuple[list[Alarm], dict[UUID, list[Entry]]]:
    """The alarms of one source and rule after a script, each kept as a store would keep it."""
    alarms: dict[UUID, Alarm] = {}
    entries: dict[UUID, list[Entry]] = {}
    open_id: UUID | None = None
    for pos, (kind, active, priority) in zip(count(1), script, strict=False):
        current = alarms[open_id] if open_id else None
        if kind == "ack":
            if current is None or transition(current.state, Event.ACK) is None:
                continue
            ack = Ack(current.alarm_id, "li", None, NOW + pos, current.pos, pos)
            alarm, entry = apply_ack(current, entries[current.alarm_id], ack)
        else:
            result = apply_condition(current, change(pos, active=active, priority=priority))
            if result is None:
                continue
            alarm, entry = result
        alarms[alarm.alarm_id] = alarm
        entries.setdefault(alarm.alarm_id, []).append(entry)
        open_id = None if alarm.state is State.NORMAL else alarm.alarm_id
    return list(alarms.values()), entries


@given(state=st.sampled_from(State), event=st.sampled_from(Event))
def test_every_event_in_every_state_is_legal_or_refused(state: State, event: Event) -> None:
    after = transition(state, event)
    assert after == TRANSITIONS.get((state, event))
    assert after is None or isinstance(after, State)


@given(script=steps)
def test_only_legal_edges_are_taken_and_each_has_who_when_and_where(
    script: list[tuple[str, bool, int]],
) -> None:
    _, entries = play(script)
    for lines in entries.values():
        state, pos = State.NORMAL, 0
        for entry in lines:
            assert entry.from_state is state
            assert transition(entry.from_state, entry.event) is entry.to_state
            assert entry.by in {"stream", "li"}
            assert entry.at_us == NOW + entry.pos
            assert entry.pos > pos
            state, pos = entry.to_state, entry.pos


@given(script=steps)
def test_one_alarm_at_most_is_not_normal(script: list[tuple[str, bool, int]]) -> None:
    alarms, _ = play(script)
    assert sum(alarm.state is not State.NORMAL for alarm in alarms) <= 1


@given(script=steps)
def test_the_alarm_is_active_exactly_while_the_condition_holds(script: list[tuple[str, bool, int]]) -> None:
    alarms, _ = play(script)
    conditions = [active for kind, active, _ in script if kind == "condition"]
    assert any(alarm.state in ACTIVE for alarm in alarms) == bool(conditions and conditions[-1])


@given(script=steps)
def test_the_journal_tells_the_state_of_each_alarm(script: list[tuple[str, bool, int]]) -> None:
    alarms, entries = play(script)
    for alarm in alarms:
        lines = entries[alarm.alarm_id]
        assert lines[0].event is Event.RAISE
        assert alarm.state is lines[-1].to_state
        assert alarm.pos == lines[-1].pos
        assert alarm.count == sum(line.event in {Event.RAISE, Event.RERAISE} for line in lines)
        assert alarm.alarm_id == alarm_id("press-1", "threshold:temp", lines[0].pos)


@given(script=steps, at=st.integers(0, 30))
def test_rewinding_gives_the_alarm_as_it_was_before_an_operator_was_quicker(
    script: list[tuple[str, bool, int]], at: int
) -> None:
    alarms, entries = play(script)
    for alarm in alarms:
        lines = entries[alarm.alarm_id]
        ahead = [line for line in lines if line.pos > at]
        if not ahead or len(ahead) == len(lines) or any(line.event is not Event.ACK for line in ahead):
            continue
        before, _ = play(script[:at])
        assert rewind(alarm, lines, at) == next(one for one in before if one.alarm_id == alarm.alarm_id)


def test_an_acknowledgement_does_not_cover_what_its_giver_could_not_see() -> None:
    raised = apply_condition(None, change(1))
    assert raised
    escalated = apply_condition(raised[0], change(3, priority=2))
    assert escalated
    alarm, entry = apply_ack(
        escalated[0], [raised[1], escalated[1]], Ack(raised[0].alarm_id, "li", None, NOW, 1, 4)
    )
    assert alarm == escalated[0]
    assert (entry.from_state, entry.to_state) == (State.UNACKNOWLEDGED, State.UNACKNOWLEDGED)


def test_an_escalation_asks_for_a_new_acknowledgement_and_easing_does_not() -> None:
    raised = apply_condition(None, change(1))
    assert raised
    acked, _ = apply_ack(raised[0], [raised[1]], Ack(raised[0].alarm_id, "li", "seen", NOW, 1, 2))
    worse = apply_condition(acked, change(3, priority=2))
    assert worse
    assert (worse[0].state, worse[0].acked_by) == (State.UNACKNOWLEDGED, None)
    seen = replace(worse[0], state=State.ACKNOWLEDGED, acked_by="li")
    better = apply_condition(seen, change(4, priority=3))
    assert better
    assert (better[0].state, better[0].priority, better[0].acked_by) == (State.ACKNOWLEDGED, 3, "li")


def test_a_condition_survives_its_fact() -> None:
    condition = Condition("press-1", "zone", True, 2, "alarm.zone", None, None, {"zone": "D"})  # noqa: FBT003 - a field
    assert Condition.from_body("press-1", condition.to_body()) == condition
