import numpy as np
import orjson
import pytest

from lineshaft.domain.geometry import distance_m
from lineshaft.domain.readings import Batch, Event, Fixes
from lineshaft.wire import codec
from lineshaft.wire.rejected import Rejected
from simulators.base import SECOND_US, Message
from simulators.fleet import FIX_EVERY_US, TRUCKS, Fleet, timetable
from simulators.routes import CITIES, WAYS
from simulators.trips import drive, planned_s

START = 1_795_294_800 * SECOND_US
MINUTE = 60 * SECOND_US


def decode(message: Message) -> list[object]:
    topic = f"lineshaft/v1/hangzhou/fleet-1/{message.device}/{message.kind}"
    return codec.decode(topic, orjson.dumps(message.body), "", message.sent_us)


@pytest.fixture(scope="module")
def half_hour() -> list[Message]:
    return Fleet(7, START, START).step(START + 30 * MINUTE)


def test_every_message_decodes_without_a_reject(half_hour: list[Message]) -> None:
    parts = [part for message in half_hour for part in decode(message)]
    said = [part for part in parts if isinstance(part, Rejected)]
    assert {(part.code, part.readings) for part in said} <= {("jammed", 0)}
    assert {type(part) for part in parts} - {Rejected} == {Batch, Fixes, Event}


def test_the_same_seed_tells_the_same_story_however_it_is_asked(half_hour: list[Message]) -> None:
    world = Fleet(7, START, START)
    parts = [m for k in range(1, 301) for m in world.step(START + k * SECOND_US // 2)]
    assert parts == [m for m in half_hour if m.sent_us <= START + 150 * SECOND_US]


def test_a_restarted_world_goes_on_and_says_again_what_is_on_board(half_hour: list[Message]) -> None:
    again = Fleet(7, START, START + 20 * MINUTE).step(START + 30 * MINUTE)
    later = [m for m in half_hour if m.sent_us > START + 20 * MINUTE]
    assert [m for m in again if m.kind == "gps"] == [m for m in later if m.kind == "gps"]
    known = {m.body["events"][0]["data"]["id"] for m in half_hour if m.kind == "evt"}
    assert {m.body["events"][0]["data"]["id"] for m in again if m.kind == "evt"} <= known


def test_trucks_move_at_a_trucks_speed_and_say_so(half_hour: list[Message]) -> None:
    for truck in (1, 4, 8, 20):
        fixes = [
            f for m in half_hour if m.device == f"truck-{truck:02}" for f in decode(m) if isinstance(f, Fixes)
        ]
        ts, lat, lon, said = (
            np.concatenate([getattr(f, name) for f in fixes]) for name in ("ts_us", "lat", "lon", "speed_ms")
        )
        order = np.argsort(ts)
        seconds = np.diff(ts[order]) / SECOND_US
        moved = distance_m(lat[order][:-1], lon[order][:-1], lat[order][1:], lon[order][1:])
        assert (moved / seconds).max() < 30.0
        assert said.max() < 28.0
        assert abs(float(np.median(moved / seconds - said[order][1:]))) < 1.0


def test_signal_is_lost_and_what_was_kept_comes_later_with_its_own_times(half_hour: list[Message]) -> None:
    held = [m for m in half_hour if m.kind == "gps" and len(m.body["fixes"]) > 1]
    assert held
    for message in held:
        assert message.body["ts"] * 1000 <= message.sent_us - 35 * SECOND_US
        assert message.body["fixes"][-1]["dt"] > 30_000
    due = TRUCKS * 30 * MINUTE // FIX_EVERY_US
    came = sum(len(m.body["fixes"]) for m in half_hour if m.kind == "gps")
    assert 0.9 * due < came < due


@pytest.mark.parametrize("hour", [0, 7, 17])
def test_a_demonstration_sees_arrivals_within_minutes_and_something_late(hour: int) -> None:
    start = START + hour * 60 * MINUTE
    trips = [table.trip(n) for t in range(TRUCKS) for table in [timetable(7, t, start)] for n in (0, 1, 2)]
    soon = [trip for trip in trips if start < trip.arrives_us <= start + 15 * MINUTE]
    assert len(soon) >= 4
    underway = [trip for trip in trips if trip.departs_us < start < trip.arrives_us]
    assert len(underway) >= 15
    late = [
        trip.arrives_us
        > trip.order.planned_us + (planned_s(trip.order.way, trip.order.planned_us) + 900) * SECOND_US
        for trip in trips
    ]
    assert 0.05 < np.mean(late) < 0.4


def test_a_trip_ends_before_the_truck_is_loaded_for_the_next() -> None:
    for truck in range(TRUCKS):
        table = timetable(7, truck, START)
        for number in range(8):
            trip = table.trip(number)
            assert trip.arrives_us < table.first_us + (number + 1) * table.half_us - 60 * SECOND_US
            assert (np.diff(trip.instants_us) >= 0).all()
            assert trip.metres[-1] == trip.order.way.line.length_m


def test_roads_are_a_little_longer_than_the_crow_flies() -> None:
    for way in WAYS.values():
        ends = way.stops[0], way.stops[-1]
        straight = float(distance_m(ends[0].lat, ends[0].lon, ends[1].lat, ends[1].lon))
        assert 1.0 < way.line.length_m / straight < 1.6, way.key


def test_each_stop_is_on_its_way() -> None:
    for way in WAYS.values():
        for stop, along_m in zip(way.stops, way.stops_m, strict=True):
            found_m, off_m = way.line.project(stop.lat, stop.lon)
            assert off_m < 5.0
            assert abs(found_m - along_m) < 5.0
    assert len(CITIES) >= 20


def test_the_plan_is_close_to_what_a_trip_without_incident_takes() -> None:
    ratios = []
    for truck in range(TRUCKS):
        order = timetable(7, truck, START).order(0)
        trip = drive(order)
        ratios.append(
            (trip.arrives_us - order.planned_us) / SECOND_US / planned_s(order.way, order.planned_us)
        )
    assert 0.9 < np.median(ratios) < 1.1
