"""What people tell the next shift; who may, and that nothing that was said is lost."""

from typing import Any

import psycopg
import pytest

from fix_api import As
from fix_clock import FakeClock
from lineshaft.clock import to_datetime

pytestmark = pytest.mark.database

START = 1_763_700_000_000
NOTE: dict[str, Any] = {
    "site": "hangzhou",
    "shift": "early",
    "start": START,
    "note": "Spare seal in pump 101.",
}
PATH = "/api/v1/hand-over-notes"
FACTS = "/api/v1/hand-over-facts"


async def test_a_note_is_told_read_and_taken_back(logged_in: As) -> None:
    operator = await logged_in("operator")
    told = await operator.post(PATH, json=NOTE)
    assert told.status_code == 201, told.text
    asked = {"site": "hangzhou", "start": START}
    reader = await logged_in("viewer")
    [seen] = (await reader.get(PATH, params=asked)).json()["items"]
    assert (seen["author"], seen["note"], seen["struck"]) == ("operator", NOTE["note"], None)
    supervisor = await logged_in("supervisor")
    assert (await supervisor.delete(f"{PATH}/{seen['id']}")).status_code == 200
    assert (await supervisor.delete(f"{PATH}/{seen['id']}")).status_code == 404
    [struck] = (await reader.get(PATH, params=asked)).json()["items"]
    assert (struck["note"], struck["struck_by"]) == (NOTE["note"], "supervisor")


@pytest.mark.parametrize("wrong", [{"note": "  "}, {"site": "nowhere"}, {"start": -1}])
async def test_a_note_that_says_nothing_or_belongs_nowhere_is_refused(
    logged_in: As, wrong: dict[str, Any]
) -> None:
    client = await logged_in("operator")
    assert (await client.post(PATH, json=NOTE | wrong)).status_code == 422


async def test_a_shift_knows_how_long_machines_stood_and_what_was_found(
    logged_in: As, seeded_url: str, clock: FakeClock
) -> None:
    now_ms = clock() // 1000
    with psycopg.connect(seeded_url, options="-c search_path=lineshaft,public") as conn:
        [device] = conn.execute(
            "SELECT device_id FROM device JOIN asset USING (asset_id) WHERE key = 'pump-101'"
        ).fetchone() or [None]
        conn.execute("DELETE FROM score WHERE device_id = %s", (device,))
        # Down for 10 s, running, down again, and then not heard of for longer than anybody can answer for.
        for at_s, mode in ((0, "DOWN"), (5, "DOWN"), (10, "RUN"), (15, "DOWN"), (200, "RUN")):
            conn.execute(
                "INSERT INTO score (ts, device_id, score, health, contributors, model, pos, mode)"
                " VALUES (%s, %s, 0, 99, '[]', 'm', 1, %s)",
                (to_datetime((now_ms - 1_000_000 + at_s * 1000) * 1000), device, mode),
            )
    span = {"site": "hangzhou", "from_ts": now_ms - 2_000_000, "to_ts": now_ms + 60_000}
    maintainer = await logged_in("maintainer")
    label = {"machine": "pump-101", "from_ts": now_ms - 1000, "to_ts": now_ms, "mode": "bearing"}
    said = await maintainer.post("/api/v1/labels", json=label | {"verdict": "true"})
    assert said.status_code == 201, said.text
    facts = (await maintainer.get(FACTS, params=span)).json()
    [stood] = facts["standstills"]
    assert (stood["machine"], stood["down_s"], stood["stops"]) == ("pump-101", 70.0, 2)
    [found] = [one for one in facts["findings"] if one["at"] >= now_ms]
    assert (found["verdict"], found["mode"], found["by"], found["order"]) == (
        "true", "bearing", "maintainer", None,
    )  # fmt: skip
    elsewhere = (await maintainer.get(FACTS, params=span | {"site": "nowhere"})).json()
    assert elsewhere == {"standstills": [], "findings": []}
