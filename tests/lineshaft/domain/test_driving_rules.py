import pytest

from lineshaft.domain.driving_rules import RULES, DriverHours, stops_s

HOUR_S, MINUTE_S = 3_600.0, 60.0
EU, US, CN = RULES["eu"], RULES["us"], RULES["cn"]


@pytest.mark.parametrize(
    ("key", "hours", "minutes"),
    [
        ("eu", 4.5, 0),
        ("eu", 4.6, 45),
        ("eu", 9.0, 45),
        ("eu", 9.1, 45 + 11 * 60),
        ("us", 8.0, 0),
        ("us", 8.5, 30),
        ("us", 11.5, 30 + 10 * 60),
        ("cn", 4.5, 20),
        ("cn", 8.5, 20 + 10 * 60),
        ("cn", 12.5, 2 * 20 + 10 * 60),
    ],
)
def test_breaks_and_rests_of_a_rested_driver(key: str, hours: float, minutes: float) -> None:
    assert stops_s(RULES[key], DriverHours(), hours * HOUR_S) == minutes * MINUTE_S


def test_what_was_driven_already_counts() -> None:
    hours = DriverHours()
    hours.move(4 * HOUR_S, driving=True, rule=EU)
    assert stops_s(EU, hours, 0.4 * HOUR_S) == 0
    assert stops_s(EU, hours, HOUR_S) == 45 * MINUTE_S


def test_a_standstill_as_long_as_a_break_is_one_and_a_short_one_is_not() -> None:
    for stood_s, left_s in ((44 * MINUTE_S, 45 * MINUTE_S), (45 * MINUTE_S, 0.0)):
        hours = DriverHours()
        hours.move(4.4 * HOUR_S, driving=True, rule=EU)
        hours.move(stood_s, driving=False, rule=EU)
        hours.move(60.0, driving=True, rule=EU)
        assert stops_s(EU, hours, HOUR_S) == left_s


def test_of_a_break_under_way_only_the_rest_is_still_to_come() -> None:
    hours = DriverHours()
    hours.move(4.5 * HOUR_S, driving=True, rule=EU)
    hours.move(30 * MINUTE_S, driving=False, rule=EU)
    assert stops_s(EU, hours, HOUR_S) == 15 * MINUTE_S


def test_a_night_makes_a_new_day() -> None:
    hours = DriverHours()
    hours.move(9 * HOUR_S, driving=True, rule=EU)
    assert stops_s(EU, hours, HOUR_S) == 11 * HOUR_S
    hours.move(11 * HOUR_S, driving=False, rule=EU)
    assert stops_s(EU, hours, HOUR_S) == 0


def test_many_days_end() -> None:
    total = stops_s(US, DriverHours(), 110 * HOUR_S)
    assert total == 9 * US.rest_s + 10 * US.break_s
    assert stops_s(CN, DriverHours(), 0.0) == 0
