import pytest

from fix_api import As

pytestmark = pytest.mark.database


async def test_who_said_nothing_has_preferences_that_can_be_said_as_they_are(logged_in: As) -> None:
    operator = await logged_in("operator")
    document = (await operator.get("/api/v1/preference")).json()["document"]
    assert document["channels"] == {}
    assert document["break_through"] == 1
    said = await operator.put("/api/v1/preference", json=document)
    assert said.status_code == 200, said.text
    assert (await operator.get("/api/v1/preference")).json()["document"] == document


@pytest.mark.parametrize("which", ["all", "waiting", "delivered", "dead"])
async def test_nothing_was_sent_yet(logged_in: As, which: str) -> None:
    auditor = await logged_in("auditor")
    answer = await auditor.get("/api/v1/notifications", params={"which": which})
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"] == []
