from lineshaft.domain.alarms import Condition
from lineshaft.domain.journeys import Shipment, arrive, depart, planned
from stream.plant_exceptions import Exceptions, restored
from stream.plant_late import Estimate

MINUTE = 60_000_000
T0 = 1_763_700_000_000_000
DUE = T0 + 120 * MINUTE
STOPS = [
    {"id": "works", "lat": 30.3, "lon": 120.2, "kind": "pickup", "planned_depart_ms": T0 // 1000},
    {
        "id": "hub",
        "lat": 30.4,
        "lon": 120.4,
        "kind": "hub",
        "free_min": 30,
        "from_ms": (T0 + 60 * MINUTE) // 1000,
    },
    {"id": "port", "lat": 30.5, "lon": 120.9, "from_ms": T0 // 1000, "to_ms": DUE // 1000},
]
PLAN = planned({"id": "SH-1", "vehicle": "truck-01", "stops": STOPS}, T0, 1)
ROLLING = depart(PLAN, T0, 2)


def estimate(minute: int, p50: int, width: int = 10) -> Estimate:
    """Made at a minute; P50 in minutes against the promise."""
    middle = DUE + p50 * MINUTE
    return Estimate(T0 + minute * MINUTE, middle, middle - width * MINUTE, middle + width * MINUTE)


def told(conditions: list[Condition]) -> list[tuple[str, bool]]:
    return [(one.rule, one.active) for one in conditions]


def expect(exceptions: Exceptions, minutes: range, p50: int, *, late: bool = False) -> list[tuple[str, bool]]:
    return [
        one
        for minute in minutes
        for one in told(exceptions.expect(ROLLING, estimate(minute, p50), is_late=late))
    ]


def test_a_likely_delay_is_a_risk_after_a_minute_and_ends_lower_than_it_began() -> None:
    exceptions = Exceptions()
    assert expect(exceptions, range(1), -2) == []  # P(late) 0.40, but only once
    assert expect(exceptions, range(1, 4), -2) == [("risk:SH-1", True)]
    assert expect(exceptions, range(4, 8), -5) == []  # 0.26 is below its beginning, above its end
    assert expect(exceptions, range(8, 12), -8) == [("risk:SH-1", False)]


def test_one_wild_estimate_is_no_risk_and_a_late_shipment_is_none_either() -> None:
    exceptions = Exceptions()
    assert expect(exceptions, range(3), -30) == []
    assert expect(exceptions, range(3, 4), 5) == []
    assert expect(exceptions, range(4, 8), -30) == []
    assert expect(exceptions, range(8, 11), -1) == [("risk:SH-1", True)]
    assert expect(exceptions, range(11, 12), 9, late=True) == [("risk:SH-1", False)]


def test_a_stop_is_dwelled_at_beyond_its_free_time_from_the_appointment_on() -> None:
    exceptions = Exceptions()
    there = arrive(ROLLING, T0 + 40 * MINUTE, 3, "hub")
    assert told(exceptions.pass_time(there, T0 + 89 * MINUTE)) == []  # the appointment begins at 60
    assert told(exceptions.pass_time(there, T0 + 91 * MINUTE)) == [("dwell:SH-1:hub", True)]
    assert told(exceptions.pass_time(there, T0 + 92 * MINUTE)) == []
    gone = depart(there, T0 + 93 * MINUTE, 4, "hub")
    assert told(exceptions.pass_time(gone, T0 + 94 * MINUTE)) == [("dwell:SH-1:hub", False)]


def test_a_load_that_does_not_leave_dwells_at_its_first_stop() -> None:
    exceptions = Exceptions()
    plain = planned({"id": "SH-2", "vehicle": "truck-02", "planned_departure_ms": T0 // 1000}, T0, 1)
    assert told(exceptions.pass_time(plain, T0 + 29 * MINUTE)) == []
    assert told(exceptions.pass_time(plain, T0 + 31 * MINUTE)) == [("dwell:SH-2", True)]
    assert told(exceptions.pass_time(depart(plain, T0, 2), T0 + 32 * MINUTE)) == [("dwell:SH-2", False)]
    assert told(exceptions.pass_time(PLAN, T0 + 31 * MINUTE)) == [("dwell:SH-1:works", True)]


def test_a_plan_told_after_its_departure_gives_the_vehicle_time_to_be_heard_of() -> None:
    exceptions, told_us = Exceptions(), T0 + 199 * MINUTE
    late = planned({"id": "SH-3", "vehicle": "truck-03", "planned_departure_ms": T0 // 1000}, told_us, 1)
    assert told(exceptions.pass_time(late, told_us + MINUTE)) == []
    assert told(exceptions.pass_time(late, told_us + 31 * MINUTE)) == [("dwell:SH-3", True)]


def test_a_shipment_under_way_without_an_arrival_time_has_no_signal() -> None:
    exceptions = Exceptions()
    expect(exceptions, range(1), -60)
    assert told(exceptions.pass_time(ROLLING, T0 + 9 * MINUTE)) == []
    assert told(exceptions.pass_time(ROLLING, T0 + 11 * MINUTE)) == [("signal:SH-1", True)]
    assert expect(exceptions, range(12, 13), -60) == [("signal:SH-1", False)]


def breach(*, active: bool) -> Condition:
    arguments = {"shipment": "SH-1"}
    return Condition("truck-01", "breach:SH-1:temperature", active, 2, "alarm.breach", arguments=arguments)


def test_everything_ends_with_the_shipment_also_after_a_restart() -> None:
    exceptions = Exceptions()
    expect(exceptions, range(3), -1)
    there = arrive(ROLLING, T0, 3, "hub")
    exceptions.breach(breach(active=True))
    exceptions.pass_time(there, T0 + 100 * MINUTE)
    rules = {"risk:SH-1", "breach:SH-1:temperature", "dwell:SH-1:hub", "signal:SH-1"}
    assert {one.rule for one in exceptions.held.values()} == rules
    again = Exceptions(restored(exceptions.held.values()))
    assert again.held == exceptions.held
    assert set(told(again.end("SH-1"))) == {(rule, False) for rule in rules}
    assert again.end("SH-1") == []


def test_the_end_of_a_breach_nobody_was_told_of_is_not_told() -> None:
    exceptions = Exceptions()
    assert exceptions.breach(breach(active=False)) == []
    assert told(exceptions.breach(breach(active=True))) == [("breach:SH-1:temperature", True)]
    assert told(exceptions.breach(breach(active=False))) == [("breach:SH-1:temperature", False)]


def test_one_without_a_promise_is_never_at_risk() -> None:
    free: Shipment = depart(planned({"id": "SH-3", "vehicle": "truck-03"}, T0, 1), T0, 2)
    exceptions = Exceptions()
    found = [exceptions.expect(free, estimate(minute, 50), is_late=False) for minute in range(5)]
    assert found == [[]] * 5
