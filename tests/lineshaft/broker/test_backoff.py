import random

from lineshaft.broker.backoff import Backoff


def test_waits_double_up_to_the_cap_and_start_again_after_a_reset() -> None:
    class Full(random.Random):
        def uniform(self, _: float, b: float) -> float:
            return b

    backoff = Backoff(1, 30, Full())
    assert [backoff.next_s() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next_s() == 1


def test_waits_are_spread_from_nothing_to_the_bound() -> None:
    waits = [
        Backoff(1, 30, random.Random(seed)).next_s()  # noqa: S311 — a spread, no secret
        for seed in range(200)
    ]
    assert min(waits) < 0.1
    assert max(waits) > 0.9
