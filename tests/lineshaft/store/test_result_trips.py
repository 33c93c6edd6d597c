"""Trips, stops and visits as bundles bring them: written again where they turn out to go on."""

from collections.abc import Iterator
from math import nan

import pytest

from lineshaft.domain.readings import DeviceKey
from lineshaft.domain.results import Bundle, Device, LegRow, VisitRow
from lineshaft.domain.trips import Leg
from lineshaft.store.bundles import Memory, write
from lineshaft.store.database import Connection, connect

pytestmark = pytest.mark.database

T_US = 1_790_000_000_000_000
TRUCK = DeviceKey("hangzhou", "fleet-1", "truck-1")


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url, role="lineshaft_stream") as connection:
        yield connection


def bundle(first: int, last: int, legs: list[LegRow], visits: list[VisitRow]) -> Bundle:
    devices = (Device(TRUCK, None),)
    return Bundle(3, first, last, T_US, devices=devices, legs=legs, visits=visits)


def leg(to_us: int, idle_s: float = nan, kind: str = "stop") -> Leg:
    return Leg(kind, T_US, to_us, 30.0, 120.0, 30.0, 120.0, 0.0, idle_s, 0.0)


def test_a_stop_that_goes_on_is_one_row_and_a_visit_ends_in_its_own(conn: Connection) -> None:
    memory = Memory()
    came = VisitRow(0, "yard", 2, T_US, None, 3)
    first = bundle(1, 5, [LegRow(0, 4, leg(T_US + 60_000_000))], [came])
    went = came._replace(left_us=T_US + 90_000_000, pos=8)
    second = bundle(6, 10, [LegRow(0, 9, leg(T_US + 120_000_000, 30.0))], [went])
    write(conn, [first], memory)
    write(conn, [second, first], memory)
    legs = conn.execute("SELECT kind, ended - began, idle_s, pos FROM leg").fetchall()
    assert [(kind, lasted.seconds, idle, pos) for kind, lasted, idle, pos in legs] == [("stop", 120, 30.0, 9)]
    visits = conn.execute("SELECT fence, version, departed - entered FROM visit").fetchall()
    assert [(fence, version, lasted.seconds) for fence, version, lasted in visits] == [("yard", 2, 90)]
