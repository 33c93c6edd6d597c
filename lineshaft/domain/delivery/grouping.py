"""When a group of alarms is told, and to whom it is news: the pace of Prometheus' Alertmanager.

A group waits, is told, and is told again when something was added or has ended, at most once an interval,
or when what still needs an answer was last said long ago. What differs from Alertmanager 0.25: a new group
waits for quiet (`wait_s`) up to a limit (`wait_most_s`; with both equal it is as there), what has been
acknowledged is not repeated, what became more urgent or came back after it was acknowledged is news, and what
is critical does not wait for the interval.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from lineshaft.clock import SECOND_US
from lineshaft.domain.delivery.notices import Notice
from lineshaft.domain.delivery.policies import Policy

NEVER_US = 1 << 62
CRITICAL = 1
"""Priority."""

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Member:
    """An alarm in a group."""

    notice: Notice
    urgent: int = 0
    """Position at which it last became more urgent; 0: it did not."""
    level: int = 0
    """Steps of the escalation that were taken."""
    answered: bool = False
    """Whether somebody had acknowledged it before it came back."""

    @property
    def mark(self) -> str:
        """What was told: the same alarm that became more urgent is told anew."""
        return f"{self.notice.key}\n{self.urgent}"


@dataclass(slots=True, frozen=True)
class Told:
    """What an address heard last."""

    firing: frozenset[str]
    resolved: frozenset[str]
    at_us: int


@dataclass(slots=True)
class Group:
    """Alarms that share messages, and what was said of them."""

    policy: str
    labels: Labels
    next_us: int
    """When it is due."""
    latest_us: int
    """Until when its first message may be put off."""
    is_told: bool = False
    """Whether its first message is out."""
    members: dict[str, Member] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    """Address → what it heard."""
    hurried_us: int = 0
    """When something critical last made it due."""


@dataclass(slots=True, frozen=True)
class Round:
    """What a group has to say when it is due; who is mute is in neither list."""

    firing: tuple[Member, ...]
    resolved: tuple[Member, ...]

    @property
    def told(self) -> tuple[frozenset[str], frozenset[str]]:
        """The marks of both."""
        return frozenset(one.mark for one in self.firing), frozenset(one.mark for one in self.resolved)


def begin(policy: Policy, labels: Labels, now_us: int) -> Group:
    """A new group, without members."""
    latest_us = now_us + round(max(policy.wait_most_s, policy.wait_s) * SECOND_US)
    return Group(policy.key, labels, now_us + round(policy.wait_s * SECOND_US), latest_us)


def take(group: Group, policy: Policy, notice: Notice, now_us: int) -> None:
    """Take in a change; an older one than is known changes nothing."""
    member = group.members.get(notice.key)
    if member is None:
        group.members[notice.key] = Member(notice, answered=notice.is_answered)
        if not group.is_told:
            group.next_us = min(now_us + round(policy.wait_s * SECOND_US), group.latest_us)
        elif _calls(notice):
            _hurry(group, policy, now_us)
        return
    if notice.order < member.notice.order:
        return
    is_anew = notice.is_firing and not member.notice.is_firing
    is_news = notice.event == "escalate" or (member.answered and notice.needs_answer)
    if is_news:
        member.urgent = notice.order
    member.level = 0 if is_anew or is_news else member.level
    member.answered = notice.is_answered or (member.answered and not notice.needs_answer)
    member.notice = notice
    if (is_anew or is_news) and group.is_told and _calls(notice):
        _hurry(group, policy, now_us)


def _calls(notice: Notice) -> bool:
    return notice.priority == CRITICAL and notice.needs_answer


def _hurry(group: Group, policy: Policy, now_us: int) -> None:
    """Have a group told before its interval is over; a storm of critical ones still comes in few messages."""
    again_us = group.hurried_us + round(policy.wait_most_s * SECOND_US)
    if again_us <= now_us:
        group.hurried_us, again_us = now_us, now_us + round(policy.wait_s * SECOND_US)
    group.next_us = min(group.next_us, again_us)


def due(group: Group, is_mute: Callable[[Notice], bool]) -> Round:
    """What a group would say now."""
    audible = [one for one in group.members.values() if not is_mute(one.notice)]
    return Round(
        tuple(one for one in audible if one.notice.is_firing),
        tuple(one for one in audible if not one.notice.is_firing),
    )


def is_news(told: Told | None, now: Round, policy: Policy, now_us: int) -> bool:
    """Whether an address that heard `told` has to hear a round (Alertmanager's `needsUpdate`)."""
    firing, resolved = now.told
    if told is None:
        return bool(firing)
    if not firing <= told.firing:
        return True
    if not firing:
        # What was raised and ended between two messages was never told and is no news.
        return bool(told.firing) and bool(resolved)
    if policy.send_resolved and not resolved <= told.resolved:
        return True
    needs_answer = any(one.notice.needs_answer for one in now.firing)
    return needs_answer and told.at_us < now_us - round(policy.repeat_s * SECOND_US)


def hear(group: Group, address: str, now: Round, now_us: int) -> None:
    """Note that an address was told a round."""
    firing, resolved = now.told
    group.told[address] = Told(firing, resolved, now_us)


def settle(group: Group, policy: Policy, now: Round, now_us: int, owed: Iterable[str] = ()) -> None:
    """End a round: what has ended is forgotten, unless someone in quiet hours is owed the news."""
    kept = set(owed)
    for member in now.resolved:
        if member.mark not in kept:
            group.members.pop(member.notice.key, None)
            if member.answered:  # should it come back, that is news to everybody
                group.told = {
                    address: replace(told, firing=told.firing - {member.mark})
                    for address, told in group.told.items()
                }
    group.is_told = True
    group.next_us = now_us + round(policy.interval_s * SECOND_US)


def is_over(group: Group) -> bool:
    """Whether nothing is left to say; asked when due, so that what returns at once meets the interval."""
    return not group.members


def overdue(group: Group, policy: Policy, is_mute: Callable[[Notice], bool], now_us: int) -> list[Member]:
    """Members whose next step of the escalation has come: nobody has acknowledged them for its time."""
    return [
        member
        for member in group.members.values()
        if _step_us(member, policy) <= now_us and not is_mute(member.notice)
    ]


def wake_us(group: Group, policy: Policy) -> int:
    """When to look at a group again."""
    return min([group.next_us, *(_step_us(member, policy) for member in group.members.values())])


def _step_us(member: Member, policy: Policy) -> int:
    if not member.notice.needs_answer or member.level >= len(policy.escalation):
        return NEVER_US
    return member.notice.since_us + round(policy.escalation[member.level].after_s * SECOND_US)
