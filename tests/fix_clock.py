"""A clock that stands still until a test moves it."""

import pytest

from lineshaft.clock import SECOND_US

START_US = 1_700_000_000 * SECOND_US


class FakeClock:
    """A `lineshaft.clock.Clock` in a test's hands; also fit where a monotonic clock is asked for."""

    def __init__(self, now_us: int = START_US) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        return self.now_us

    def advance_s(self, seconds: float) -> int:
        """Move on and give the new instant; negative steps back, as a machine's clock may."""
        self.now_us += round(seconds * SECOND_US)
        return self.now_us


@pytest.fixture
def clock() -> FakeClock:
    """2023-11-14T22:13:20Z."""
    return FakeClock()
