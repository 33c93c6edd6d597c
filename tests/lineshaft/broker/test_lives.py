import heapq
import random

import pytest

from lineshaft.broker.backoff import Backoff
from lineshaft.broker.lives import SETTLED_S, Lives

HALF_HOUR_S = 1_800.0


def turns_of_two(rng: random.Random) -> list[float]:
    """When either of two with one name connects: it ends the other's connection, which comes again."""
    lives = [Lives(Backoff(2, 60, rng)), Lives(Backoff(2, 60, rng))]
    due, holder, since_s, turns = [(0.0, 0), (0.5, 1)], None, 0.0, []
    while due and due[0][0] < HALF_HOUR_S:
        now_s, who = heapq.heappop(due)
        turns.append(now_s)
        if holder is not None and holder != who:
            wait_s = max(Backoff(1, 30, rng).next_s(), lives[holder].end(now_s - since_s))
            heapq.heappush(due, (now_s + wait_s, holder))
        holder, since_s = who, now_s
    return turns


@pytest.mark.parametrize("seed", range(20))
def test_two_with_one_name_take_turns_a_few_times_a_minute(seed: int) -> None:
    turns = turns_of_two(random.Random(seed))  # noqa: S311 - a spread, no secret
    assert len([at for at in turns if at < 60]) <= 20
    assert len([at for at in turns if at >= 60]) <= 29 * 4


def test_a_connection_that_lasts_ends_the_suspicion() -> None:
    lives = Lives()
    for _ in range(4):
        assert 0 <= lives.end(0.5) <= 2 * 2**4
    assert lives.is_contested(None)
    assert lives.is_contested(SETTLED_S)
    assert not lives.is_contested(40)
    assert lives.end(40) == 0
    assert lives.end(1) <= 2
    assert not lives.is_contested(None)


def test_one_that_is_cut_once_in_a_while_does_not_wait() -> None:
    lives = Lives()
    assert [lives.end(10) for _ in range(5)] == [0] * 5
