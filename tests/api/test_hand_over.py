"""What people tell the next shift; who may, and that nothing that was said is lost."""

from typing import Any

import pytest

from fix_api import As

pytestmark = pytest.mark.database

START = 1_763_700_000_000
NOTE: dict[str, Any] = {
    "site": "hangzhou",
    "shift": "early",
    "start": START,
    "note": "Spare seal in pump 101.",
}
PATH = "/api/v1/hand-over-notes"


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
