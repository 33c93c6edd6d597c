"""Forecasts of a shard's machines: by the minute, and never missing because a model was swapped."""

import json

import numpy as np
import pytest

from lineshaft.detect.prognosis.failure import ModelError
from lineshaft.detect.prognosis.indicators import QUANTITIES, Seen
from model_rows import row, saying
from stream.steps.forecasts import Forecasts

WINDOW_US = 5_000_000
START_US = 1_795_000_020_000_000
KINDS = ["pump", "press", "pump"]


def watched(score: float = 0.1) -> tuple[Forecasts, int]:
    """Three machines, seen for two minutes; and when."""
    forecasts = Forecasts()
    forecasts.grow(3)
    at_us = START_US
    for _ in range(25):
        at_us += WINDOW_US
        see(forecasts, at_us, score)
    return forecasts, at_us


def see(forecasts: Forecasts, at_us: int, score: float = 0.1) -> None:
    ones = np.ones(3)
    seen = Seen(score * ones, 90 * ones, np.nan * ones, 0 * ones, ones, np.full((3, len(QUANTITIES)), np.nan))
    forecasts.see(np.arange(3, dtype=np.int32), np.full(3, at_us), seen, KINDS, 1)


def test_a_model_speaks_of_every_known_machine_from_its_row_on() -> None:
    forecasts, at_us = watched()
    assert forecasts.foreseen(0) == (None, None)
    forecasts.take_model(row(saying(0.3), kind="pump"), KINDS, at_us, 2)
    assert forecasts.p_24h[:3].tolist() == pytest.approx([0.3, np.nan, 0.3], nan_ok=True)
    assert forecasts.model[:3].tolist() == ["failure-pump-1", "", "failure-pump-1"]


def test_swap_rollback_and_demotion_leave_no_gap() -> None:
    forecasts, at_us = watched()
    first, second = row(saying(0.3)), row(saying(0.6), version=2)
    said = []
    for body in (first, second, first, row(saying(0.3), role="advisory"), None):
        if body:
            forecasts.take_model(body, KINDS, at_us, 2)
        for _ in range(15):
            at_us += WINDOW_US
            see(forecasts, at_us)
            assert not np.isnan(forecasts.p_24h[:3]).any()
        said.append((round(float(forecasts.p_24h[0]), 3), bool(forecasts.is_advisory[0])))
    assert said == [(0.3, False), (0.6, False), (0.3, False), (0.3, True), (0.3, True)]


def test_a_broken_model_leaves_what_was_foreseen() -> None:
    forecasts, at_us = watched()
    forecasts.take_model(row(saying(0.3)), KINDS, at_us, 2)
    with pytest.raises(ModelError):
        forecasts.take_model(row(saying(0.6), version=2, sha256="0" * 64), KINDS, at_us, 3)
    assert forecasts.p_24h[0] == pytest.approx(0.3)


def test_a_mended_machine_begins_a_new_life_and_a_false_alarm_does_not_count_as_one() -> None:
    forecasts, at_us = watched(score=0.8)
    forecasts.take_model(row(saying(0.9, above=0.5)), KINDS, at_us, 2)
    assert sorted(one.device for one in forecasts.take_forewarnings()) == [0, 1, 2]
    for machine, verdict in (("pump-1", "true"), ("pump-3", "false")):
        label = {"machine": machine, "verdict": verdict, "to": at_us // 1000, "mode": "bearing"}
        forecasts.take_label(json.dumps(label).encode(), ["pump-1", "press-2", "pump-3"])
    old = {"machine": "press-2", "verdict": "true", "to": at_us // 1000 - 3 * 86_400_000}
    assert forecasts.take_label(json.dumps(old).encode(), ["pump-1", "press-2", "pump-3"]) == []
    for window in range(1, 26):
        see(forecasts, at_us + window * WINDOW_US, score=0.45)
    assert (forecasts.p_24h[:3] > 0.5).tolist() == [False, True, True]


def test_a_shard_without_machines_takes_models_too() -> None:
    forecasts = Forecasts()
    forecasts.take_model(row(saying(0.3)), [], START_US, 1)
    assert list(forecasts.models.held) == ["failure-all-1"]
