"""Upkeep makes plans' orders once, by the calendar and by meters; and the demo's kit is written once."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from fix_clock import FakeClock
from lineshaft.clock import to_datetime
from lineshaft.domain.maintenance import kit
from lineshaft.domain.plant import Plant, parse
from lineshaft.store import maintenance_kit, plan_orders, plans
from lineshaft.store.database import Connection, connect, connect_async
from lineshaft.store.plans import Plan
from lineshaft.store.plants import apply

pytestmark = pytest.mark.database

DEMO = Path(__file__).parents[3] / "deploy" / "demo"
DAY_S = 86_400


async def _planned(url: str, plant: Plant, plan: Plan, now_us: int) -> None:
    async with await connect_async(url) as conn:
        await apply(conn, plant, "test", now_us)
        await plans.add(conn, plan, "test", now_us, None)


def planned(url: str, plant: Plant, now_us: int, **said: object) -> UUID:
    plan = Plan(id=uuid4(), machine="pump-101", title="Look", **said)  # type: ignore[arg-type]  # of each test
    asyncio.run(_planned(url, plant, plan, now_us))
    return plan.id


def as_upkeep(url: str) -> Connection:
    return connect(url, role="lineshaft_upkeep")


def a_signal(conn: psycopg.Connection[tuple[object, ...]], now_us: int) -> object:
    [row] = conn.execute(
        "INSERT INTO signal (device_id, name, first_seen)"
        " SELECT device_id, 'current', %s FROM device WHERE device = 'pump-101' RETURNING signal_id",
        (to_datetime(now_us),),
    ).fetchall()
    return row[0]


def orders(url: str) -> list[tuple[object, ...]]:
    with connect(url) as conn:
        return conn.execute("SELECT occurrence, skipped, state FROM work_order ORDER BY number").fetchall()


def finish(url: str) -> None:
    with connect(url) as conn:
        conn.execute("UPDATE work_order SET state = 'done', finished = now()")


def test_what_passed_while_an_order_was_open_is_skipped_and_counted(
    database_url: str, plant: Plant, clock: FakeClock
) -> None:
    day = to_datetime(clock()).date()
    planned(database_url, plant, clock(), way="calendar", every=1.0, unit="day", starts=day, lead_days=0.0)
    with as_upkeep(database_url) as conn:
        assert plan_orders.make_due(conn, clock.advance_s(DAY_S)) == 1
        assert plan_orders.make_due(conn, clock.advance_s(3 * DAY_S)) == 0  # the first is not finished
        finish(database_url)
        assert plan_orders.make_due(conn, clock()) == 1
        assert plan_orders.make_due(conn, clock()) == 0
    assert orders(database_url) == [(1, 1, "done"), (4, 2, "open")]


def test_two_upkeeps_at_once_make_one_order(database_url: str, plant: Plant, clock: FakeClock) -> None:
    day = to_datetime(clock()).date()
    planned(database_url, plant, clock(), way="calendar", every=1.0, unit="week", starts=day, lead_days=9.0)
    with as_upkeep(database_url) as one:
        assert plan_orders.make_due(one, clock()) == 1
        one.execute("UPDATE maintenance_plan SET made = NULL")  # as if the other had read before
        one.commit()
        finish(database_url)
        assert plan_orders.make_due(one, clock()) == 0
    assert len(orders(database_url)) == 1


def test_running_hours_are_the_minutes_above_a_value_each_counted_once(
    database_url: str, plant: Plant, clock: FakeClock
) -> None:
    planned(
        database_url, plant, clock(), way="running", every=2.0, signal="current", above=5.0, lead_days=3.0
    )
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        signal = a_signal(conn, clock())
        conn.execute(
            "INSERT INTO reading_1m (bucket, signal_id, n, total, low, high)"
            " SELECT date_trunc('minute', %s::timestamptz) + n * interval '1 minute', %s, 60,"
            " 60 * CASE WHEN n %% 2 = 0 THEN 9 ELSE 1 END, 1, 9 FROM generate_series(0, 300) AS n",
            (to_datetime(clock()), signal),
        )
    with as_upkeep(database_url) as conn:
        assert [plan_orders.make_due(conn, clock.advance_s(3600)) for _ in range(5)] == [0, 0, 0, 0, 1]
        [total] = conn.execute("SELECT meter_total FROM maintenance_plan").fetchone() or ()
    assert total == pytest.approx(145 / 60, abs=0.02)  # half of the 290 minutes that are settled
    assert orders(database_url) == [(0, 0, "open")]


def test_a_counter_that_was_set_back_goes_on_counting(
    database_url: str, plant: Plant, clock: FakeClock
) -> None:
    planned(database_url, plant, clock(), way="counter", every=100.0, signal="current")
    made: list[int] = []
    for value in (950.0, 990.0, 30.0, 70.0):
        with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
            if not made:
                conn.execute(
                    "INSERT INTO latest_reading VALUES (%s, %s, 0, NULL, 0, 1)",
                    (a_signal(conn, clock()), to_datetime(clock())),
                )
            conn.execute("UPDATE latest_reading SET value = %s", (value,))
        with as_upkeep(database_url) as conn:
            made.append(plan_orders.make_due(conn, clock.advance_s(60)))
    assert made == [0, 0, 0, 1]  # 40 + 30 + 40


async def test_the_demos_kit_fits_its_plant_and_is_written_once(database_url: str, clock: FakeClock) -> None:
    plant = parse((DEMO / "plant.yaml").read_text("utf-8"))
    assert isinstance(plant, Plant)
    found = kit.parse((DEMO / "maintenance.yaml").read_text("utf-8"))
    assert {plan.machine for plan in found.plans} <= set(plant.machines)
    assert {part for plan in found.plans for part, _ in plan.parts} <= {part.key for part in found.parts}
    everything = len(found.teams) + len(found.parts) + len(found.plans)
    async with await connect_async(database_url) as conn:
        await apply(conn, plant, "test", clock())
        assert await maintenance_kit.write(conn, found, "maintenance.yaml", clock()) == everything
        assert await maintenance_kit.write(conn, found, "maintenance.yaml", clock()) == 0
        assert len(await plans.listing(conn, clock())) == len(found.plans)


@pytest.mark.parametrize(
    "text", ["version: 2", "[]", "version: 1\nteams: [{name: x}]", "version: 1\nparts: [{id: a}]",
             "version: 1\nplans: [{id: a, machine: m, title: t, every: {years: 1}}]"]
)  # fmt: skip
def test_a_kit_of_another_form_says_so(text: str) -> None:
    with pytest.raises(kit.KitError):
        kit.parse(text)
