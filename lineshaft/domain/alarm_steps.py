"""The steps of an alarm that stream and operators share: a change in, the alarm and its journal line out.

A line's detail is what has become different, so the lines alone make the alarm again (`rebuild`).
"""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Final

from lineshaft.domain.alarm_states import ANNUNCIATIONS, SHOWN, TRANSITIONS, UNSEEN, Event, State, is_legal
from lineshaft.domain.alarms import (
    STREAM,
    Act,
    Alarm,
    Condition,
    ConditionChange,
    Entry,
    OutOfService,
    Shelving,
    alarm_id,
)

Step = tuple[Alarm, Entry]

UNSEEN_CHANGE: Final = "unseen"
"""An acknowledgement's refusal: the alarm has come up again since its giver looked."""
NOT_LEGAL: Final = "state"
"""An act's refusal: the alarm is not in a state in which this can be done."""

_ELSEWHERE: Final = {"alarm_id", "state", "updated_us", "pos", "cause_id", "group_key"}
"""What an entry says of an alarm outside its detail, and what is not its own affair."""


def event_of(alarm: Alarm | None, condition: Condition) -> Event | None:
    """What a condition means to an alarm that is not normal, or to none; None where it changes nothing.

    A condition is one event: where it comes or goes that is it, whatever else has changed with it.
    """
    if alarm is None:
        return Event.RAISE if condition.active else None
    if alarm.active != condition.active:
        return Event.RERAISE if condition.active else Event.CLEAR
    if not condition.active:
        return None
    if alarm.suppressed != condition.suppressed:
        return Event.SUPPRESS if condition.suppressed else Event.UNSUPPRESS
    if alarm.priority == condition.priority:
        return None
    return Event.ESCALATE if condition.priority < alarm.priority else Event.EASE


def apply_condition(alarm: Alarm | None, change: ConditionChange) -> Step | None:
    """The alarm after a change of its condition, and the journal's line; None where nothing changes.

    Args:
        alarm: the latest occurrence, if there is one.
        change: of the same source and rule.
    """
    current = None if alarm is None or alarm.state is State.NORMAL else alarm
    event = event_of(current, change.condition)
    if event is None:
        return None
    if current is None:
        new = _raised(change)
    elif event is Event.CLEAR:
        new = _cleared(current, change)
    else:
        new = _changed(current, change, event)
    why = change.condition.suppressed if event is Event.SUPPRESS else None
    if event is Event.CLEAR:  # a rule that is no more ends what it raised
        why = change.condition.arguments.get("why")
    alarm_after, entry = _settled(current, new, event, STREAM, why)
    return alarm_after, replace(entry, value=change.condition.value)


def apply_act(alarm: Alarm, act: Act) -> Step | None:
    """The alarm after an act, and the journal's line; None for an end of a shelving that is no more.

    An acknowledgement covers what its giver could have seen: where the alarm has come up again since, it
    changes nothing, and the line says so. So does that of an act that its state does not allow.

    Args:
        alarm: as it is at the act's place in the journal.
        act: upon this alarm, or upon its rule at its source.
    """
    if act.event is Event.EXPIRE and (alarm.shelved is None or alarm.shelved.pos != act.seen_pos):
        return None
    refusal = refusal_of(alarm, act)
    if refusal:
        entry = Entry(
            alarm.alarm_id, act.at_us, act.event, alarm.state, alarm.state, act.by, act.comment, alarm.value,
            act.pos, {"refused": refusal},
        )  # fmt: skip
        return alarm, entry
    new = replace(alarm, updated_us=act.at_us, pos=act.pos, **_done(act))
    return _settled(alarm, new, act.event, act.by, act.comment)


def refusal_of(alarm: Alarm, act: Act) -> str | None:
    """Why an act would change nothing; None where it does."""
    if not is_legal(alarm.state, act.event):
        return NOT_LEGAL
    if act.event is Event.ACK and alarm.annunciated_pos > act.seen_pos:
        return UNSEEN_CHANGE
    return None


def rebuild(entries: Iterable[Entry]) -> Alarm | None:
    """The alarm that its journal's lines make, in order; None of no lines.

    >>> rebuild([]) is None
    True
    """
    alarm = None
    for entry in entries:
        if not entry.is_refused:
            alarm = _evolved(alarm, entry)
    return alarm


def standing(alarm: Alarm, *, seen: bool) -> State:
    """The state of what is so: the one place where it is decided.

    Args:
        alarm: whose state is not looked at.
        seen: whether somebody has seen what the condition last did.
    """
    if alarm.out_of_service:
        return State.OUT_OF_SERVICE
    if alarm.shelved:
        return State.SHELVED
    if alarm.active and alarm.suppressed:
        return State.SUPPRESSED
    if alarm.active:
        return State.ACKNOWLEDGED if seen else State.UNACKNOWLEDGED
    if alarm.latched:
        return State.LATCHED_ACKNOWLEDGED if seen else State.LATCHED_UNACKNOWLEDGED
    return State.NORMAL if seen else State.RETURNED


def _is_seen(before: Alarm | None, after: Alarm, event: Event) -> bool:
    if event is Event.ACK:
        return True
    if event is Event.UNACK:
        return False
    if before is not None and before.state in SHOWN and event not in ANNUNCIATIONS:
        return before.state not in UNSEEN
    # It comes up: by the condition (ISA-18.2: shelved → unacknowledged, or normal), or asking nobody.
    return after.auto_ack or not (after.active or after.latched)


def _settled(before: Alarm | None, new: Alarm, event: Event, by: str, why: str | None) -> Step:
    """The alarm in the state that follows, and the line; a new annunciation forgets the old one's ack."""
    new = replace(new, latched=new.latched or (new.latching and new.active and not new.suppressed))
    state = standing(new, seen=_is_seen(before, new, event))
    was = before.state if before else State.NORMAL
    if state not in TRANSITIONS.get((was, event), ()):
        raise AssertionError(f"{was} - {event} -> {state} is no edge of an alarm")
    new = replace(new, state=state)
    if event in ANNUNCIATIONS and state in SHOWN:
        new = replace(new, annunciated_pos=new.pos, acked_us=None, acked_by=None, comment=None)
    detail = _difference(before, new)
    return new, Entry(
        new.alarm_id, new.updated_us, event, was, new.state, by, why, new.value, new.pos, detail
    )


def _done(act: Act) -> dict[str, Any]:
    """What an act changes, beside the state."""
    why = act.comment or ""
    until_us = act.at_us if act.until_us is None else act.until_us
    over = {"shelved": None, "out_of_service": None}
    changes: dict[Event, dict[str, Any]] = {
        Event.ACK: {"acked_us": act.at_us, "acked_by": act.by, "comment": act.comment},
        Event.UNACK: {"acked_us": None, "acked_by": None, "comment": act.comment},
        Event.RESET: {"latched": False},
        Event.SHELVE: {"shelved": Shelving(until_us, act.by, why, act.at_us, act.one_shot, act.pos)},
        Event.UNSHELVE: over,
        Event.EXPIRE: over,
        Event.TAKE_OUT: {"shelved": None, "out_of_service": OutOfService(act.by, why, act.at_us)},
        Event.GIVE_BACK: over,
        Event.COMMENT: {"comment": act.comment},
    }
    return changes[act.event]


def _raised(change: ConditionChange) -> Alarm:
    condition = change.condition
    return Alarm(
        alarm_id=alarm_id(condition.source, condition.rule, change.pos),
        source=condition.source,
        site=change.site,
        rule=condition.rule,
        priority=condition.priority,
        state=State.NORMAL,
        raised_us=change.at_us,
        updated_us=change.at_us,
        message=condition.message,
        arguments=condition.arguments,
        raised_pos=change.pos,
        pos=change.pos,
        annunciated_pos=0,
        value=condition.value,
        threshold=condition.threshold,
        latching=condition.latching,
        auto_ack=condition.auto_ack,
        suppressed=condition.suppressed,
    )


def _cleared(alarm: Alarm, change: ConditionChange) -> Alarm:
    ends = alarm.shelved is not None and alarm.shelved.one_shot
    return replace(
        alarm,
        active=False,
        suppressed=None,
        shelved=None if ends else alarm.shelved,
        updated_us=change.at_us,
        cleared_us=change.at_us,
        pos=change.pos,
    )


def _changed(alarm: Alarm, change: ConditionChange, event: Event) -> Alarm:
    """Raised again, worse or better, or kept quiet from now on or no longer."""
    condition = change.condition
    return replace(
        alarm,
        active=True,
        priority=condition.priority,
        updated_us=change.at_us,
        cleared_us=None,
        message=condition.message,
        arguments=condition.arguments,
        value=condition.value,
        threshold=condition.threshold,
        latching=condition.latching,
        auto_ack=condition.auto_ack,
        suppressed=condition.suppressed,
        count=alarm.count + (event is Event.RERAISE),
        pos=change.pos,
    )


def _difference(before: Alarm | None, after: Alarm) -> dict[str, Any]:
    """What has changed beside `_ELSEWHERE`, as JSON; of a new alarm all that is not as by default."""
    found: dict[str, Any] = {}
    for one in fields(Alarm):
        value = getattr(after, one.name)
        if one.name not in _ELSEWHERE and value != (getattr(before, one.name) if before else one.default):
            found[one.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    return value.to_body() if isinstance(value, Shelving | OutOfService) else value


def _evolved(alarm: Alarm | None, entry: Entry) -> Alarm:
    said = dict(entry.detail)
    if said.get("shelved"):
        said["shelved"] = Shelving(**said["shelved"])
    if said.get("out_of_service"):
        said["out_of_service"] = OutOfService(**said["out_of_service"])
    said |= {"state": entry.to_state, "updated_us": entry.at_us, "pos": entry.pos}
    return replace(alarm, **said) if alarm else Alarm(alarm_id=entry.alarm_id, **said)
