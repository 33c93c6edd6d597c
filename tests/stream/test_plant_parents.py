"""What depends on a machine that is down is quiet, whichever agents they speak through."""

import asyncio

import pytest

from lineshaft.domain.alarms import Condition
from lineshaft.domain.plant import Plant, parse
from lineshaft.store import plants
from lineshaft.store.database import Connection, connect, connect_async
from plant_facts import START_US, pass_frontier, tables, tell
from plant_flow import advance, loaded, tables_after

pytestmark = pytest.mark.database

TEXT = """\
version: 1
sites:
- id: hall1
  timezone: UTC
  utilities:
  - {id: air, kind: compressed_air, feeds: [press-1], depends: [compressor-1]}
  areas:
  - id: hall
    lines:
    - id: line-1
      machines:
      - {id: compressor-1, kind: pump, device: gw/compressor-1}
      - {id: press-1, kind: press, device: gw-2/press-1}
"""


async def describe(url: str) -> None:
    plant = parse(TEXT)
    assert isinstance(plant, Plant), plant
    async with await connect_async(url) as conn:
        await plants.apply(conn, plant, "test", START_US)


def hot(conn: Connection, *, active: bool = True) -> int:
    condition = Condition(
        "press-1", "rule:hot", active, 3, "alarm.rule", arguments={"name": {"en": "Hot"}, "parent_down": True}
    )
    return tell(conn, "condition", "press-1", condition.to_body())


def down(conn: Connection, *, is_down: bool) -> int:
    return tell(conn, "down", "compressor-1", {"down": is_down})


def standing(url: str, conn: Connection, last: int) -> tuple[object, ...]:
    """The alarm as it is behind a position, by a process that has just begun."""
    pass_frontier(conn, last)
    conn.commit()
    advance(url, loaded(url))
    row = conn.execute("SELECT state, suppressed FROM alarm ORDER BY raised_pos DESC LIMIT 1").fetchone()
    conn.rollback()
    return row or ()


def test_what_hangs_on_a_machine_that_is_down_is_suppressed(database_url: str) -> None:
    asyncio.run(describe(database_url))
    with connect(database_url) as conn:
        assert standing(database_url, conn, hot(conn)) == ("unacknowledged", None)
        assert standing(database_url, conn, down(conn, is_down=True)) == ("suppressed", "parent_down")
        assert standing(database_url, conn, down(conn, is_down=False)) == ("unacknowledged", None)
        assert standing(database_url, conn, down(conn, is_down=True)) == ("suppressed", "parent_down")
        assert standing(database_url, conn, hot(conn, active=False)) == ("normal", None)
        assert standing(database_url, conn, hot(conn)) == ("suppressed", "parent_down")
        assert standing(database_url, conn, down(conn, is_down=False)) == ("unacknowledged", None)
        whole = tables(conn)
        events = conn.execute("SELECT event FROM alarm_journal ORDER BY pos").fetchall()
        assert [event for (event,) in events] == [
            "raise", "suppress", "unsuppress", "suppress", "clear", "raise", "unsuppress",
        ]  # fmt: skip
        conn.execute("DELETE FROM plant_memory")
        conn.commit()
        assert tables_after(database_url, conn, 2, restart=True) == whole
