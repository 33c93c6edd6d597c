"""How old readings are when their results are committed, counted for many at once."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from lineshaft.clock import SECOND_US
from lineshaft.domain.readings import Flag
from lineshaft.domain.results import Bundle

BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""5 s is the promise of 99.9 % of readings."""
NO_MEASURE: Final = Flag.LATE | Flag.CLOCK_BAD
"""What was sent late on purpose, or has no time to go by."""


class Latency(Collector):
    """A histogram; the library's own takes one value at a time, which is too slow for each reading."""

    def __init__(self, name: str, text: str) -> None:
        """Shown in this process's metrics from now on."""
        self.name = name
        self.text = text
        self.counts = np.zeros(len(BUCKETS_S) + 1, np.int64)
        self.sum_s = 0.0
        REGISTRY.register(self)

    def committed(self, bundles: Iterable[Bundle], now_us: int) -> None:
        """Count the live readings of bundles that are committed now.

        A device's clock that is ahead is put right by the time of receipt. One that is behind cannot be told
        from a long way.
        """
        for bundle in bundles:
            rows = bundle.readings
            ts_us = rows.ts_us[rows.flags & NO_MEASURE == 0]
            late_s = np.maximum(now_us - np.minimum(ts_us, bundle.received_us), 0) / SECOND_US
            self.counts += np.bincount(np.searchsorted(BUCKETS_S, late_s), minlength=len(self.counts))
            self.sum_s += float(late_s.sum())

    def collect(self) -> Iterable[Metric]:
        """See prometheus_client."""
        below = np.cumsum(self.counts).tolist()
        edges = [*map(str, BUCKETS_S), "+Inf"]
        family = HistogramMetricFamily(self.name, self.text)
        family.add_metric([], [*zip(edges, below, strict=True)], self.sum_s)
        yield family


EVENT_TO_COMMIT: Final = Latency(
    "lineshaft_event_to_commit_latency_seconds",
    "From a live reading's own time, at the latest its receipt, to the commit of its results",
)
