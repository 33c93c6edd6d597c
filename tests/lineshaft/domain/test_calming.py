"""Suggested settings on a fixture that chatters: nine calls in ten fewer, no true alarm missed or late."""

import numpy as np
import pytest

from benchmarks.chatter import fixture
from lineshaft.domain.calming import suggest, true_alarms
from lineshaft.domain.rules.delays import Limits
from lineshaft.domain.rules.raising import Settings, annunciations

SETTINGS = Settings(Limits(True, (75.0,)))  # noqa: FBT003 - a field


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_chattering_tag_is_calmed_and_no_true_alarm_is_missed_or_late(seed: int) -> None:
    ts_us, value, planted = fixture(seed, hours=6)
    found = suggest(ts_us, value, SETTINGS)
    assert found is not None
    assert found.saved >= 0.9
    assert found.delay_s <= 60
    told = annunciations(ts_us, value, found.settings)
    for begin_us, end_us in planted:
        holds = (told.raised_us <= end_us) & ((told.cleared_us < 0) | (told.cleared_us > begin_us))
        assert told.raised_us[holds].min() <= begin_us + 60_000_000


def test_a_quiet_tag_needs_no_other_settings() -> None:
    ts_us = np.arange(3600, dtype=np.int64) * 1_000_000
    assert suggest(ts_us, np.full(3600, 60.0), SETTINGS) is None


def test_true_is_what_stays_for_a_minute() -> None:
    ts_us = np.arange(600, dtype=np.int64) * 1_000_000
    value = np.full(600, 70.0)
    value[100:150], value[300:400] = 80.0, 80.0
    assert true_alarms(ts_us, value, SETTINGS) == [(300_000_000, 399_000_000)]
