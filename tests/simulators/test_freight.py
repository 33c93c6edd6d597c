import numpy as np

from lineshaft.domain.journeys import planned
from simulators import freight
from simulators.base import SECOND_US
from simulators.routes import WAYS
from simulators.trips import Order

HOUR_US = 3600 * SECOND_US


def test_a_load_has_an_appointment_and_pallets_whose_check_digits_are_right() -> None:
    order = Order(WAYS["hz-sh"], 0, 123_456_789)
    shipment = planned({"id": "SH-1", **freight.detail(1, order, 7_200_000)}, 0, 0)  # refuses wrong ones
    assert shipment.promised_us == (7_200_000 + freight.AFTER_MS) * 1000
    assert len({unit.sscc for unit in shipment.cargo}) >= 3
    assert [limit.signal for limit in shipment.limits] == ["temperature"]


def test_a_reefer_is_mostly_cold_and_now_and_then_too_warm() -> None:
    at_us = np.arange(0, 24 * HOUR_US, 20 * SECOND_US, dtype=np.float64)
    found = freight.temperature(7, 1, at_us)
    too_warm = float((found > freight.HIGH).mean())
    assert 0.01 < too_warm < 0.15
    assert float((found < freight.LOW).mean()) < 0.01
