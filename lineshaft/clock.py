"""The one place that asks what time it is.

Everything else is given a `Clock`, or a time, so that tests and replays decide what "now" means.
Instants are integers, microseconds since 1970-01-01 UTC, named `…_us`: they sort, subtract and go into
numpy and PostgreSQL without conversion of zones.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], int]
"""Gives the current instant in microseconds since 1970-01-01 UTC."""

SECOND_US = 1_000_000


def system_clock() -> int:
    """The machine's wall clock, in microseconds UTC."""
    return time.time_ns() // 1000


def monotonic_clock() -> int:
    """A clock that never goes back, in microseconds from an unknown start: for time-outs and rates."""
    return time.monotonic_ns() // 1000


def to_datetime(instant_us: int) -> datetime:
    """The aware UTC datetime of an instant; exact, no float between.

    >>> to_datetime(1_700_000_000_000_001).isoformat()
    '2023-11-14T22:13:20.000001+00:00'
    """
    seconds, micros = divmod(instant_us, SECOND_US)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def from_datetime(instant: datetime) -> int:
    """Microseconds UTC of an aware datetime.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * SECOND_US + since.microseconds
