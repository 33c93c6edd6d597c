"""Head figures and rates, from rows and counters."""

from dataclasses import replace

from api.live import kpi
from api.live.rates import Meter
from lineshaft.store.shipments import ShipmentRow
from lineshaft.store.system import Counters
from lineshaft.store.vehicles import VehicleRow

NOW_MS = 1_700_000_000_000

TRUCK = VehicleRow(
    key="truck-1",
    name={"en": "Truck", "zh": "卡车"},
    kind="truck",
    ts=NOW_MS - 1000,
    lat=30.0,
    lon=120.0,
    speed_ms=20.0,
    heading_deg=0.0,
    trip_state="MOVING",
    state_since=NOW_MS,
    odometer_m=0.0,
    every_ms=5000.0,
    shipment=None,
)
SHIPMENT = ShipmentRow(
    id="SH-1",
    vehicle="truck-1",
    route="r",
    reference="",
    customer="",
    state="underway",
    planned_departure=None,
    planned_arrival=None,
    departed=None,
    arrived=None,
    eta_p10=None,
    eta_p50=None,
    eta_p90=None,
    eta_ts=None,
    remaining_m=None,
    late_ms=None,
    carrier=None,
    driver=None,
    orders=[],
    promised=None,
    grace_ms=900_000,
    late_p=None,
    stops_done=0,
    stops=1,
)


def test_a_silent_vehicle_is_not_moving() -> None:
    quiet = replace(TRUCK, key="truck-2", ts=NOW_MS - 61_000)
    never = replace(TRUCK, key="truck-3", ts=None)
    found = kpi.vehicle_figures([TRUCK, quiet, never], NOW_MS)
    assert found == {"total": 3, "moving": 1, "silent": 2}


def test_a_slow_tracker_may_be_quiet_for_ten_intervals() -> None:
    slow = replace(TRUCK, every_ms=60_000.0, ts=NOW_MS - 9 * 60_000)
    assert not kpi.is_silent(slow, NOW_MS)


def test_late_counts_from_a_quarter_of_an_hour_and_only_on_the_road() -> None:
    rows = [replace(SHIPMENT, late_ms=late) for late in (None, 0, 15 * 60_000, 15 * 60_000 + 1)]
    arrived = replace(SHIPMENT, state="arrived", late_ms=99_999_999)
    assert kpi.shipment_figures([*rows, arrived]) == {"underway": 4, "late": 1}


def counters(readings: int) -> Counters:
    return Counters(messages=readings, readings_in=readings * 4, stored=readings * 4, rejected=0)


def test_a_rate_is_the_difference_over_the_last_ten_seconds() -> None:
    meter = Meter()
    assert meter.add(0, counters(0)).readings_in_s is None
    for second in range(2, 40, 2):
        rates = meter.add(second * 1_000_000, counters(10 * second if second < 20 else 200))
        if second == 18:
            assert (rates.messages_s, rates.readings_in_s) == (10, 40)
    assert rates.messages_s == 0


def test_a_counter_that_went_back_starts_anew() -> None:
    meter = Meter()
    meter.add(0, counters(100))
    assert meter.add(2_000_000, counters(1)).messages_s is None
