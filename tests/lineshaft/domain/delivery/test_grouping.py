"""When a group speaks: what came back after its acknowledgement is news, what is critical does not wait."""

from typing import Any

from lineshaft.clock import SECOND_US
from lineshaft.domain.delivery import grouping
from lineshaft.domain.delivery.notices import Notice
from lineshaft.domain.delivery.policies import Policy

PACE: dict[str, Any] = {"wait_s": 1, "wait_most_s": 30, "interval_s": 300, "group_by": ()}
START_US = 1_763_700_000_000_000
Change = tuple[float, str, str]
"""(second, alarm, state); a state that ends with `!` is one somebody has acknowledged."""


def told(
    *changes: Change, priority: int = 3, until_s: float = 900, **pace: Any
) -> list[tuple[float, list[str]]]:
    """When a group's one address is told, and which alarms then fire."""
    policy = Policy("all", **(PACE | pace))
    group = grouping.begin(policy, (), START_US)
    said, waiting = [], sorted(changes)
    for tick in range(round(until_s * 2)):
        now_us = START_US + tick * SECOND_US // 2
        while waiting and waiting[0][0] <= tick / 2:
            _, name, state = waiting.pop(0)
            notice = Notice(
                name, name, "hot", priority, state.rstrip("!"), "", now_us, now_us, tick + 1,
                is_answered=state.endswith("!"),
            )  # fmt: skip
            grouping.take(group, policy, notice, now_us)
        if group.next_us > now_us or grouping.is_over(group):
            continue
        found = grouping.due(group, lambda _: False)
        if grouping.is_news(group.told.get("li"), found, policy, now_us):
            grouping.hear(group, "li", found, now_us)
            if found.firing or policy.send_resolved:
                said.append((tick / 2, sorted(one.notice.source for one in found.firing)))
        grouping.settle(group, policy, found, now_us)
    return said


RAISED: Change = (0, "a", "unacknowledged")


def test_what_comes_and_goes_unseen_is_told_once() -> None:
    assert told(RAISED, (10, "a", "returned"), (20, "a", "unacknowledged")) == [(1.0, ["a"])]


def test_what_comes_back_after_it_was_acknowledged_is_told_again() -> None:
    answered = (RAISED, (10, "a", "acknowledged!"), (20, "a", "normal!"), (30, "a", "unacknowledged"))
    assert told(*answered) == [(1.0, ["a"]), (301.0, ["a"])]


def test_it_is_told_again_also_where_ends_are_not_told() -> None:
    others = ((0, "b", "unacknowledged"), (5, "a", "acknowledged!"), (20, "a", "normal!"))
    back = (400, "a", "unacknowledged")
    assert told(RAISED, *others, back, send_resolved=False) == [(1.0, ["a", "b"]), (601.0, ["a", "b"])]


def test_a_critical_one_joins_at_once_a_group_that_was_told() -> None:
    joins = (RAISED, (10, "b", "unacknowledged"))
    assert told(*joins, priority=2) == [(1.0, ["a"]), (301.0, ["a", "b"])]
    assert told(*joins, priority=1) == [(1.0, ["a"]), (11.0, ["a", "b"])]


def test_a_critical_one_that_comes_back_after_its_acknowledgement_does_not_wait() -> None:
    answered = (RAISED, (10, "a", "acknowledged!"), (20, "a", "normal!"), (40, "a", "unacknowledged"))
    assert told(*answered, priority=1) == [(1.0, ["a"]), (41.0, ["a"])]


def test_a_storm_of_critical_ones_comes_in_few_messages() -> None:
    storm = [(n / 10, f"m{n}", "unacknowledged") for n in range(600)]
    messages = told(*storm, priority=1, until_s=300)
    assert len(messages) <= 4
    assert len(messages[-1][1]) == 600
