"""Alarm rules, one file a kind; a new kind is a file and a line in `RULES`."""

from collections.abc import Callable

from stream.rules.anomaly import Anomaly
from stream.rules.base import Rule
from stream.rules.failure import Failure
from stream.rules.sensor import Sensor
from stream.rules.stale import Stale
from stream.rules.threshold import Threshold
from stream.rules.written import Written
from stream.rules.zone import Zone

RULES: tuple[Callable[[], Rule], ...] = (Threshold, Anomaly, Failure, Zone, Sensor, Stale, Written)
"""Each shard makes its own of each, keeps them with its state, and asks them in this order.

The written ones come last: they may count what the others raised."""
