"""Models swapped, rolled back and demoted while readings come in: through broker, ingest, flow and upkeep."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from chaos import mqtt5
from chaos.sender import Sender
from fix_plant import PLANT_YAML
from lineshaft.detect.prognosis.failure import FailureModel, pack
from lineshaft.domain.plant import Plant, parse
from lineshaft.store import labels, models, plants
from lineshaft.store.database import connect, connect_async
from lineshaft.store.labels import Label
from lineshaft.store.models import Decision, Trained
from model_rows import row, saying
from streaming import ROOT, rows, running
from waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker]

PUMPS = [f"pump-{n}" for n in range(201, 207)]
LINE = "{{id: {0}, kind: pump, name: {0}, device: plant-1/{0}}}"
PACE_S = 0.04
"""Between two seconds of the machines' own time: they live 25 times as fast as we do, at most."""
GAPS = """
    SELECT count(*)
    FROM (SELECT ts - lag(ts) OVER (PARTITION BY device_id ORDER BY ts) AS step FROM score) AS steps
    WHERE step <> interval '5 s'
"""
SILENT = """
    SELECT count(*) FROM score AS s WHERE p_fail_24h IS NULL AND ts >
    (SELECT min(ts) FROM score WHERE device_id = s.device_id AND abs(p_fail_24h - 0.3) < 0.001)
"""
SPEAKERS = """
    SELECT models ->> 'failure', round(p_fail_24h::numeric, 3)::float8
    FROM latest_score JOIN device USING (device_id) WHERE device LIKE 'pump-20_'
"""
FOLLOWED = """
    SELECT min(pos) >= 200 + (SELECT max(pos) FROM journal WHERE topic = '_/model')
    FROM sink_position WHERE sink = 'shard'
"""


def plant() -> Plant:
    lines = "\n".join(f"              - {LINE.format(pump)}" for pump in PUMPS)
    parsed = parse(PLANT_YAML.replace("            machines:\n", f"            machines:\n{lines}\n"))
    assert isinstance(parsed, Plant), parsed
    return parsed


@contextlib.contextmanager
def talking(broker_url: str, start_ms: int) -> Iterator[None]:
    """The pumps send a reading each for every second of their time, all the while."""
    stop = Event()
    thread = Thread(target=talk, args=(broker_url, start_ms, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


def talk(broker_url: str, start_ms: int, stop: Event) -> None:
    second, parser, acked = 0, mqtt5.Parser(), 0
    with Sender(broker_url, "hangzhou", "plant-1").connected() as link:
        while not stop.wait(PACE_S):
            second += 1
            for n, pump in enumerate(PUMPS):
                said = {
                    "ts": start_ms + second * 1000,
                    "values": {"temp": 60 + (second * 7 + n) % 5, "state": "RUN"},
                }
                mid = (second * len(PUMPS) + n) % 60_000 + 1
                topic = f"lineshaft/v1/hangzhou/plant-1/{pump}/m"
                link.sendall(mqtt5.publish(topic, json.dumps(said).encode(), mid=mid))
            while acked < second * len(PUMPS):
                acked += sum(packet.kind == mqtt5.PUBACK for packet in parser.feed(link.recv(65_536)))


def add(url: str, model: FailureModel) -> str:
    told = json.loads(row(model))
    trained = Trained(
        name="failure", kind="pump", span_from_us=1, span_to_us=2, features=["score_10m"], metrics={},
        threshold=0.5, target=0.7, sha256=told["sha256"], artefact=pack(model),
    )  # fmt: skip
    with connect(url) as conn:
        return models.add(conn, trained, by="cli", why="test", now_us=time.time_ns() // 1000)


async def promote(url: str, label: str, at_us: int) -> None:
    async with await connect_async(url, role="lineshaft_web") as conn:
        model = await models.find(conn, label)
        assert model
        assert await models.become(conn, model, Decision("champion", "ann", "test"), at_us)


async def refute(url: str, start_ms: int) -> None:
    """People looked at five of the six, and found nothing."""
    async with await connect_async(url, role="lineshaft_web") as conn:
        for pump in PUMPS[:5]:
            one = Label(
                machine=pump, from_ts=start_ms, to_ts=start_ms + 7_200_000, mode=None,
                verdict="no_fault_found", source="work_order", reference=f"WO-{pump}",
            )  # fmt: skip
            assert await labels.add(conn, one, "ann", start_ms * 1000)


def speaks(url: str, label: str, p: float) -> None:
    """Wait until all pumps' newest scores are that model's."""
    wanted = {(label, p)}
    wait_until(lambda: set(rows(url, SPEAKERS)) == wanted, f"{label} speaks", within_s=60)


@contextlib.contextmanager
def upkeep(url: str, folder: Path) -> Iterator[None]:
    environ = {**os.environ, "LINESHAFT_DATABASE_URL": url, "LINESHAFT_DATABASE_ROLE": "lineshaft_upkeep"}
    with (folder / "upkeep.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "stream.upkeep"], env=environ, cwd=ROOT, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


async def test_no_score_is_missing_while_models_come_and_go(
    database_url: str, own_broker_url: str, tmp_path: Path
) -> None:
    start_ms = time.time_ns() // 1_000_000 - 3 * 3_600_000
    async with await connect_async(database_url) as conn:
        await plants.apply(conn, plant(), "test", start_ms * 1000)
    with running(database_url, own_broker_url, tmp_path), talking(own_broker_url, start_ms):
        first, second = add(database_url, saying(0.3)), add(database_url, saying(0.9))
        for label, p in ((first, 0.3), (second, 0.9), (first, 0.3), (second, 0.9)):
            await promote(database_url, label, start_ms * 1000)
            speaks(database_url, label, p)
        warned = "SELECT count(DISTINCT device_id) FROM forewarning WHERE model = 'failure-pump-2'"
        wait_until(
            lambda: rows(database_url, warned) == [(len(PUMPS),)], "all are forewarned of", within_s=60
        )
        await refute(database_url, start_ms)
        with upkeep(database_url, tmp_path):
            role = "SELECT role FROM model WHERE label = 'failure-pump-2'"
            wait_until(lambda: rows(database_url, role) == [("advisory",)], "it demotes itself", within_s=60)
        wait_until(lambda: rows(database_url, FOLLOWED) == [(True,)], "scores follow", within_s=60)
    [(why,)] = rows(database_url, "SELECT why FROM model_event WHERE by = 'lineshaft'")
    assert why.startswith("precision 0.00 of the last ")
    assert rows(database_url, GAPS) == [(0,)]
    assert rows(database_url, SILENT) == [(0,)]
    assert rows(database_url, "SELECT DISTINCT code, detail FROM dead_letter") == []
    [(scores,)] = rows(database_url, "SELECT count(*) FROM score")
    assert scores > 100
    roles = rows(database_url, "SELECT label, role FROM model ORDER BY 1")
    assert roles == [("failure-pump-1", "retired"), ("failure-pump-2", "advisory")]
