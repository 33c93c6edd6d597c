"""Models and labels: roles change once and are told to the stream; a model is graded by what was found."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fix_clock import FakeClock
from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.domain.forecasts import ForewarningRow
from lineshaft.domain.plant import Plant
from lineshaft.domain.readings import DeviceKey
from lineshaft.domain.results import Bundle, Device
from lineshaft.store import bundles, labels, models, plants
from lineshaft.store.database import AsyncConnection, Connection, connect, connect_async
from lineshaft.store.labels import Label
from lineshaft.store.models import Decision, Trained

pytestmark = pytest.mark.database

PUMP = DeviceKey("hangzhou", "plant-1", "pump-101")
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US


@pytest.fixture
def now_us() -> int:
    """In the past: `model_standing` counts up to the database's own now."""
    return FakeClock()()


@pytest.fixture(autouse=True)
async def _described(database_url: str, plant: Plant, now_us: int) -> None:
    async with await connect_async(database_url) as owner:
        await plants.apply(owner, plant, "test", now_us)


@pytest.fixture
async def web(database_url: str) -> Any:
    async with await connect_async(database_url, role="lineshaft_web") as conn:
        yield conn


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def trained(kind: str = "pump", artefact: bytes = b"a model") -> Trained:
    return Trained(
        name="failure",
        kind=kind,
        span_from_us=1,
        span_to_us=2,
        features=["score_1h"],
        metrics={"precision": 0.8},
        threshold=0.5,
        target=0.7,
        sha256=hashlib.sha256(artefact).hexdigest(),
        artefact=artefact,
    )


def told(conn: Connection) -> list[dict[str, Any]]:
    """The rows `_/model`."""
    rows = conn.execute("SELECT body FROM journal WHERE topic = '_/model' ORDER BY pos").fetchall()
    conn.rollback()
    return [json.loads(body) for (body,) in rows]


def forewarn(
    conn: Connection, pos: int, *spans: tuple[int, int | None], model: str = "failure-pump-1"
) -> None:
    """A bundle of the flow that tells of forewarnings."""
    rows = [ForewarningRow(0, model, "champion", began, ended, 0.8, pos) for began, ended in spans]
    first_pos = bundles.positions(conn).get(3, 0) + 1
    bundle = Bundle(3, first_pos, pos, devices=(Device(PUMP, "pump-101"),), forewarnings=rows)
    bundles.write(conn, [bundle], bundles.Memory())


async def label(web: AsyncConnection, from_us: int, verdict: labels.Verdict = "true", **more: Any) -> None:
    one = Label(
        machine="pump-101",
        from_ts=from_us // 1000,
        to_ts=from_us // 1000 + 3_600_000,
        mode="bearing",
        verdict=verdict,
        source="person",
        **more,
    )
    assert await labels.add(web, one, "ann", from_us + HOUR_US)
    await web.commit()


async def test_a_trained_model_is_a_challenger_and_the_stream_gets_it_whole(
    conn: Connection, web: AsyncConnection, now_us: int
) -> None:
    assert models.add(conn, trained(), by="cli", why="first", now_us=now_us) == "failure-pump-1"
    assert models.add(conn, trained(), by="cli", why="again", now_us=now_us) == "failure-pump-2"
    assert models.add(conn, trained("*"), by="cli", why="for all", now_us=now_us) == "failure-all-1"
    first, *_ = told(conn)
    assert base64.b64decode(first["artefact"]) == b"a model"
    assert (first["role"], first["version"], first["threshold"]) == ("challenger", 1, 0.5)
    assert [row.label for row in await models.listing(web)] == [
        "failure-all-1",
        "failure-pump-2",
        "failure-pump-1",
    ]


async def test_a_new_champion_retires_the_old_one_and_rollback_leads_back(
    conn: Connection, web: AsyncConnection, now_us: int
) -> None:
    for _ in range(2):
        models.add(conn, trained(), by="cli", why="new", now_us=now_us)
    first, second = await models.find(web, "failure-pump-1"), await models.find(web, "failure-pump-2")
    assert first
    assert second
    assert await models.before(web, "failure", "pump") is None
    for model in (first, second):
        assert await models.become(web, model, Decision("champion", "ann", "better"), now_us)
        await web.commit()
    assert [row["role"] for row in told(conn)[2:]] == ["champion", "champion"]
    assert await models.become(web, second, Decision("champion", "ann", "again"), now_us) is False
    assert await models.become(web, 999, Decision("champion", "ann", "who?"), now_us) is None
    back = await models.before(web, "failure", "pump")
    assert back == first
    await models.become(web, back, Decision("champion", "ann", "too many false alarms"), now_us)
    await web.commit()
    found = await models.one(web, first)
    assert found
    assert found.role == "champion"
    assert [(one["to_role"], one["why"]) for one in found.events] == [
        ("champion", "too many false alarms"),
        ("retired", "succeeded by failure-pump-2"),
        ("champion", "better"),
        ("challenger", "new"),
    ]


async def test_a_model_is_graded_by_what_people_found(
    conn: Connection, web: AsyncConnection, now_us: int
) -> None:
    models.add(conn, trained(), by="cli", why="new", now_us=now_us)
    spans = [(now_us + n * 10 * DAY_US, now_us + n * 10 * DAY_US + HOUR_US) for n in range(4)]
    forewarn(conn, 10, *spans)
    await label(web, spans[0][0] + 20 * HOUR_US)  # 20 hours later: confirmed
    await label(web, spans[1][0] + HOUR_US // 2, "no_fault_found")
    await label(web, spans[2][0] + HOUR_US // 2, "false")
    await label(web, spans[3][0] + 10 * DAY_US)  # ten days after a forewarning: missed, and that one is open
    [row] = await models.listing(web)
    standing = row.standing
    assert (standing["forewarnings"], standing["confirmed"], standing["refuted"]) == (4, 1, 2)
    assert standing["precision"] == pytest.approx(1 / 3)
    assert (standing["found"], standing["missed"], standing["recall"]) == (1, 1, 0.5)
    assert standing["lead_s"] == 20 * 3600
    assert standing["machine_weeks"] > 0
    assert standing["false_alarms_week"] == pytest.approx(2 / standing["machine_weeks"])


def test_a_forewarning_is_one_row_that_ends(conn: Connection, now_us: int) -> None:
    forewarn(conn, 10, (now_us, None))
    forewarn(conn, 11, (now_us, now_us + HOUR_US))
    rows = conn.execute("SELECT began, ended, pos FROM forewarning").fetchall()
    began = to_datetime(now_us)
    assert rows == [(began, began + timedelta(hours=1), 11)]


async def test_a_champion_that_is_too_often_wrong_demotes_itself_and_says_why(
    database_url: str, conn: Connection, web: AsyncConnection, now_us: int
) -> None:
    models.add(conn, trained(), by="cli", why="new", now_us=now_us)
    model = await models.find(web, "failure-pump-1")
    assert model
    await models.become(web, model, Decision("champion", "ann", "good"), now_us)
    await web.commit()
    spans = [(now_us + n * DAY_US * 3, now_us + n * DAY_US * 3 + HOUR_US) for n in range(5)]
    forewarn(conn, 10, *spans)
    with connect(database_url, role="lineshaft_upkeep") as upkeep:
        for n, (began, _) in enumerate(spans):
            assert models.demote(upkeep, now_us + 20 * DAY_US) == 0
            await label(web, began + HOUR_US // 2, "true" if n % 2 == 0 else "false")
        assert models.demote(upkeep, now_us + 20 * DAY_US) == 1  # 3 of 5, target 0.7
        assert models.demote(upkeep, now_us + 20 * DAY_US) == 0
    found = await models.one(web, model)
    assert found
    assert found.role == "advisory"
    assert found.events[0]["by"] == "lineshaft"
    assert found.events[0]["why"] == "precision 0.60 of the last 5 judged forewarnings, target 0.70"
    assert told(conn)[-1]["role"] == "advisory"
    # Who promotes it again has seen all that: it begins with a clean sheet.
    await models.become(web, model, Decision("champion", "ann", "sensor mended"), now_us + 21 * DAY_US)
    await web.commit()
    with connect(database_url, role="lineshaft_upkeep") as upkeep:
        assert models.demote(upkeep, now_us + 22 * DAY_US) == 0


async def test_a_label_is_told_to_the_stream_comes_once_and_can_be_withdrawn(
    conn: Connection, web: AsyncConnection, now_us: int
) -> None:
    await label(web, now_us, reference="WO-1")
    again = Label(
        machine="pump-101", from_ts=1, to_ts=2, mode=None, verdict="false", source="person", reference="WO-1"
    )
    assert await labels.add(web, again, "ann", now_us) is None
    [(body,)] = conn.execute("SELECT body FROM journal WHERE topic = '_/label'").fetchall()
    assert json.loads(body)["machine"] == "pump-101"
    assert [fault.mode for fault in labels.faults(conn, "pump")] == ["bearing"]
    assert labels.faults(conn, "motor") == []
    [row] = await labels.listing(web, "pump-101", 10)
    gone = await labels.withdraw(web, row.id, now_us)
    assert gone
    assert gone.withdrawn
    assert await labels.listing(web, None, 10) == []
    await web.commit()
    assert labels.faults(conn, "*") == []


async def test_a_journal_that_loses_its_past_says_the_models_in_use_again(
    conn: Connection, web: AsyncConnection, now_us: int
) -> None:
    models.add(conn, trained(), by="cli", why="new", now_us=now_us)
    models.add(conn, trained("*"), by="cli", why="new", now_us=now_us)
    model = await models.find(web, "failure-all-1")
    assert model
    await models.become(web, model, Decision("retired", "ann", "not needed"), now_us)
    await web.commit()
    before = len(told(conn))
    conn.execute("SELECT journal_carry()")
    conn.commit()
    assert [row["kind"] for row in told(conn)[before:]] == ["pump"]
