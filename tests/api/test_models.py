"""Models and labels through the API: done once, told to the stream, written down."""

import hashlib
import json

import psycopg
import pytest

from api.settings import ApiSettings
from fix_api import As
from fix_clock import FakeClock
from lineshaft.store import models
from lineshaft.store.database import connect
from lineshaft.store.models import Trained

pytestmark = pytest.mark.database

LABEL = {
    "machine": "pump-101",
    "from_ts": 1_700_000_000_000,
    "to_ts": 1_700_003_600_000,
    "mode": "bearing",
    "verdict": "true",
    "source": "work_order",
    "reference": "WO-1",
}


@pytest.fixture
def two_models(settings: ApiSettings, clock: FakeClock) -> list[str]:
    trained = Trained(
        name="failure", kind="pump", span_from_us=1, span_to_us=2, features=["score_1h"], metrics={},
        threshold=0.5, target=0.7, sha256=hashlib.sha256(b"m").hexdigest(), artefact=b"m",
    )  # fmt: skip
    with connect(settings.database_url) as conn:
        return [models.add(conn, trained, by="cli", why="new", now_us=clock()) for _ in range(2)]


def told(settings: ApiSettings, topic: str) -> list[dict[str, object]]:
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        rows = conn.execute("SELECT body FROM journal WHERE topic = %s ORDER BY pos", (topic,)).fetchall()
    return [json.loads(body) for (body,) in rows]


async def test_a_model_is_promoted_once_and_the_one_before_comes_back(
    logged_in: As, settings: ApiSettings, two_models: list[str]
) -> None:
    client = await logged_in("maintainer")
    listed = {row["label"]: row["id"] for row in (await client.get("/api/v1/models")).json()["items"]}
    assert sorted(listed) == two_models
    first, second = (f"/api/v1/models/{listed[label]}" for label in two_models)
    why = {"role": "champion", "why": "better in the shadow"}
    for path in (first, second):
        answer = await client.put(f"{path}/role", json=why)
        assert answer.status_code == 200, answer.text
        assert answer.json()["role"] == "champion"
    assert (await client.put(f"{second}/role", json=why)).status_code == 409
    assert (await client.get(first)).json()["role"] == "retired"
    back = {"kind": "pump", "why": "the new one cries wolf"}
    assert (await client.post("/api/v1/models/rollback", json=back)).json()["label"] == two_models[0]
    assert (await client.post("/api/v1/models/rollback", json=back | {"kind": "press"})).status_code == 409
    detail = (await client.get(first)).json()
    assert detail["events"][0] | {"at": 0} == {
        "at": 0,
        "from_role": "retired",
        "to_role": "champion",
        "by": "maintainer",
        "why": "the new one cries wolf",
    }
    assert [row["version"] for row in told(settings, "_/model")][2:] == [1, 2, 1]
    assert detail["standing"]["forewarnings"] == 0


@pytest.mark.parametrize(
    "body", [{"role": "king", "why": "x"}, {"role": "champion"}, {"role": "champion", "why": " "}]
)
async def test_a_role_without_sense_or_reason_is_refused(
    logged_in: As, two_models: list[str], body: dict[str, str]
) -> None:
    assert two_models
    client = await logged_in("admin")
    assert (await client.put("/api/v1/models/1/role", json=body)).status_code == 422


async def test_a_label_is_added_once_listed_and_taken_back(logged_in: As, settings: ApiSettings) -> None:
    client = await logged_in("maintainer")
    answer = await client.post("/api/v1/labels", json=LABEL)
    assert answer.status_code == 201, answer.text
    assert answer.json()["by"] == "maintainer"
    assert (await client.post("/api/v1/labels", json=LABEL)).status_code == 409
    assert [row["verdict"] for row in told(settings, "_/label")] == ["true"]
    [row] = (await client.get("/api/v1/labels?machine=pump-101")).json()["items"]
    gone = await client.delete(f"/api/v1/labels/{row['id']}")
    assert gone.json()["withdrawn"] is not None
    assert (await client.get("/api/v1/labels")).json()["items"] == []
    assert (await client.delete("/api/v1/labels/99")).status_code == 404


@pytest.mark.parametrize("change", [{"machine": "pump-9"}, {"to_ts": 1}, {"verdict": "maybe"}, {"more": 1}])
async def test_a_label_that_cannot_be_is_refused(logged_in: As, change: dict[str, object]) -> None:
    client = await logged_in("maintainer")
    assert (await client.post("/api/v1/labels", json=LABEL | change)).status_code == 422
