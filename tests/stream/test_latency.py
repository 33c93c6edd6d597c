"""The histogram of how old readings are when they are committed."""

import numpy as np
from prometheus_client.registry import REGISTRY

from lineshaft.domain.readings import Flag
from lineshaft.domain.results import Bundle, ReadingRows
from stream.latency import Latency

NOW_US = 1_790_000_000_000_000


def bundle(ages_s: list[float], flags: list[int]) -> Bundle:
    ts_us = NOW_US - (np.array(ages_s) * 1e6).astype(np.int64)
    rows = ReadingRows(
        np.zeros(len(ages_s), np.int32), ts_us, np.zeros(len(ages_s)), flags=np.array(flags, np.uint8)
    )
    return Bundle(3, 1, 2, NOW_US - 80_000, readings=rows)


def test_live_readings_are_counted_by_age_and_a_clock_ahead_by_its_receipt() -> None:
    latency = Latency("lineshaft_test_latency_seconds", "Only here")
    latency.committed([bundle([0.3, 0.3, -20.0, 7200.0], [0, 0, 0, Flag.LATE])], NOW_US)
    latency.committed([Bundle(4, 1, 2)], NOW_US)

    def shown(suffix: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(f"lineshaft_test_latency_seconds{suffix}", labels)

    assert [shown("_bucket", le=edge) for edge in ("0.05", "0.1", "0.25", "0.5", "+Inf")] == [0, 1, 1, 3, 3]
    assert shown("_count") == 3
    assert abs((shown("_sum") or 0) - 0.68) < 1e-6
    REGISTRY.unregister(latency)
